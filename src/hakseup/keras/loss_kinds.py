"""The losses as objects: what a formula needs beside truth and output, and how rows become one number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from hakseup.errors import DataError
from hakseup.keras import formulas
from hakseup.keras.formulas import tensor
from hakseup.keras.mathematics import given
from hakseup.layers import checks
from hakseup.words import Words

_REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", "auto")


class Loss:
    """Base; a class of one's own defines `call(y_true, y_pred)`, one number for each row.

    Args:
        name: shown in messages.
        reduction: "sum_over_batch_size" (the mean), "sum" or None for one number for each row.
        dtype: only float32.
    """

    final: str | None = None  # the last activation with which `logits` gives the same value
    from_logits = False
    own: ClassVar[tuple[str, ...]] = ()  # arguments that only this kind has

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ):
        kind = type(self).__name__
        self.name = name or kind
        self.reduction = checks.choice(
            kind, "reduction", "none" if reduction is None else reduction, _REDUCTIONS
        )

    def __repr__(self) -> str:
        """As Keras shows it: the function, and what it is given."""
        kind = type(self)
        if not kind.__module__.startswith("hakseup."):
            return object.__repr__(self)
        function = f"<function {checks.snake_case(kind.__name__)} at {id(kind):#x}>"
        return f"<LossFunctionWrapper({function}, kwargs={self._given()})>"

    def _given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.own}

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """One number for each row."""
        raise TypeError(f"{type(self).__name__} has no call(y_true, y_pred)")

    def per_sample(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """(b, …) and the network's output (b, …), its last activation included -> (b,)."""
        if not type(self).__module__.startswith("hakseup."):  # of one's own
            y_true, y_pred = given(y_true), given(y_pred)
        return one_each(self.call(y_true, y_pred), len(y_pred)).as_subclass(Tensor)

    def logits(self, y_true: Tensor, logits: Tensor) -> Tensor:
        """The same from what goes into the last activation, which must be `final`; (b,)."""
        raise TypeError(f"{self.name} cannot be computed from logits")

    def check(self, y_true: np.ndarray, output_shape: tuple[int, ...]) -> None:
        """Refuse truth that does not fit the network's output (without the batch), before training begins.

        Raises:
            DataError: the shapes differ, or a class number is out of range.
        """
        row = y_true.shape[1:]
        if output_shape not in (row, (*row, 1)) and row != (*output_shape, 1):
            raise formulas.shapes_differ(y_true.shape, (len(y_true), *output_shape))

    dtype = "float32"

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Truth and output as arrays or tensors -> a scalar of their kind, or one number a row with reduction None."""
        return formulas.as_given(self._reduced(y_true, y_pred, sample_weight), y_true, y_pred)

    def _reduced(self, y_true: Any, y_pred: Any, sample_weight: Any) -> Tensor:
        predicted = tensor(y_pred)
        values = tensor(self.call(tensor(y_true), predicted))
        if sample_weight is not None:
            weight = tensor(sample_weight).to(values.device, values.dtype)
            weight = (
                weight.squeeze(-1) if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1 else weight
            )
            values = values * weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
            if self.reduction == "mean_with_sample_weight":
                return values.sum() / weight.sum()
        if self.reduction == "none":
            return values
        return values.sum() if self.reduction == "sum" else values.mean()

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, as Keras writes them into files."""
        out = {"name": self.name, "reduction": None if self.reduction == "none" else self.reduction}
        return out | {name: getattr(self, name) for name in self.own}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Loss:
        """The loss whose `get_config()` was this."""
        return cls(**{name: value for name, value in config.items() if name != "dtype"})


class FunctionLoss(Loss):
    """A function of one's own, (y_true, y_pred) -> one number for each row or for all."""

    def __init__(self, function: Callable[[Tensor, Tensor], Any]) -> None:
        super().__init__(getattr(function, "__name__", type(function).__name__))
        self.function = function

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return tensor(self.function(given(y_true).to(y_pred.dtype), given(y_pred)))

    def check(self, y_true: np.ndarray, output_shape: tuple[int, ...]) -> None:
        """What fits is the function's own business."""


class FormulaLoss(Loss):
    """A loss that is one of the formulas."""

    formula: ClassVar[formulas.Formula]

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name or type(self).formula.__name__, reduction)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return type(self).formula(y_true, y_pred, **{name: getattr(self, name) for name in self.own})


class Crossentropy(FormulaLoss):
    """What the cross-entropies share: see `CategoricalCrossentropy`."""

    own: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        kind = type(self).__name__
        super().__init__(reduction, name)
        self.from_logits = checks.truth(kind, "from_logits", from_logits)
        self.label_smoothing = checks.number(kind, "label_smoothing", label_smoothing, 0, 1)
        self.axis = axis
        if self.from_logits or axis != -1:
            self.final = None


class CategoricalCrossentropy(Crossentropy):
    """For one-hot truth and a softmax at the end.

    Args:
        from_logits: the network ends without its softmax.
        label_smoothing: share of the truth that is spread over all classes.
        axis: of the classes.
        reduction: see `Loss`.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(formulas.categorical_crossentropy)
    final: str | None = "softmax"

    def logits(self, y_true: Tensor, logits: Tensor) -> Tensor:
        return one_each(formulas.categorical_from_scores(y_true, logits, self.label_smoothing), len(logits))


class BinaryCrossentropy(Crossentropy):
    """For truth of 0 and 1 and a sigmoid at the end.

    Args:
        from_logits: the network ends without its sigmoid.
        label_smoothing: share of the truth that moves to one half.
        axis: over which the mean goes.
        reduction: see `Loss`.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(formulas.binary_crossentropy)
    final: str | None = "sigmoid"

    def logits(self, y_true: Tensor, logits: Tensor) -> Tensor:
        return one_each(formulas.binary_from_scores(y_true, logits, self.label_smoothing), len(logits))


class SparseCategoricalCrossentropy(FormulaLoss):
    """For class numbers from 0 and a softmax at the end.

    Args:
        from_logits: the network ends without its softmax.
        ignore_class: only None.
        reduction: see `Loss`.
        axis: of the classes, the last.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(formulas.sparse_categorical_crossentropy)
    final: str | None = "softmax"
    own = ("from_logits", "ignore_class")

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name)
        self.from_logits = checks.truth(type(self).__name__, "from_logits", from_logits)
        for argument, value, only in (("ignore_class", ignore_class, None), ("axis", axis, -1)):
            if value != only:
                raise checks.refusal(type(self).__name__, argument, value, Words(f"{only}", f"{only}"))
        self.ignore_class = ignore_class
        if self.from_logits:
            self.final = None

    def _given(self) -> dict[str, Any]:
        return super()._given() | {"axis": -1}

    def logits(self, y_true: Tensor, logits: Tensor) -> Tensor:
        return one_each(formulas.sparse_from_scores(y_true, logits), len(logits))

    def check(self, y_true: np.ndarray, output_shape: tuple[int, ...]) -> None:
        if y_true.shape[1:] not in (output_shape[:-1], (*output_shape[:-1], 1)):
            raise DataError(
                "shapes-differ",
                Words(
                    f"{self.name} needs one class number for each row; the truth has the shape {y_true.shape}.",
                    f"{self.name}에는 행마다 클래스 번호 하나가 필요합니다. 정답의 모양은 {y_true.shape}입니다.",
                ),
                Words(
                    "One-hot truth goes with loss='categorical_crossentropy'.",
                    "원-핫 정답에는 loss='categorical_crossentropy'를 쓰세요.",
                ),
            )
        if y_true.size and (y_true.min() < 0 or y_true.max() >= output_shape[-1]):
            low, high = y_true.min(), y_true.max()
            raise DataError(
                "class-out-of-range",
                Words(
                    f"The last layer has {output_shape[-1]} outputs, so class numbers go from 0 to "
                    f"{output_shape[-1] - 1}; the truth has {low} to {high}.",
                    f"마지막 층의 출력이 {output_shape[-1]}개이므로 클래스 번호는 0~{output_shape[-1] - 1}이어야 합니다. "
                    f"정답에는 {low}~{high}이(가) 있습니다.",
                ),
                Words(
                    "Count from 0, or give the last layer more outputs.",
                    "번호를 0부터 매기거나 마지막 층의 출력을 늘리세요.",
                ),
            )


class MeanSquaredError(FormulaLoss):
    """The mean of the squared differences."""

    formula = staticmethod(formulas.mean_squared_error)


class MeanAbsoluteError(FormulaLoss):
    """The mean of the differences without sign."""

    formula = staticmethod(formulas.mean_absolute_error)


class MeanAbsolutePercentageError(FormulaLoss):
    """The mean of the differences in percent of the truth."""

    formula = staticmethod(formulas.mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(FormulaLoss):
    """The mean of the squared differences of the logarithms."""

    formula = staticmethod(formulas.mean_squared_logarithmic_error)


class KLDivergence(FormulaLoss):
    """How far the predicted shares are from the true ones."""

    formula = staticmethod(formulas.kl_divergence)


class Poisson(FormulaLoss):
    """For counts."""

    formula = staticmethod(formulas.poisson)


class LogCosh(FormulaLoss):
    """Like the square near zero, like a straight line far from it."""

    formula = staticmethod(formulas.log_cosh)


class Hinge(FormulaLoss):
    """For truth of -1 and 1."""

    formula = staticmethod(formulas.hinge)


class SquaredHinge(FormulaLoss):
    """The square of `Hinge`."""

    formula = staticmethod(formulas.squared_hinge)


class CategoricalHinge(FormulaLoss):
    """For one-hot truth and scores."""

    formula = staticmethod(formulas.categorical_hinge)


class Huber(FormulaLoss):
    """Half the square up to delta, a straight line beyond.

    Args:
        delta: where the line begins.
        reduction: see `Loss`.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(formulas.huber)
    own = ("delta",)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name)
        self.delta = checks.number("Huber", "delta", delta, 1e-12)


class CosineSimilarity(FormulaLoss):
    """Minus the cosine of the angle between truth and output.

    Args:
        axis: along which the vectors lie.
        reduction: see `Loss`.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(formulas.cosine_similarity)
    own = ("axis",)

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name)
        self.axis = axis


def one_each(values: Tensor, rows: int) -> Tensor:
    """(b,) from (b, …), or from one number for all."""
    if values.ndim == 0:
        return values.expand(rows)
    return values if values.ndim == 1 else values.flatten(1).mean(1)
