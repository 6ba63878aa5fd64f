"""`scikeras.wrappers`, which took the place of Keras' own wrappers in 2022: the same, but for some habits.

Arguments may say where they go (`model__units`, `fit__epochs`, `optimizer__learning_rate`), a function may ask for `meta`,
what is known of the rows, and leave `compile` to the wrapper or ask for its `compile_kwargs`, `random_state` is a seed, and a regressor's score is R².
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.multiclass import type_of_target

from hakseup.keras import optimizers
from hakseup.keras.utils import set_random_seed
from hakseup.keras.wrappers import scikit_learn as older

_WHERE = ("model__", "fit__", "predict__")
_COMPILE, _OPTIMIZER = ("optimizer", "loss", "metrics", "loss_weights"), "optimizer__"


class _Routed(older._Wrapper):
    """Takes the prefixes off where the arguments are used; they stay in what scikit-learn sees."""

    def _fit(self, x: Any, y: Any, others: dict[str, Any]) -> Any:
        kept, self.sk_params = self.sk_params, {_plain(name): v for name, v in self.sk_params.items()}
        try:
            super()._fit(x, y, others)
        finally:
            self.sk_params = kept
        return self

    def _made(self, arguments: dict[str, Any], x: Any, y: np.ndarray) -> Any:
        if (seed := self.sk_params.get("random_state")) is not None:
            set_random_seed(seed)
        assert self.build_fn is not None
        asked = inspect.signature(self.build_fn).parameters
        if "meta" in asked:
            arguments = {"meta": self._known(np.asarray(x), y), **arguments}
        if "compile_kwargs" in asked:
            arguments = {"compile_kwargs": self._compiling(), **arguments}
        model = super()._made(arguments, x, y)
        if model.optimizer is None:
            model.compile(**self._compiling())
        return model

    def _for_compile(self, name: str) -> bool:
        return name in (*_COMPILE, "random_state") or name.startswith(_OPTIMIZER)

    def _known(self, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
        """What SciKeras says of the rows to a function that asks for `meta`."""
        return {
            "n_features_in_": x.shape[1],
            "X_shape_": x.shape,
            "X_dtype_": x.dtype,
            "n_outputs_": 1 if y.ndim == 1 else y.shape[1],
            "n_outputs_expected_": 1,
            "target_type_": type_of_target(y),
        }

    def _compiling(self) -> dict[str, Any]:
        """The arguments of `compile`, the optimizer's own put into it."""
        given: dict[str, Any] = {"optimizer": "rmsprop"}
        given |= {name: value for name, value in self.sk_params.items() if name in _COMPILE}
        own = {k.removeprefix(_OPTIMIZER): v for k, v in self.sk_params.items() if k.startswith(_OPTIMIZER)}
        kind = given["optimizer"]
        if own or isinstance(kind, type):
            given["optimizer"] = (kind if isinstance(kind, type) else type(optimizers.get(kind)))(**own)
        return given

    @property
    def history_(self) -> dict[str, list[float]]:
        """The figures of every epoch."""
        history: dict[str, list[float]] = self.history.history
        return history

    @property
    def model_(self) -> Any:
        """The model that was trained."""
        return self.model


class KerasClassifier(_Routed, older.KerasClassifier):
    __doc__ = older._Wrapper.__doc__

    def _known(self, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
        kind = {"multilabel-indicator": "multiclass-onehot"}
        known = super()._known(x, y)
        return known | {
            "classes_": self.classes_,
            "n_classes_": len(self.classes_),
            "target_type_": kind.get(known["target_type_"], known["target_type_"]),
        }


class KerasRegressor(_Routed, older.KerasRegressor):
    __doc__ = older._Wrapper.__doc__

    def _known(self, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
        several = y.ndim > 1 and y.shape[1] > 1  # whole numbers are no classes here
        return super()._known(x, y) | {"target_type_": "continuous-multioutput" if several else "continuous"}

    def score(self, x: Any, y: Any, **others: Any) -> float:
        """R²."""
        return float(RegressorMixin.score(self, x, y, **others))


def _plain(name: str) -> str:
    return next((name.removeprefix(where) for where in _WHERE if name.startswith(where)), name)
