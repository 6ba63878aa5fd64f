"""Arithmetic between layers as Keras 3 writes it, a node of `keras.src.ops.numpy`: the layer that does the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hakseup.keras import arithmetic

_MODULES = ("keras.src.ops.numpy", "keras.ops", None)  # HDF5 files say no module
_SIGNS = {"Add": "+", "Subtract": "-", "Multiply": "*", "TrueDivide": "/", "Divide": "/"}


def as_layer(entry: Any) -> Any:
    """The entry of a layer in a description; one of arithmetic becomes that of a layer, others stay.

    Raises:
        NetworkError: no layer does this arithmetic.
    """
    if not isinstance(entry, Mapping) or entry.get("module") not in _MODULES:
        return entry
    kind, config = str(entry.get("class_name")), entry.get("config")
    name = str(entry.get("name") or (config.get("name") if isinstance(config, Mapping) else kind))
    given = _arguments(entry)
    if kind == "Negative" and len(given) == 1:
        kind, given = "Multiply", [*given, -1]
    if kind not in _SIGNS or len(given) != 2:
        return entry  # refused by its name where layers are read
    constants = [not _is_tensor(one) for one in given]
    if any(constants):
        made = arithmetic.with_constant(
            _SIGNS[kind], _number(given[constants.index(True)]), first=constants[0], name=name
        )
        class_name, config = made.type, made.config()
    else:
        class_name, config = arithmetic.merging(_SIGNS[kind]).type, {"name": name}
    return {**entry, "module": "keras.layers", "class_name": class_name, "config": config} | {
        "registered_name": None
    }


def _arguments(entry: Mapping[str, Any]) -> list[Any]:
    nodes = entry.get("inbound_nodes")
    if not isinstance(nodes, list) or len(nodes) != 1 or not isinstance(nodes[0], Mapping):
        return []
    arguments, named = nodes[0].get("args") or [], nodes[0].get("kwargs") or {}
    if not isinstance(arguments, list) or not isinstance(named, Mapping):
        return []
    return [*arguments, *named.values()]


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__"


def _number(value: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):  # an array of NumPy
        return value["config"].get("value")
    return value
