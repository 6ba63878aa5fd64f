"""`scikeras.wrappers`, which took the place of Keras' own wrappers in 2022: the same, but for two habits.

Arguments may say where they go (`model__units`, `fit__epochs`), and a regressor's score is R².
"""

from __future__ import annotations

from typing import Any

from sklearn.base import RegressorMixin

from hakseup.keras.wrappers import scikit_learn as older

_WHERE = ("model__", "fit__", "predict__")


class _Routed(older._Wrapper):
    """Takes the prefixes off where the arguments are used; they stay in what scikit-learn sees."""

    def _fit(self, x: Any, y: Any, others: dict[str, Any]) -> Any:
        kept, self.sk_params = self.sk_params, {_plain(name): v for name, v in self.sk_params.items()}
        try:
            super()._fit(x, y, others)
        finally:
            self.sk_params = kept
        return self

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


class KerasRegressor(_Routed, older.KerasRegressor):
    __doc__ = older._Wrapper.__doc__

    def score(self, x: Any, y: Any, **others: Any) -> float:
        """R²."""
        return float(RegressorMixin.score(self, x, y, **others))


def _plain(name: str) -> str:
    return next((name.removeprefix(where) for where in _WHERE if name.startswith(where)), name)
