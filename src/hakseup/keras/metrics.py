"""Metrics by Keras' names: as functions, as objects, and by `get`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hakseup.errors import CallError
from hakseup.keras import formulas, losses
from hakseup.keras.formulas import (
    binary_accuracy,
    binary_crossentropy,
    categorical_accuracy,
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
    sparse_categorical_accuracy,
    sparse_categorical_crossentropy,
    sparse_top_k_categorical_accuracy,
    squared_hinge,
    top_k_categorical_accuracy,
)
from hakseup.keras.metric_counts import AUC, Precision, Recall
from hakseup.keras.metric_kinds import (
    EitherAccuracy,
    Mean,
    MeanMetricWrapper,
    Metric,
    RootMeanSquaredError,
    snake,
)
from hakseup.keras.metric_means import (
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SquaredHinge,
    TopKCategoricalAccuracy,
)
from hakseup.keras.outside import missing
from hakseup.layers.checks import did_you_mean, shown
from hakseup.words import Words

METRICS: dict[str, type[Metric]] = {
    cls.__name__: cls
    for cls in (
        Accuracy,
        BinaryAccuracy,
        CategoricalAccuracy,
        SparseCategoricalAccuracy,
        TopKCategoricalAccuracy,
        SparseTopKCategoricalAccuracy,
        Precision,
        Recall,
        AUC,
        MeanSquaredError,
        RootMeanSquaredError,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError,
        LogCoshError,
        Hinge,
        SquaredHinge,
        CategoricalHinge,
        KLDivergence,
        Poisson,
        BinaryCrossentropy,
        CategoricalCrossentropy,
        SparseCategoricalCrossentropy,
        Mean,
    )
}
_BY_NAME = {snake(name): cls for name, cls in METRICS.items()} | METRICS
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
bce = BCE = binary_crossentropy
cosine_proximity = cosine_similarity
logcosh = log_cosh

__all__ = [
    "AUC",
    "BCE",
    "KLD",
    "MAE",
    "MAPE",
    "METRICS",
    "MSE",
    "MSLE",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "TopKCategoricalAccuracy",
    "bce",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_proximity",
    "cosine_similarity",
    "deserialize",
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
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]


def get(identifier: Any) -> Metric:
    """The metric that a name, a function, an object, a class or a config means.

    A name is shown as it was written ("acc", "mse"). "accuracy" is binary, sparse or categorical by the shapes of
    what it is given.

    Raises:
        CallError: there is none.
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if isinstance(identifier, losses.Loss):
        return MeanMetricWrapper(identifier.call, identifier.name)
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str):
        if identifier.lower() in ("accuracy", "acc"):
            return EitherAccuracy(identifier)
        if identifier in _BY_NAME:
            return _BY_NAME[identifier](name=identifier)
        formula = losses.formula_name(identifier)
        if formula is not None:
            return MeanMetricWrapper(getattr(formulas, formula), identifier)
    elif callable(identifier):
        return MeanMetricWrapper(identifier)
    raise CallError(
        "unknown-metric",
        Words(
            f"There is no metric called {shown(identifier)}.",
            f"{shown(identifier)}(이)라는 지표는 없습니다.",
        ),
        did_you_mean(
            identifier if isinstance(identifier, str) else "",
            ["accuracy", *(name for name in _BY_NAME if name.islower()), "mse", "mae", "mape", "msle"],
        ),
    )


def serialize(metric: Metric | Any) -> Any:
    """The metric in the form that Keras writes into files: a config, or a name."""
    if not isinstance(metric, Metric):
        return getattr(metric, "__name__", type(metric).__name__)
    if type(metric).__name__ not in METRICS:
        return metric.name
    return {
        "module": "keras.metrics",
        "class_name": type(metric).__name__,
        "config": metric.get_config(),
        "registered_name": None,
    }


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Metric:
    """The metric that `serialize`, or Keras, wrote.

    Raises:
        CallError: there is none of this name.
    """
    if not isinstance(config, Mapping):
        return get((custom_objects or {}).get(config, config))
    kind: str = str(config.get("class_name"))
    arguments: Any = config.get("config") or {}
    if kind == "function":  # a plain function: its name stands in the config
        return get((custom_objects or {}).get(arguments, arguments))
    if kind == "MeanMetricWrapper":  # how Keras keeps a function under a name
        inner = arguments.get("fn")
        out = get(inner.get("config") if isinstance(inner, Mapping) else inner)
        out.name = arguments.get("name", out.name)
        return out
    own = (custom_objects or {}).get(kind, METRICS.get(kind))
    if not (isinstance(own, type) and issubclass(own, Metric)):
        return get(kind)  # its error
    return own.from_config(arguments)


def __getattr__(name: str) -> Any:
    raise missing("keras.metrics", name, [*METRICS, *(n for n in _BY_NAME if n.islower())])
