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
from hakseup.keras.metric_counts import (
    AUC,
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from hakseup.keras.metric_kinds import (
    EitherAccuracy,
    Mean,
    MeanMetricWrapper,
    Metric,
    RootMeanSquaredError,
)
from hakseup.keras.metric_means import (
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
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
from hakseup.keras.metric_sums import F1Score, FBetaScore, MeanIoU, R2Score, Sum
from hakseup.keras.outside import missing
from hakseup.keras.registry import Registry
from hakseup.layers.checks import snake_case
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
        TruePositives,
        TrueNegatives,
        FalsePositives,
        FalseNegatives,
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
        CosineSimilarity,
        Mean,
        Sum,
        FBetaScore,
        F1Score,
        R2Score,
        MeanIoU,
    )
}
_BY_NAME = {snake_case(name): cls for name, cls in METRICS.items()} | METRICS
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
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "Sum",
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


def _named(name: str) -> Metric | None:
    if name.lower() in ("accuracy", "acc"):
        return EitherAccuracy(name)
    if name in _BY_NAME:
        return _BY_NAME[name](name=name)
    if name in ("fmeasure", "fbeta_score"):  # of Keras 1, there the mean of the batches' figures
        return F1Score("micro", 0.5, name)
    formula = losses.formula_name(name)
    return None if formula is None else MeanMetricWrapper(formulas.FORMULAS[formula], name)


REGISTRY: Registry[Metric] = Registry(
    "keras.metrics",
    Words("metric", "지표"),
    Metric,
    METRICS,
    CallError,
    ["accuracy", *(name for name in _BY_NAME if name.islower()), "mse", "mae", "mape", "msle"],
    _named,
    MeanMetricWrapper,
)


def get(identifier: Any) -> Metric:
    """The metric that a name, a function, an object, a class or a config means.

    A name is shown as it was written ("acc", "mse"). "accuracy" is binary, sparse or categorical by the shapes of
    what it is given.

    Raises:
        CallError: there is none.
    """
    if isinstance(identifier, losses.Loss):
        return MeanMetricWrapper(identifier.call, identifier.name)
    return deserialize(identifier) if isinstance(identifier, Mapping) else REGISTRY.get(identifier)


def serialize(metric: Metric | Any) -> Any:
    """The metric in the form that Keras writes into files: a config, or a name."""
    if not isinstance(metric, Metric):
        return getattr(metric, "__name__", type(metric).__name__)
    return REGISTRY.serialize(metric) if type(metric).__name__ in METRICS else metric.name


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Metric:
    """The metric that `serialize`, or Keras, wrote.

    Raises:
        CallError: there is none of this name.
    """
    if not isinstance(config, Mapping) or config.get("class_name") != "MeanMetricWrapper":
        return REGISTRY.deserialize(config, custom_objects)
    arguments: Any = config.get("config") or {}  # how Keras keeps a function under a name
    inner = arguments.get("fn")
    out = get(inner.get("config") if isinstance(inner, Mapping) else inner)
    out.name = arguments.get("name", out.name)
    return out


def __getattr__(name: str) -> Any:
    raise missing("keras.metrics", name, [*METRICS, *(n for n in _BY_NAME if n.islower())])
