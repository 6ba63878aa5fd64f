"""Metrics that are the mean of a formula over all rows."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from hakseup.keras import formulas
from hakseup.keras.metric_kinds import FormulaMean


class Accuracy(FormulaMean):
    """How often both are the same number."""

    formula = staticmethod(formulas.accuracy)


class BinaryAccuracy(FormulaMean):
    """How often a probability lies on the right side of the threshold.

    Args:
        name: under which the figure is shown.
        dtype: only float32.
        threshold: above which it counts as 1.
    """

    formula = staticmethod(formulas.binary_accuracy)
    own: ClassVar[tuple[str, ...]] = ("threshold",)

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(name, threshold=threshold)


class CategoricalAccuracy(FormulaMean):
    """How often the largest is the right one; one-hot truth."""

    formula = staticmethod(formulas.categorical_accuracy)


class SparseCategoricalAccuracy(FormulaMean):
    """How often the largest is the right one; class numbers as truth."""

    formula = staticmethod(formulas.sparse_categorical_accuracy)


class _TopK(FormulaMean):
    own: ClassVar[tuple[str, ...]] = ("k",)

    def __init__(self, k: int = 5, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, k=k)


class TopKCategoricalAccuracy(_TopK):
    """How often the right one is among the k largest; one-hot truth.

    Args:
        k: how many.
        name: under which the figure is shown.
        dtype: only float32.
    """

    formula = staticmethod(formulas.top_k_categorical_accuracy)

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(k, name)


class SparseTopKCategoricalAccuracy(_TopK):
    """The same for class numbers as truth; arguments as TopKCategoricalAccuracy."""

    formula = staticmethod(formulas.sparse_top_k_categorical_accuracy)

    def __init__(
        self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(k, name)


class MeanSquaredError(FormulaMean):
    """The mean of the squared differences."""

    formula = staticmethod(formulas.mean_squared_error)


class MeanAbsoluteError(FormulaMean):
    """The mean of the differences without sign."""

    formula = staticmethod(formulas.mean_absolute_error)


class MeanAbsolutePercentageError(FormulaMean):
    """The mean of the differences in percent of the truth."""

    formula = staticmethod(formulas.mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(FormulaMean):
    """The mean of the squared differences of the logarithms."""

    formula = staticmethod(formulas.mean_squared_logarithmic_error)


class LogCoshError(FormulaMean):
    """The logarithm of the hyperbolic cosine of the error."""

    formula = staticmethod(formulas.log_cosh)

    def __init__(self, name: str = "logcosh", dtype: Any = None) -> None:
        super().__init__(name)


class CosineSimilarity(FormulaMean):
    """The cosine of the angle between truth and output: 1 where they point the same way, the loss without its sign.

    Args:
        name: under which the figure is shown.
        dtype: only float32.
        axis: along which the vectors lie.
    """

    formula = staticmethod(formulas.cosine_similarity)

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(name, axis=axis)

    def _mean(self) -> Tensor:
        return -super()._mean()


class Hinge(FormulaMean):
    """For truth of -1 and 1."""

    formula = staticmethod(formulas.hinge)


class SquaredHinge(FormulaMean):
    """The square of `Hinge`."""

    formula = staticmethod(formulas.squared_hinge)


class CategoricalHinge(FormulaMean):
    """For one-hot truth and scores."""

    formula = staticmethod(formulas.categorical_hinge)


class KLDivergence(FormulaMean):
    """How far the predicted shares are from the true ones."""

    formula = staticmethod(formulas.kl_divergence)

    def __init__(self, name: str = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(name)


class Poisson(FormulaMean):
    """For counts."""

    formula = staticmethod(formulas.poisson)


class _Crossentropy(FormulaMean):
    own: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing")

    def __init__(
        self, name: str, dtype: Any = None, from_logits: bool = False, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(name, from_logits=from_logits, label_smoothing=label_smoothing)


class BinaryCrossentropy(_Crossentropy):
    """The loss of this name, as a figure.

    Args:
        name: under which the figure is shown.
        dtype: only float32.
        from_logits: whether the predictions are scores.
        label_smoothing: share of the truth that moves to one half.
    """

    formula = staticmethod(formulas.binary_crossentropy)

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name, None, from_logits, label_smoothing)


class CategoricalCrossentropy(_Crossentropy):
    """The loss of this name, as a figure.

    Args:
        name: under which the figure is shown.
        dtype: only float32.
        from_logits: whether the predictions are scores.
        label_smoothing: share of the truth that is spread over all classes.
        axis: of the classes.
    """

    formula = staticmethod(formulas.categorical_crossentropy)

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name, None, from_logits, label_smoothing)
        self.arguments["axis"] = self.axis = axis

    own: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing", "axis")


class SparseCategoricalCrossentropy(FormulaMean):
    """The loss of this name, as a figure.

    Args:
        name: under which the figure is shown.
        dtype: only float32.
        from_logits: whether the predictions are scores.
        ignore_class: only None.
        axis: of the classes, the last.
    """

    formula = staticmethod(formulas.sparse_categorical_crossentropy)
    own: ClassVar[tuple[str, ...]] = ("from_logits", "ignore_class", "axis")

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, from_logits=from_logits, ignore_class=ignore_class, axis=axis)
