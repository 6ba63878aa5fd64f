"""Models by Keras' names: `Sequential`, and models out of files and descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hakseup.keras.functional import Model, described
from hakseup.keras.own_objects import custom_object_scope
from hakseup.keras.sequential import Sequential

__all__ = [
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_config",
    "model_from_json",
    "model_from_yaml",
    "save_model",
]


def load_model(
    filepath: str | Path,
    custom_objects: Mapping[str, Callable[..., Any]] | None = None,
    compile: bool = True,
    **_: Any,
) -> Sequential:
    """The model in a .keras, .h5 or .hdf5 file; nothing in it is executed.

    Args:
        custom_objects: your own losses and metrics by the names in the file.
        compile: also what it was compiled with, and the optimizer's state.

    Raises:
        HakseupError: there is no such file, it is damaged, or something in it is not known here.
    """
    from hakseup.keras import files

    return files.load(filepath, compile=compile, custom_objects=custom_objects, make=described)


def save_model(model: Sequential, filepath: str | Path, overwrite: bool = True, **others: Any) -> None:
    """Write the whole model; as `model.save`."""
    model.save(filepath, overwrite=overwrite, **others)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Sequential:
    """The model that `to_json` described, with new weights.

    Args:
        custom_objects: your own initialisers, regularisers, … by the names in the text.

    Raises:
        HakseupError: it describes no model that is known here.
    """
    return _from_text(lambda: json.loads(json_string), custom_objects)


def model_from_yaml(yaml_string: str, custom_objects: Mapping[str, Any] | None = None) -> Sequential:
    """The model that `to_yaml` described, with new weights; nothing in the text is executed.

    Args:
        custom_objects: your own initialisers, regularisers, … by the names in the text.

    Raises:
        HakseupError: it describes no model that is known here.
    """
    import yaml  # type: ignore[import-untyped,unused-ignore]

    class Loader(yaml.SafeLoader):  # type: ignore[misc,unused-ignore]
        """Of what Keras wrote with a tag there are only tuples."""

    Loader.add_constructor(
        "tag:yaml.org,2002:python/tuple", lambda loader, node: loader.construct_sequence(node, deep=True)
    )

    def read() -> Any:
        try:
            return yaml.load(yaml_string, Loader)  # a SafeLoader
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from None

    return _from_text(read, custom_objects)


def _from_text(read: Callable[[], Any], custom_objects: Mapping[str, Any] | None) -> Sequential:
    from hakseup.keras.files.branches import not_a_model
    from hakseup.keras.files.config import model_from_keras

    try:
        config = read()
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise not_a_model(str(error), str(error)) from None
    with custom_object_scope(custom_objects or {}):
        return described(model_from_keras(config))


def model_from_config(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Sequential:
    """The model whose `get_config()` was this, with new weights."""
    return Sequential.from_config(config, custom_objects)


def clone_model(model: Sequential) -> Sequential:
    """The same layers with new weights; parts of one's own need no name for it."""
    from hakseup.keras.files.config import architecture_of

    return described(architecture_of(model))


def __getattr__(name: str) -> Any:
    from hakseup.keras.outside import missing

    raise missing("keras.models", name, __all__)
