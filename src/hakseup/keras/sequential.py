"""`keras.Sequential`: layers in a list that can be compiled, trained, measured, asked and saved.

`stack` owns the layers and their numbers, `trained` the learning; here are files, descriptions and older names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from hakseup.keras import chain, legacy, printing
from hakseup.keras.arrays import inputs
from hakseup.keras.callbacks.base import History
from hakseup.keras.eager import eager
from hakseup.keras.own_objects import custom_object_scope
from hakseup.keras.trained import Trained
from hakseup.words import Words


class Sequential(Trained):
    """Layers one behind the other.

    Args:
        layers: from first to last; more come with `add`.
        name: shown in the summary.

    Raises:
        NetworkError: something that is no layer, or a layer that cannot take what it gets.
    """

    def __call__(self, x: Any, training: bool | None = None) -> Any:
        """Outputs for a batch, with `.numpy()`; without `training` only layers that vary pictures do so, as in Keras.

        For a tensor that is not there yet (`Input`, what a layer gave): the longer chain.
        """
        if chain.is_symbol(x):
            return chain.join_model(self, x)
        rows = inputs(x)
        if rows.ndim == 3 and self.prepares:  # one picture
            return eager(self.network_for_size(tuple(rows.shape)).answers(rows[None], training)[0])
        if rows.ndim == 4 and self.prepares:
            return eager(self.network_for_size(tuple(rows.shape[1:])).answers(rows, training))
        return eager(self.network_for(tuple(rows.shape[1:])).answers(rows, training))

    # -- older names -------------------------------------------------------------------------------------

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: Any = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        **others: Any,
    ) -> History:
        """Older name of `fit` with something that gives batches."""
        legacy.renamed("fit_generator", "fit")
        return self.fit(
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            **others,
        )

    def evaluate_generator(
        self, generator: Any, steps: int | None = None, verbose: Any = None, **others: Any
    ) -> Any:
        """Older name of `evaluate`."""
        legacy.renamed("evaluate_generator", "evaluate")
        return self.evaluate(generator, steps=steps, verbose=_as_then(verbose), **others)

    def predict_generator(
        self, generator: Any, steps: int | None = None, verbose: Any = None, **others: Any
    ) -> np.ndarray:
        """Older name of `predict`."""
        legacy.renamed("predict_generator", "predict")
        return self.predict(generator, steps=steps, verbose=_as_then(verbose), **others)

    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: Any = None) -> np.ndarray:
        """The class of each row: (n,), or (n, 1) of 0 and 1 where a single number comes out."""
        legacy.renamed("predict_classes", "np.argmax(model.predict(x), axis=-1)")
        out = self.predict(x, batch_size, _as_then(verbose))
        return out.argmax(-1) if out.shape[-1] > 1 else (out > 0.5).astype("int32")

    def predict_proba(self, x: Any, batch_size: int | None = None, verbose: Any = None) -> np.ndarray:
        """Older name of `predict`."""
        legacy.renamed("predict_proba", "predict")
        return self.predict(x, batch_size, _as_then(verbose))

    # -- files -------------------------------------------------------------------------------------------

    def save(
        self, filepath: str | Path, overwrite: bool = True, include_optimizer: bool = True, **_: Any
    ) -> None:
        """Write the whole model: .keras, .h5 or .hdf5; without an ending as HDF5, with a note.

        Raises:
            HakseupError: it has no weights yet, or the file cannot be written.
        """
        from hakseup.keras import files

        if not Path(filepath).suffix:
            legacy.note(
                "SavedModel",
                Words(
                    f"SavedModel folders belong to TensorFlow; {filepath} is written as one HDF5 file, which load_model reads.",
                    f"SavedModel 폴더는 텐서플로의 것입니다. {filepath}을(를) HDF5 파일 하나로 저장하며 load_model로 읽을 수 있습니다.",
                ),
            )
        files.save(self, filepath, overwrite=overwrite, include_optimizer=include_optimizer)

    def save_weights(self, filepath: str | Path, overwrite: bool = True, **_: Any) -> None:
        """Write the weights alone."""
        from hakseup.keras import files

        files.save_weights(self, filepath, overwrite=overwrite)

    def load_weights(
        self, filepath: str | Path, by_name: bool = False, skip_mismatch: bool = False, **_: Any
    ) -> Loaded:
        """Take over the weights of a file."""
        from hakseup.keras import files

        files.load_weights(self, filepath, by_name=by_name, skip_mismatch=skip_mismatch)
        return Loaded()

    @property
    def trained(self) -> bool:
        """Whether the optimizer has made, or been given, a state."""
        return self._compiled is not None and self.built and self.compiled.begun

    def compile_config(self) -> dict[str, Any] | None:
        """What it was compiled with, as Keras writes it into files."""
        return self.compiled.config() if self._compiled else None

    def optimizer_state(self) -> list[tuple[str, np.ndarray]] | None:
        """The optimizer's numbers in Keras' order; None before `compile` and where nothing learns."""
        if self._compiled is None or not self.built:
            return None
        network = self.network("optimizer_state")
        with self.compiled.learning(network):
            if not network.learned():
                return None
            self.compiled.torch_optimizer(network)
            state: list[tuple[str, np.ndarray]] = self.compiled.optimizer.state(network.learned())
            return state

    def set_optimizer_state(self, state: Sequence[tuple[str, np.ndarray]]) -> None:
        """Go on from what `optimizer_state` gave.

        Raises:
            NetworkError: it is of another optimizer or another network.
        """
        network = self.network("set_optimizer_state")
        with self.compiled.learning(network):
            self.compiled.torch_optimizer(network)
            self.compiled.optimizer.set_state(network.learned(), [array for _, array in state])

    def get_config(self) -> dict[str, Any]:
        """Name and layers, as Keras writes them into files."""
        return cast(dict[str, Any], self._described()["config"])

    def _described(self) -> dict[str, Any]:
        from hakseup.keras.files.config import model_to_keras

        return model_to_keras(self)

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Sequential:
        """The model whose `get_config()` was this, with new weights."""
        from hakseup.keras.files.config import model_from_keras
        from hakseup.keras.functional import described

        kind = "Functional" if "output_layers" in config else "Sequential"
        with custom_object_scope(custom_objects or {}):
            return described(model_from_keras({"class_name": kind, "config": dict(config)}))

    def to_json(self, **options: Any) -> str:
        """Name and layers as JSON.

        Args:
            options: of `json.dumps`.
        """
        whole = {k: v for k, v in self._described().items() if k != "build_config"}
        return json.dumps(whole, **options)

    def to_yaml(self, **options: Any) -> str:
        """The same as YAML, which Keras wrote up to 2021.

        Args:
            options: of `yaml.safe_dump`.
        """
        import yaml  # type: ignore[import-untyped,unused-ignore]

        return str(yaml.safe_dump(json.loads(self.to_json()), **options))

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], object] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the table of layers, output shapes and numbers.

        Args:
            line_length: columns. positions: shares of the columns. print_fn: takes the text instead of the screen.
            expand_nested: also the layers of models that stand in it. show_trainable: a column that says what learns.
            layer_range: names of the first and the last layer that are shown, or how they begin.
        """
        from hakseup.keras.summary import print_summary

        print_summary(self, line_length, positions, print_fn, show_trainable, expand_nested, layer_range)


def _as_then(verbose: Any) -> Any:
    """What an older name prints where nobody says it: the same as today's name; in the form of Keras 2 nothing."""
    if verbose is not None:
        return verbose
    return "auto" if printing.form() == 3 else 0


class Loaded:
    """What `load_weights` gave in TensorFlow 2: whoever calls these asks about weights that a file may lack.

    Here a file that does not fit is refused while it is loaded, so nothing is left to be asked.
    """

    def expect_partial(self) -> Loaded:
        """Nothing."""
        return self

    assert_consumed = assert_existing_objects_matched = expect_partial
