"""What is outside the vocabulary says so: which name is missing, what is nearest, and how hakseup does it."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable

from hakseup.errors import HakseupError, nearest
from hakseup.words import Words

_IMPORT_FROM = dis.opmap["IMPORT_FROM"]


class MissingName(HakseupError, AttributeError):
    """`keras.layers.LSTM`: an AttributeError, so that `hasattr` and `getattr` with a default work."""


class MissingImport(HakseupError, ImportError):
    """`from keras.layers import LSTM`: Python would put a sentence of its own over an AttributeError."""


_SEQUENCES = Words(
    "Text and sequences are outside of hakseup: it learns from pictures and tables.",
    "글과 시계열은 hakseup에서 다루지 않습니다. hakseup은 그림과 표로 학습합니다.",
)
_FUNCTIONAL = Words(
    "Networks here are a list of layers, keras.Sequential([...]); for branches write a torch.nn.Module and give "
    "it to hakseup.train(data, network=module).",
    "여기서 신경망은 층의 목록 keras.Sequential([...])입니다. 갈래가 있는 신경망은 torch.nn.Module로 만들어 "
    "hakseup.train(data, network=module)에 넘기세요.",
)
_PRETRAINED = Words(
    "A network that has learned on photographs: hakseup train FOLDER --recipe transfer.",
    "사진으로 미리 학습한 신경망은 hakseup train 폴더 --recipe transfer로 씁니다.",
)
_AUGMENT = Words(
    "Pictures are varied by RandomFlip, RandomRotation, RandomZoom, RandomTranslation and RandomContrast here.",
    "여기서 그림을 변형하는 층은 RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast입니다.",
)
_VARIANTS = Words(
    "Conv2D with groups and a 1 × 1 Conv2D behind it does the same kind of work.",
    "groups를 준 Conv2D와 그 뒤의 1 × 1 Conv2D가 같은 일을 합니다.",
)
# How to do it here, for names that beginners' code has
_INSTEAD: dict[str, Words] = {
    "boston_housing": Words(
        "That table was withdrawn by those who had spread it; hakseup knows the house prices of Ames: hakseup look house.",
        "이 표는 배포하던 쪽에서 내렸습니다. 집값 표로는 hakseup look house의 에임스 집값을 쓸 수 있습니다.",
    ),
    **dict.fromkeys(
        (
            "LSTM",
            "GRU",
            "SimpleRNN",
            "Bidirectional",
            "TimeDistributed",
            "Embedding",
            "TextVectorization",
            "Conv1D",
            "Convolution1D",
            "MaxPooling1D",
            "MaxPool1D",
            "AveragePooling1D",
            "GlobalMaxPooling1D",
            "GlobalAveragePooling1D",
            "MultiHeadAttention",
            "Attention",
            "ConvLSTM2D",
            "text",
            "sequence",
            "imdb",
            "reuters",
        ),
        _SEQUENCES,
    ),
    **dict.fromkeys(
        (
            "Model",
            "Functional",
            "Add",
            "add",
            "Concatenate",
            "concatenate",
            "Merge",
            "merge",
            "Lambda",
            "Multiply",
        ),
        _FUNCTIONAL,
    ),
    **dict.fromkeys(("applications", "VGG16", "ResNet50", "MobileNetV2", "InceptionV3"), _PRETRAINED),
    **dict.fromkeys(
        (
            "RandomBrightness",
            "RandomCrop",
            "RandomHue",
        ),
        _AUGMENT,
    ),
    **dict.fromkeys(("SeparableConv2D", "DepthwiseConv2D", "SeparableConvolution2D"), _VARIANTS),
    **dict.fromkeys(
        ("Conv2DTranspose", "Deconvolution2D"),
        Words(
            "UpSampling2D with a Conv2D behind it makes pictures larger.",
            "UpSampling2D 뒤에 Conv2D를 두면 그림이 커집니다.",
        ),
    ),
}


def missing(module: str, name: str, known: Iterable[str]) -> HakseupError:
    """The error for a name that a module of the facade does not have; raise it from a module's `__getattr__`.

    Args:
        module: as people write it, "keras.layers".
        name: what they asked for.
        known: what the module has.

    Returns:
        An AttributeError where an attribute was asked for, an ImportError in `from module import name`.
    """
    kind = MissingImport if _imported() and not name.startswith("_") else MissingName
    hints = [_INSTEAD[name]] if name in _INSTEAD else []
    lowered = {entry.lower(): entry for entry in known}
    near = nearest(name.lower(), list(lowered))
    if near is not None and not hints:
        hints.append(Words(f"Did you mean {lowered[near]}?", f"{lowered[near]}을(를) 뜻하셨나요?"))
    if not hints:
        listed = ", ".join(sorted(lowered.values(), key=str.lower))
        hints.append(Words(f"There are: {listed}.", f"쓸 수 있는 것: {listed}."))
    return kind(
        "outside-the-vocabulary",
        Words(f"{module} has no {name} here.", f"여기의 {module}에는 {name}이(가) 없습니다."),
        hints[0],
    )


def _imported() -> bool:
    """Whether the module's `__getattr__` was called for `from module import name`."""
    frame = sys._getframe(3)  # this function, `missing`, `__getattr__`, and who asked
    # A package is asked twice: first by the import system, which goes on to look for a submodule of that name.
    return frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM
