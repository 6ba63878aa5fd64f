"""`.keras`: a zip of metadata.json, config.json and model.weights.h5; and `.weights.h5`, which is the last alone.

Weights lie in `layers/CLASS_NUMBER/vars/0, 1, …`, the optimizer's numbers in `optimizer/vars/…`.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hakseup.keras.files import hdf5
from hakseup.keras.files.config import Architecture, model_from_keras, model_to_keras
from hakseup.keras.files.stored import (
    KERAS_VERSION,
    LayerArrays,
    Model,
    Stored,
    Variables,
    complete_compile_config,
    paths_by_class,
)
from hakseup.layers import Input, Layer
from hakseup.words import Words

WEIGHTS = "model.weights.h5"
LAYERS = ("layers", "_layer_checkpoint_dependencies")  # Keras 3, and TensorFlow 2.12 and 2.13
_LARGEST_CONFIG = 64 << 20  # bytes


def pack(model: Model, include_optimizer: bool = True) -> bytes:
    """The model as the content of a `.keras` file.

    Raises:
        NetworkError: a layer that Keras does not have.
    """
    config = model_to_keras(model)
    compiled = model.compile_config() if include_optimizer else None
    if compiled is not None:
        config["compile_config"] = complete_compile_config(compiled)
    saved = {"keras_version": KERAS_VERSION, "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr("metadata.json", json.dumps(saved))
        opened.writestr("config.json", json.dumps(config))
        opened.writestr(WEIGHTS, pack_weights(model, include_optimizer))
    return out.getvalue()


def pack_weights(model: Model, include_optimizer: bool = True) -> bytes:
    """The weights as the content of a `.weights.h5` file, with the optimizer's state where there is one."""
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        _put_layers(file, "", model)
        state = model.optimizer_state() if include_optimizer else None
        if state:
            _put(file, "optimizer", "optimizer", state)
    return out.getvalue()


def _put_layers(file: h5py.File, above: str, model: Model) -> None:
    variables = dict(model.variables_by_part())
    parts = [part for part, _sources in model.parts()]
    for part, path in zip(parts, paths_by_class(parts), strict=True):
        place = f"{above}layers/{path}"
        if isinstance(part, Layer):
            _put(file, place, str(part.name), [(v.name, v.numpy()) for v in variables[str(part.name)]])
        else:
            _put_layers(file, f"{place}/", part)
    _put(file, above, model.name, [])


def _put(file: h5py.File, place: str, name: str, variables: Variables) -> None:
    group = file.create_group(f"{place.rstrip('/')}/vars".lstrip("/"))
    group.attrs["name"] = name
    for number, (_name, array) in enumerate(variables):
        group[str(number)] = np.asarray(array)


def unpack(path: Path) -> Stored:
    """What a `.keras` file holds.

    Raises:
        DataError: it is damaged or holds something that is refused.
        NetworkError: a network that is not known here.
    """
    parts = _parts(path, ("config.json", WEIGHTS))
    config = hdf5.json_object(path, "config.json", parts["config.json"])
    architecture = model_from_keras(config)
    with hdf5.opened(path, parts[WEIGHTS]) as file:
        weights, optimizer = read_weights(file, architecture, path)
    compiled = config.get("compile_config") or None
    if compiled is not None:
        hdf5.require_object(path, "compile_config", compiled)
    return Stored(architecture, weights, compiled, optimizer)


def weights_of(path: Path, network: Architecture) -> tuple[list[LayerArrays], Variables | None]:
    """Only the weights of a `.keras` file, for these layers.

    Raises:
        DataError: as `unpack`.
    """
    with hdf5.opened(path, _parts(path, (WEIGHTS,))[WEIGHTS]) as file:
        return read_weights(file, network, path)


def holds_weights(file: h5py.File) -> bool:
    """Whether an HDF5 file has the layout of `.weights.h5`."""
    return any(name in file for name in LAYERS) or "vars" in file


def read_weights(
    file: h5py.File, network: Architecture, path: Path
) -> tuple[list[LayerArrays], Variables | None]:
    """The arrays of each layer that has any, and the state of the optimizer.

    Args:
        file: in the layout of `.weights.h5`.
        network: its layers say under which names to look.
        path: named in errors.
    """
    state = _arrays(file, "optimizer", path) if "optimizer" in file else []
    return _layers(file, network, path), state or None


def _layers(holder: h5py.Group, network: Architecture, path: Path) -> list[LayerArrays]:
    """The arrays of each layer of a model; those of a model within it together."""
    place = next((name for name in LAYERS if name in holder), None)
    top = hdf5.group(holder, place, path) if place else {}
    parts = [part for part in network.layers if not isinstance(part, Input)]
    expected = dict(zip(paths_by_class(parts), parts, strict=True))
    out = []
    for name in [*expected, *sorted(set(top) - set(expected))]:  # what is too much is found out when put in
        part = expected.get(name)
        if name not in top:
            arrays = []
        elif isinstance(part, Architecture):
            inside = _layers(hdf5.group(top, name, path), part, path)
            arrays = [variable for layer in inside for variable in layer.variables]
        else:
            arrays = _arrays(top, name, path)
        if arrays:
            out.append(LayerArrays(name, arrays))
    return out


def _arrays(parent: Any, name: str, path: Path) -> Variables:
    inside = hdf5.group(parent, name, path)
    if "vars" not in inside:
        return []
    variables = hdf5.group(inside, "vars", path)
    numbered = sorted((int(key), key) for key in variables if key.isdigit())
    return [(key, hdf5.array(variables, key, path)) for _number, key in numbered]


def _parts(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Members of the zip by name; sizes that the archive only claims are not believed."""
    try:
        with zipfile.ZipFile(path) as opened:
            out = {}
            for name in names:
                info = opened.getinfo(name)
                limit = _LARGEST_CONFIG if name.endswith(".json") else hdf5.most(info.compress_size)
                with opened.open(name) as stream:
                    out[name] = stream.read(limit + 1)
                if len(out[name]) > limit:
                    raise hdf5.refused(
                        path,
                        Words(
                            f"'{name}', which unpacks to an absurd size",
                            f"풀면 터무니없이 커지는 '{name}'이(가)",
                        ),
                    )
            return out
    except KeyError as error:
        missing = str(error).split("'")[1] if "'" in str(error) else str(error)
        why = Words(f"'{missing}' is missing in it", f"그 안에 '{missing}'이(가) 없습니다")
        raise hdf5.damaged(path, why) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise hdf5.damaged(path, Words(str(error), str(error))) from error
