"""Model files of Keras, read and written: `save`, `load`, `save_weights`, `load_weights`.

`.keras` (a zip) and `.h5`/`.hdf5` (HDF5), whole models and weights alone, as Keras 3 writes them; read are also
those of Keras 1 and 2. The ending decides what is written, the content what is read. Nothing in a file is executed.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import h5py

from hakseup import files
from hakseup.errors import DataError, NetworkError
from hakseup.keras.files import archive, compiling, hdf5, whole
from hakseup.keras.files.config import Architecture, architecture_of
from hakseup.keras.files.stored import LayerArrays, Model, Variables, put_weights
from hakseup.keras.own_objects import custom_object_scope, get_custom_objects
from hakseup.words import Words

__all__ = ["Model", "load", "load_weights", "save", "save_weights"]
M = TypeVar("M", bound=Model)


def save(model: Model, path: str | Path, *, include_optimizer: bool = True, overwrite: bool = True) -> None:
    """Write the whole model: `.keras` as Keras 3 does, every other ending as HDF5.

    Args:
        model: built.
        path: where to; missing folders are made.
        include_optimizer: with what it was compiled with and the optimizer's state.
        overwrite: replace a file that is there.

    Raises:
        NetworkError: it has no weights yet, or a layer that Keras does not have.
        RunError: the file cannot be written.
    """
    _needs_weights(model)
    pack = archive.pack if Path(path).suffix.lower() == ".keras" else whole.pack
    _write(Path(path), pack(model, include_optimizer), overwrite)


def save_weights(model: Model, path: str | Path, *, overwrite: bool = True) -> None:
    """Write the weights alone: `.weights.h5` as Keras 3 does, every other ending as Keras 1 and 2 did.

    Raises:
        NetworkError: it has no weights yet.
        RunError: the file cannot be written.
    """
    _needs_weights(model)
    of_today = str(path).lower().endswith((".weights.h5", ".keras"))
    _write(Path(path), archive.pack_weights(model) if of_today else whole.pack_weights(model), overwrite)


def load(
    path: str | Path,
    make: Callable[[Architecture], M],
    *,
    compile: bool = True,
    custom_objects: Mapping[str, Callable[..., Any]] | None = None,
) -> M:
    """The model in a file, with its weights; compiled and able to go on learning where it was saved so.

    Args:
        path: of a `.keras`, `.h5` or `.hdf5` file.
        make: makes a model of what the file says of the network.
        compile: also what it was compiled with, and the optimizer's state.
        custom_objects: your own losses, metrics, initialisers, … by the names in the file.

    Raises:
        DataError: there is no such file, it is damaged, or something in it is refused.
        NetworkError: a network that is not known here.
    """
    place = _existing(path)
    with custom_object_scope(custom_objects or {}):
        zipped = zipfile.is_zipfile(place)
        stored = archive.unpack(place) if zipped else whole.unpack(place)
        model = make(stored.architecture)
        if stored.weights:
            put_weights(model, stored.weights, place, learned_first=not zipped)
        if compile and stored.compiled is not None:
            model.compile(**compiling.arguments(stored.compiled, get_custom_objects()))
            _put_optimizer(model, stored.optimizer, place)
    return model


def load_weights(
    model: Model, path: str | Path, *, by_name: bool = False, skip_mismatch: bool = False
) -> None:
    """Give a built model the weights of a file; with the optimizer's state where the layout has it.

    Args:
        model: with the layers that the weights are of.
        path: of `.weights.h5`, `.h5`, `.hdf5` or `.keras`, with weights alone or a whole model.
        by_name: take only the layers that are called the same here.
        skip_mismatch: leave a layer as it is where its shapes differ.

    Raises:
        DataError: there is no such file, it is damaged, or the weights do not fit.
    """
    place = _existing(path)
    _needs_weights(model)
    network = architecture_of(model)
    weights: list[LayerArrays]
    state: Variables | None = None
    older = False
    if zipfile.is_zipfile(place):
        weights, state = archive.weights_of(place, network)
    else:
        with hdf5.opened(place) as file:
            older = not archive.holds_weights(file)
            if older:
                weights = whole.weights_of(file, place)
            else:
                weights, state = archive.read_weights(file, network, place)
    put_weights(model, weights, place, learned_first=older, by_name=by_name, skip=skip_mismatch)
    if not by_name and model.compile_config() is not None:
        _put_optimizer(model, state, place)


def _put_optimizer(model: Model, state: Variables | None, path: Path) -> None:
    """Go on with the optimizer's state; where it is of another optimizer, say so and begin afresh."""
    own = model.optimizer_state()
    if state is None or own is None:
        return
    if [a.shape for _n, a in own] != [a.shape for _n, a in state]:
        said = Words(
            f"The optimizer's state in {path} does not fit this optimizer; it begins afresh.",
            f"{path} 파일의 옵티마이저 상태가 지금의 옵티마이저와 맞지 않아 처음부터 시작합니다.",
        )
        warnings.warn(str(said), stacklevel=4)
        return
    model.set_optimizer_state(state)


def _needs_weights(model: Model) -> None:
    if not model.built:
        raise NetworkError(
            "not-built",
            Words(
                f"The model '{model.name}' has no weights yet: what shape goes in is not known.",
                f"'{model.name}' 모델에는 아직 가중치가 없습니다. 들어가는 모양이 정해지지 않았습니다.",
            ),
            Words(
                "Give the first layer input_shape=…, or call fit or build before.",
                "첫 층에 input_shape=…를 쓰거나, 먼저 fit이나 build를 부르세요.",
            ),
        )


def _write(path: Path, content: bytes, overwrite: bool) -> None:
    if not overwrite and path.exists():
        raise DataError(
            "file-exists",
            Words(f"{path} exists already.", f"{path} 파일이 이미 있습니다."),
            Words("Choose another name, or overwrite=True.", "다른 이름을 고르거나 overwrite=True를 쓰세요."),
        )
    with files.written(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(path, content)


def _existing(path: str | Path) -> Path:
    """The file, after a look at what it is.

    Raises:
        DataError: it is missing, a folder, or neither a zip nor HDF5.
    """
    place = Path(path)
    if place.is_dir() or place.with_name(f"{place.name}.index").is_file():
        raise DataError(
            "tensorflow-format",
            Words(
                f"{place} is in TensorFlow's own format (SavedModel or checkpoint), which cannot be read here.",
                f"{place}은(는) TensorFlow 고유의 형식(SavedModel 또는 checkpoint)이어서 읽을 수 없습니다.",
            ),
            Words(
                "Save it there as .keras or .h5, and load that.",
                "TensorFlow에서 .keras나 .h5로 저장한 뒤 그 파일을 불러오세요.",
            ),
        )
    if not place.is_file():
        near = sorted(p.name for p in place.parent.glob("*") if p.suffix in (".keras", ".h5", ".hdf5"))
        found = f" ({', '.join(near[:5])})" if near else ""
        raise DataError(
            "no-such-file",
            Words(f"There is no file {place}.", f"{place} 파일이 없습니다."),
            Words(
                f"Is the path right? Model files in that folder: {len(near)}{found}.",
                f"경로가 맞는지 보세요. 그 폴더의 모델 파일: {len(near)}개{found}.",
            ),
        )
    if not zipfile.is_zipfile(place) and not _is_hdf5(place):
        raise hdf5.damaged(
            place, Words("it is neither a .keras nor an HDF5 file", ".keras 파일도 HDF5 파일도 아닙니다")
        )
    return place


def _is_hdf5(path: Path) -> bool:
    return bool(h5py.is_hdf5(path))
