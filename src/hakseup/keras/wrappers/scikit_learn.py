"""`KerasClassifier` and `KerasRegressor` of Keras 1 and 2: a function that makes a model, as an estimator of scikit-learn.

Arguments go where they are known: to that function by its own names, all others to `fit`, `predict` and `score`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from hakseup.errors import CallError
from hakseup.keras.utils import to_categorical
from hakseup.words import Words

_ASKING = ("batch_size", "verbose", "steps")  # what predict and evaluate take, too


class _Wrapper(BaseEstimator):  # type: ignore[misc]
    """What both have in common.

    Args:
        build_fn: makes a compiled model; its arguments may be searched over. model: the name that SciKeras gave it.
        sk_params: arguments for it and for `fit` (epochs, batch_size, verbose, ...).
    """

    def __init__(self, build_fn: Callable[..., Any] | None = None, **sk_params: Any) -> None:
        self.build_fn = sk_params.pop("model", None) if build_fn is None else build_fn
        self.sk_params = sk_params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All arguments by name."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> _Wrapper:
        """Change arguments."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model")

    def _fit(self, x: Any, y: np.ndarray, others: dict[str, Any]) -> Any:
        if self.build_fn is None or not callable(self.build_fn):
            raise CallError(
                "no-build-function",
                Words(
                    f"{type(self).__name__} needs build_fn: a function that makes a compiled model.",
                    f"{type(self).__name__}에는 build_fn, 곧 컴파일한 모델을 돌려주는 함수가 필요합니다.",
                ),
            )
        takes = inspect.signature(self.build_fn).parameters
        self.model = self._made({k: v for k, v in self.sk_params.items() if k in takes}, x, y)
        if getattr(self.model.compiled.loss, "name", "") == "categorical_crossentropy" and y.ndim == 1:
            y = to_categorical(y)
        given = {
            k: v for k, v in self.sk_params.items() if k not in takes and not self._for_compile(k)
        } | others
        self.history = self.model.fit(x, y, **given)
        return self.history

    def _made(self, arguments: dict[str, Any], x: Any, y: np.ndarray) -> Any:
        """A model, compiled. arguments: of the function. x, y: what it will be trained on."""
        assert self.build_fn is not None
        return self.build_fn(**arguments)

    def _for_compile(self, name: str) -> bool:
        """Whether an argument goes to `compile`: never, the function compiles."""
        return False

    def _asking(self, others: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in {"verbose": 0, **self.sk_params}.items() if k in _ASKING} | others


class KerasClassifier(ClassifierMixin, _Wrapper):  # type: ignore[misc]
    __doc__ = _Wrapper.__doc__

    def fit(self, x: Any, y: Any, **others: Any) -> Any:
        """Make the model and train it; class labels may be words, numbers, or one-hot rows."""
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            self.classes_ = np.arange(labels.shape[1])
            return self._fit(x, labels, others)
        self.classes_, numbers = np.unique(labels.ravel(), return_inverse=True)
        return self._fit(x, numbers, others)

    def predict_proba(self, x: Any, **others: Any) -> np.ndarray:
        """Probabilities (n, classes)."""
        out = np.asarray(self.model.predict(x, **self._asking(others)))
        return np.hstack([1 - out, out]) if out.shape[1] == 1 else out

    def predict(self, x: Any, **others: Any) -> np.ndarray:
        """The class of each row (n,), as it was given."""
        return np.asarray(self.classes_[self.predict_proba(x, **others).argmax(-1)])

    def score(self, x: Any, y: Any, **others: Any) -> float:
        """The share that is right."""
        labels = np.asarray(y)
        truth = (
            self.classes_[labels.argmax(-1)] if labels.ndim == 2 and labels.shape[1] > 1 else labels.ravel()
        )
        return float((self.predict(x, **others) == truth).mean())


class KerasRegressor(RegressorMixin, _Wrapper):  # type: ignore[misc]
    __doc__ = _Wrapper.__doc__

    def fit(self, x: Any, y: Any, **others: Any) -> Any:
        """Make the model and train it."""
        return self._fit(x, np.asarray(y), others)

    def predict(self, x: Any, **others: Any) -> np.ndarray:
        """A number for each row (n,), or several."""
        out = np.asarray(self.model.predict(x, **self._asking(others)))
        return out[:, 0] if out.shape[-1] == 1 else out

    def score(self, x: Any, y: Any, **others: Any) -> float:
        """The loss with a minus before it, as Keras had it: larger is better."""
        loss = self.model.evaluate(x, np.asarray(y), **self._asking(others))
        return -float(loss[0] if isinstance(loss, list) else loss)
