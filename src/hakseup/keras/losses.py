"""Losses by Keras' names: as functions, as objects, and by `get`. The formulas stand in `formulas`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hakseup.errors import CallError
from hakseup.keras import formulas
from hakseup.keras.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from hakseup.keras.formulas import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from hakseup.keras.loss_kinds import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    FormulaLoss,
    FunctionLoss,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from hakseup.keras.outside import missing
from hakseup.keras.registry import Registry
from hakseup.words import Words

__all__ = [
    "BCE",
    "KLD",
    "LOSSES",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "bce",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "deserialize",
    "formula_name",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "loss_of",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

LOSSES: dict[str, type[Loss]] = {
    cls.__name__: cls
    for cls in (
        CategoricalCrossentropy,
        SparseCategoricalCrossentropy,
        BinaryCrossentropy,
        BinaryFocalCrossentropy,
        CategoricalFocalCrossentropy,
        MeanSquaredError,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError,
        Huber,
        Hinge,
        SquaredHinge,
        CategoricalHinge,
        KLDivergence,
        Poisson,
        LogCosh,
        CosineSimilarity,
    )
}
_BY_FORMULA: dict[str, type[Loss]] = {
    cls.formula.__name__: cls for cls in LOSSES.values() if issubclass(cls, FormulaLoss)
}
_ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "huber_loss": "huber",
    "logcosh": "log_cosh",
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
}
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
bce = BCE = binary_crossentropy
logcosh = log_cosh


def formula_name(name: str) -> str | None:
    """The formula that a name, an alias or the name of a class means, or None."""
    found = _ALIASES.get(name.lower(), name)
    if found in LOSSES:
        cls = LOSSES[found]
        return cls.formula.__name__ if issubclass(cls, FormulaLoss) else None
    return found if found in _BY_FORMULA else None


def _named(name: str) -> Loss | None:
    formula = formula_name(name)
    return None if formula is None else _BY_FORMULA[formula]()


def _wrapped(function: Callable[..., Any]) -> Loss:
    name = getattr(function, "__name__", "")
    return (
        _BY_FORMULA[name]()
        if formulas.FORMULAS.get(name) is function and name in _BY_FORMULA
        else FunctionLoss(function)
    )


REGISTRY: Registry[Loss] = Registry(
    "keras.losses",
    Words("loss", "오차 함수"),
    Loss,
    LOSSES,
    CallError,
    [*_BY_FORMULA, *_ALIASES],
    _named,
    _wrapped,
)
loss_of, deserialize = REGISTRY.get, REGISTRY.deserialize


def get(identifier: Any) -> Any:
    """The function that a name means, as in Keras; what else stands for a loss becomes an object.

    Raises:
        CallError: there is none.
    """
    if isinstance(identifier, str) and (known := formula_name(identifier)) and identifier not in LOSSES:
        return formulas.FORMULAS[known]
    plain = callable(identifier) and not isinstance(identifier, type)
    return identifier if plain else REGISTRY.get(identifier)


def serialize(loss: Loss | Callable[..., Any]) -> Any:
    """The loss in the form that Keras writes into files: a config, or the name of a function."""
    if not isinstance(loss, Loss):
        return getattr(loss, "__name__", type(loss).__name__)
    return loss.name if isinstance(loss, FunctionLoss) else REGISTRY.serialize(loss)


def __getattr__(name: str) -> Any:
    raise missing("keras.losses", name, [*LOSSES, *_BY_FORMULA, *_ALIASES])
