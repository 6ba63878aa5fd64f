"""Losses by Keras' names: as functions, as objects, and by `get`. The formulas stand in `formulas`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hakseup.errors import CallError
from hakseup.keras import formulas
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
from hakseup.layers import checks
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
    "CategoricalCrossentropy",
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
    "categorical_crossentropy",
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


def get(identifier: Any) -> Loss:
    """The loss that a name, a function, an object, a class or a config means.

    Raises:
        CallError: there is none.
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str):
        name = formula_name(identifier)
        if name is not None:
            return _BY_FORMULA[name]()
    elif callable(identifier):
        name = getattr(identifier, "__name__", "")
        return (
            _BY_FORMULA[name]() if getattr(formulas, name, None) is identifier else FunctionLoss(identifier)
        )
    raise CallError(
        "unknown-loss",
        Words(
            f"There is no loss called {checks.shown(identifier)}.",
            f"{checks.shown(identifier)}(이)라는 오차 함수는 없습니다.",
        ),
        checks.did_you_mean(identifier if isinstance(identifier, str) else "", [*_BY_FORMULA, *_ALIASES]),
    )


def serialize(loss: Loss | Callable[..., Any]) -> Any:
    """The loss in the form that Keras writes into files: a config, or the name of a function."""
    if not isinstance(loss, Loss):
        return getattr(loss, "__name__", type(loss).__name__)
    if isinstance(loss, FunctionLoss):
        return loss.name
    return {
        "module": "keras.losses",
        "class_name": type(loss).__name__,
        "config": loss.get_config(),
        "registered_name": None,
    }


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Loss:
    """The loss that `serialize`, or Keras, wrote.

    Raises:
        CallError: there is none of this name.
    """
    if not isinstance(name, Mapping):
        return get((custom_objects or {}).get(name, name))
    kind, config = name.get("class_name"), name.get("config", {})
    if kind == "function":  # a plain function: its name stands in the config
        return get(config)
    own = (custom_objects or {}).get(str(kind), LOSSES.get(str(kind)))
    if not (isinstance(own, type) and issubclass(own, Loss)):
        return get(str(kind))  # its error
    return own.from_config(config)


def __getattr__(name: str) -> Any:
    raise missing("keras.losses", name, [*LOSSES, *_BY_FORMULA, *_ALIASES])
