"""Whole models and weights in one HDF5 file, as Keras 1, 2 and 3 write `.h5` and `.hdf5`.

The network stands in the attribute `model_config`, what it was compiled with in `training_config`, weights in
`model_weights/LAYER/…` in the order of the attribute `weight_names`, the optimizer's in `optimizer_weights`. A file
of weights alone has the layers at its top.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hakseup.errors import DataError
from hakseup.keras.files import hdf5, legacy
from hakseup.keras.files.config import model_from_keras, model_to_keras
from hakseup.keras.files.stored import (
    KERAS_VERSION,
    LayerArrays,
    Model,
    Stored,
    Variables,
    complete_compile_config,
)
from hakseup.words import Words

_NOT_TRAINED = ("moving_", "running_", "seed")  # variables that no optimizer moves


def pack(model: Model, include_optimizer: bool = True) -> bytes:
    """The model as the content of an `.h5` file.

    Raises:
        NetworkError: a layer that Keras does not have.
    """
    config = model_to_keras(model)
    # Keras takes layers without a module as the older form, which an .h5 file has.
    older = ("class_name", "config", "name", "inbound_nodes")
    layers = [{k: entry[k] for k in older if k in entry} for entry in config["config"]["layers"]]
    plain = {"class_name": config["class_name"], "config": config["config"] | {"layers": layers}}
    compiled = model.compile_config() if include_optimizer else None
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["keras_version"] = KERAS_VERSION
        file.attrs["backend"] = "torch"
        file.attrs["model_config"] = json.dumps(plain)
        if compiled is not None:
            file.attrs["training_config"] = json.dumps(
                legacy.training_config(complete_compile_config(compiled))
            )
            state = model.optimizer_state()
            if state:
                _put_state(file.create_group("optimizer_weights"), state)
        _put_weights(file.create_group("model_weights"), model)
    return out.getvalue()


def pack_weights(model: Model) -> bytes:
    """The weights as the content of an `.h5` file that holds nothing else."""
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        _put_weights(file, model)
    return out.getvalue()


def _put_weights(top: h5py.Group, model: Model) -> None:
    variables = dict(model.variables_by_part(learned_first=True))
    top.attrs["backend"] = "torch"
    top.attrs["keras_version"] = KERAS_VERSION
    hdf5.put_names(top, "layer_names", list(variables))
    for name in sorted(variables):
        group = top.create_group(name)
        places = [f"{model.name}/{name}/{variable.name}" for variable in variables[name]]
        hdf5.put_names(group, "weight_names", places)
        for place, variable in zip(places, variables[name], strict=True):
            group[place] = variable.numpy()
    hdf5.put_names(top.create_group("top_level_model_weights"), "weight_names", [])


def _put_state(group: h5py.Group, state: Variables) -> None:
    names = [name.strip("/") or "variable" for name, _array in state]
    if len(set(names)) < len(names):
        names = [f"{name}_{number}" for number, name in enumerate(names)]
    hdf5.put_names(group, "weight_names", names)
    for name, (_name, array) in zip(names, state, strict=True):
        group[name] = np.asarray(array)


def unpack(path: Path) -> Stored:
    """What an HDF5 file with a whole model holds.

    Raises:
        DataError: it is damaged, holds weights alone, or holds something that is refused.
        NetworkError: a network that is not known here.
    """
    with hdf5.opened(path) as file:
        described = hdf5.text(file, "model_config")
        if described is None:
            raise DataError(
                "weights-alone",
                Words(
                    f"{path} holds no whole model: there is no description of a network in it.",
                    f"{path} 파일에는 신경망의 설명이 없어 모델 전체를 불러올 수 없습니다.",
                ),
                Words(
                    "If it holds weights alone, build the network first and use model.load_weights.",
                    "가중치만 저장한 파일이라면 신경망을 먼저 만들고 model.load_weights를 쓰세요.",
                ),
            )
        architecture = model_from_keras(json.loads(described))
        weights = read_weights(hdf5.group(file, "model_weights", path), path)
        training = hdf5.text(file, "training_config")
        compiled = (
            legacy.compile_config(hdf5.json_object(path, "training_config", training)) if training else None
        )
        state = _state(file, path, weights, compiled)
    return Stored(architecture, weights, compiled, state)


def weights_of(file: h5py.File, path: Path) -> list[LayerArrays]:
    """The weights in a file that has them at its top or in `model_weights`.

    Raises:
        DataError: there are none in either place.
    """
    return read_weights(hdf5.group(file, "model_weights", path) if "model_weights" in file else file, path)


def read_weights(top: h5py.Group, path: Path) -> list[LayerArrays]:
    """The arrays of each layer that has any, in the order of `layer_names`."""
    if "layer_names" not in top.attrs and "layer_names0" not in top.attrs:
        raise hdf5.damaged(path, Words("there are no weights in it", "그 안에 가중치가 없습니다"))
    # Theano convolved, all others correlate; Keras wrote which one it was since version 2.
    turned = hdf5.text(top, "backend") == "theano"
    out = []
    for name in hdf5.names(top, "layer_names"):
        group = hdf5.group(top, name, path)
        entries = hdf5.names(group, "weight_names")
        arrays = [(entry.rpartition("/")[2], hdf5.array(group, entry, path)) for entry in entries]
        if arrays:
            out.append(LayerArrays(name, legacy.convolution_kernels(arrays) if turned else arrays))
    return out


def _state(
    file: h5py.File, path: Path, weights: list[LayerArrays], compiled: dict[str, Any] | None
) -> Variables | None:
    if compiled is None or "optimizer_weights" not in file:
        return None
    group = hdf5.group(file, "optimizer_weights", path)
    entries = [(name, hdf5.array(group, name, path)) for name in hdf5.names(group, "weight_names")]
    if (hdf5.text(file, "keras_version") or "").startswith("3"):
        return entries
    optimizer = compiled["optimizer"]
    config = optimizer.get("config") if isinstance(optimizer, Mapping) else None
    rate = config.get("learning_rate", config.get("lr", 0.0)) if isinstance(config, Mapping) else 0.0
    trainable = [
        array.shape for w in weights for name, array in w.variables if not name.startswith(_NOT_TRAINED)
    ]
    return legacy.optimizer_state(entries, trainable, rate if isinstance(rate, int | float) else 0.0)
