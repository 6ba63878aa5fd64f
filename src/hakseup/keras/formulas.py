"""The formulas of losses and accuracies, with Keras' clipping: truth and prediction in, one number per row out.

They take arrays or tensors, pictures with the channels last, and work on the last axis. Source of the formulas:
https://keras.io/api/losses/ and https://keras.io/api/metrics/
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hakseup.errors import DataError
from hakseup.keras.arithmetic import Arithmetic
from hakseup.keras.eager import eager
from hakseup.layers import checks
from hakseup.words import Words

EPSILON = 1e-7  # Keras keeps probabilities this far from 0 and 1
LOWEST = math.log(EPSILON)
HIGHEST = float(np.log(np.float32(1 - EPSILON)))  # in float32, as Keras counts
Formula = Callable[..., Tensor]
FORMULAS: dict[str, Formula] = {}  # by name, also those of other files


def tensor(value: Any) -> Tensor:
    """The value as a tensor; whole numbers stay whole, decimals become float32."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Arithmetic):
        raise DataError(
            "not-numbers",
            Words(
                f"Numbers are needed; {value!r} is a tensor that is not there yet.",
                f"숫자가 필요한데 {value!r}에는 아직 값이 없습니다.",
            ),
            Words(
                "Between Input and Model only layers stand, their activations, and + - * /.",
                "Input과 Model 사이에는 층과 활성화 함수, + - * /만 쓸 수 있습니다.",
            ),
        )
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "US":
        raise DataError(
            "not-numbers",
            Words(
                f"Numbers are needed; the values are {array.dtype.name}, such as {checks.shown(array.flat[0])}.",
                f"숫자가 필요한데 {array.dtype.name} 값입니다. 예: {checks.shown(array.flat[0])}.",
            ),
        )
    if array.dtype.kind == "f":
        array = array.astype(np.float32)
    return torch.from_numpy(np.array(array))


def as_given(made: Tensor, *given: Any) -> Any:
    """A tensor where one was given, through which a loss learns; else an array that answers `.numpy()`."""
    return made if any(isinstance(value, Tensor) for value in given) else eager(made)


def formula(function: Formula) -> Formula:
    """The formula over whatever holds numbers, and known by its name."""

    @functools.wraps(function)
    def called(y_true: Any, y_pred: Any, *others: Any, **named: Any) -> Any:
        out = function(tensor(y_true), tensor(y_pred), *others, **named)
        return as_given(out, y_true, y_pred)

    FORMULAS[function.__name__] = called
    return called


def aligned(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors of one floating type and one rank: (b,) beside (b, 1) is the same column.

    Raises:
        DataError: the shapes differ otherwise.
    """
    predicted = tensor(y_pred)
    if not predicted.is_floating_point():
        predicted = predicted.float()
    truth = tensor(y_true).to(predicted.device, predicted.dtype)
    if truth.shape != predicted.shape:
        if truth.ndim == predicted.ndim + 1 and truth.shape[-1] == 1:
            predicted = predicted.unsqueeze(-1) if predicted.ndim == 1 else predicted
            truth = truth if predicted.ndim == truth.ndim else truth.squeeze(-1)
        elif predicted.ndim == truth.ndim + 1 and predicted.shape[-1] == 1:
            truth = truth.unsqueeze(-1) if truth.ndim == 1 else truth
            predicted = predicted if predicted.ndim == truth.ndim else predicted.squeeze(-1)
        if truth.shape != predicted.shape:
            raise shapes_differ(tuple(truth.shape), tuple(predicted.shape))
    return truth, predicted


def shapes_differ(truth: tuple[int, ...], predicted: tuple[int, ...]) -> DataError:
    """The error for truth and prediction of different shapes, with what is most often behind it."""
    hint = None
    if len(predicted) > 1 and predicted[-1] > 1 and (len(truth) == 1 or truth[-1] == 1):
        k = predicted[-1]
        hint = Words(
            f"Class numbers go with loss='sparse_categorical_crossentropy'; or write "
            f"keras.utils.to_categorical(y, {k}).",
            f"클래스 번호에는 loss='sparse_categorical_crossentropy'를 쓰거나 "
            f"keras.utils.to_categorical(y, {k})로 바꾸세요.",
        )
    elif len(truth) > 1 and truth[-1] > 1 and predicted[-1] == 1:
        hint = Words(
            f"The last layer needs {truth[-1]} outputs, such as Dense({truth[-1]}, activation='softmax').",
            f"마지막 층의 출력이 {truth[-1]}개여야 합니다. 예: Dense({truth[-1]}, activation='softmax').",
        )
    return DataError(
        "shapes-differ",
        Words(
            f"The truth has the shape {truth}, the network's output {predicted}.",
            f"정답의 모양은 {truth}인데 신경망 출력의 모양은 {predicted}입니다.",
        ),
        hint,
    )


# -- classes -----------------------------------------------------------------------------------------------


@formula
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """One-hot truth (…, k) and probabilities (…, k) -> (…).

    Args:
        y_true: one-hot, or shares of classes.
        y_pred: probabilities, or scores with `from_logits`.
        from_logits: whether they are scores.
        label_smoothing: share of the truth that is spread over all classes.
        axis: of the classes.
    """
    truth, predicted = aligned(y_true, y_pred)
    truth = smoothed(truth, label_smoothing, truth.shape[axis])
    if from_logits:
        return -(truth * predicted.log_softmax(axis)).sum(axis)
    shares = predicted / predicted.sum(axis, keepdim=True)
    return -(truth * shares.clamp(EPSILON, 1 - EPSILON).log()).sum(axis)


def _bounded(x: Tensor, low: float, high: float) -> Tensor:
    """Clipped in value, not in gradient, so that a row that is wrong beyond the bounds is still learned from.

    Keras clips the value on every backend. Its gradient there is zero on PyTorch; on TensorFlow, where it takes the
    scores from behind the softmax, it is not, and that is what the tutorials' figures were made with.
    """
    return x + (x.clamp(low, high) - x).detach()


def categorical_from_scores(y_true: Any, scores: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """`categorical_crossentropy` of softmax(scores), clipping included: one pass, and no overflow."""
    truth, predicted = aligned(y_true, scores)
    truth = smoothed(truth, label_smoothing, truth.shape[-1])
    return -(truth * _bounded(predicted.log_softmax(-1), LOWEST, HIGHEST)).sum(-1)


@formula
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: None = None, axis: int = -1
) -> Tensor:
    """Class numbers (…) or (…, 1) and probabilities (…, k) -> (…).

    Args:
        y_true: from 0.
        y_pred: probabilities, or scores with `from_logits`.
        from_logits: whether they are scores.
        ignore_class: only None.
        axis: of the classes, the last.
    """
    if ignore_class is not None or axis not in (-1, tensor(y_pred).ndim - 1):
        name, value = ("ignore_class", ignore_class) if ignore_class is not None else ("axis", axis)
        expected = Words("left out", "생략된 값")
        raise checks.refusal("sparse_categorical_crossentropy", name, value, expected)
    truth, predicted = _numbers(y_true, y_pred)
    if from_logits:
        return _picked(truth, predicted.log_softmax(-1))
    shares = predicted / predicted.sum(-1, keepdim=True)
    return _picked(truth, shares.clamp(EPSILON, 1 - EPSILON).log())


def sparse_from_scores(y_true: Any, scores: Tensor) -> Tensor:
    """`sparse_categorical_crossentropy` of softmax(scores), clipping included."""
    truth, predicted = _numbers(y_true, scores)
    if predicted.ndim == 2:
        each = functional.cross_entropy(predicted, truth, reduction="none")
        return _bounded(each, -HIGHEST, -LOWEST)
    return _picked(truth, _bounded(predicted.log_softmax(-1), LOWEST, HIGHEST))


@formula
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """0 or 1 (…, k) and probabilities (…, k) -> (…), the mean over the last axis.

    Args:
        y_true: 0 or 1.
        y_pred: probabilities of 1, or scores with `from_logits`.
        from_logits: whether they are scores.
        label_smoothing: share of the truth that moves to one half.
        axis: over which the mean goes.
    """
    truth, predicted = aligned(y_true, y_pred)
    truth = smoothed(truth, label_smoothing, 2)
    if from_logits:
        return functional.binary_cross_entropy_with_logits(predicted, truth, reduction="none").mean(axis)
    shares = predicted.clamp(EPSILON, 1 - EPSILON)
    return functional.binary_cross_entropy(shares, truth, reduction="none").mean(axis)


def binary_from_scores(y_true: Any, scores: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """`binary_crossentropy` of sigmoid(scores), clipping included: a score beyond ±16.1 counts as that."""
    truth, predicted = aligned(y_true, scores)
    truth = smoothed(truth, label_smoothing, 2)
    predicted = _bounded(predicted, LOWEST - HIGHEST, HIGHEST - LOWEST)
    return functional.binary_cross_entropy_with_logits(predicted, truth, reduction="none").mean(-1)


@formula
def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """Shares (…, k) and probabilities (…, k) -> (…): how far the second is from the first."""
    truth, predicted = (x.clamp(EPSILON, 1) for x in aligned(y_true, y_pred))
    return (truth * (truth / predicted).log()).sum(-1)


@formula
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """One-hot (…, k) and scores (…, k) -> (…): by how much the right class does not lead by 1."""
    truth, predicted = aligned(y_true, y_pred)
    right, wrong = (truth * predicted).sum(-1), ((1 - truth) * predicted).amax(-1)
    return (wrong - right + 1).clamp(min=0)


@formula
def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """-1 or 1 (0 or 1 is taken as that) and scores -> (…)."""
    truth, predicted = aligned(y_true, y_pred)
    return (1 - _signs(truth) * predicted).clamp(min=0).mean(-1)


@formula
def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The square of `hinge`."""
    truth, predicted = aligned(y_true, y_pred)
    return (1 - _signs(truth) * predicted).clamp(min=0).square().mean(-1)


# -- numbers -----------------------------------------------------------------------------------------------


@formula
def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """(…, k) -> (…)."""
    truth, predicted = aligned(y_true, y_pred)
    return (truth - predicted).square().mean(-1)


@formula
def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """(…, k) -> (…)."""
    truth, predicted = aligned(y_true, y_pred)
    return (truth - predicted).abs().mean(-1)


@formula
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """(…, k) -> (…), in percent of the truth."""
    truth, predicted = aligned(y_true, y_pred)
    return 100 * ((truth - predicted) / truth.abs().clamp(min=EPSILON)).abs().mean(-1)


@formula
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """(…, k) -> (…); numbers below zero count as zero."""
    truth, predicted = ((x.clamp(min=EPSILON) + 1).log() for x in aligned(y_true, y_pred))
    return (truth - predicted).square().mean(-1)


@formula
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Half the square up to `delta`, a straight line beyond; (…, k) -> (…)."""
    truth, predicted = aligned(y_true, y_pred)
    return functional.huber_loss(predicted, truth, reduction="none", delta=delta).mean(-1)


@formula
def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """The logarithm of the hyperbolic cosine of the error; (…, k) -> (…)."""
    truth, predicted = aligned(y_true, y_pred)
    error = predicted - truth
    return (error + functional.softplus(-2 * error) - math.log(2)).mean(-1)


@formula
def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """Counts and their expected number; (…, k) -> (…)."""
    truth, predicted = aligned(y_true, y_pred)
    return (predicted - truth * (predicted + EPSILON).log()).mean(-1)


@formula
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Minus the cosine of the angle between them; (…, k) -> (…)."""
    truth, predicted = (functional.normalize(x, dim=axis) for x in aligned(y_true, y_pred))
    return -(truth * predicted).sum(axis)


# -- how often it is right ---------------------------------------------------------------------------------


@formula
def accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where both are the same number."""
    truth, predicted = aligned(y_true, y_pred)
    return (truth == predicted).float()


@formula
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """1 where the probability is on the right side of the threshold; every number by itself."""
    truth, predicted = aligned(y_true, y_pred)
    return ((predicted > threshold) == truth).float()


@formula
def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """One-hot (…, k) and scores (…, k) -> (…): 1 where the largest is the right one."""
    truth, predicted = aligned(y_true, y_pred)
    return (truth.argmax(-1) == predicted.argmax(-1)).float()


@formula
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Class numbers (…) or (…, 1) and scores (…, k) -> (…)."""
    truth, predicted = _numbers(y_true, y_pred)
    return (truth == predicted.argmax(-1)).float()


@formula
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the right class is among the k largest; one-hot truth."""
    truth, predicted = aligned(y_true, y_pred)
    return _among(truth.argmax(-1), predicted, k)


@formula
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the right class is among the k largest; class numbers as truth."""
    return _among(*_numbers(y_true, y_pred), k)


# -- parts -------------------------------------------------------------------------------------------------


def smoothed(truth: Tensor, share: float, classes: int) -> Tensor:
    """The truth with this share of it spread over all classes."""
    return truth * (1 - share) + share / classes if share else truth


def _signs(truth: Tensor) -> Tensor:
    """-1 and 1; zeros and ones become that, if there is nothing else among them."""
    binary = ((truth == 0) | (truth == 1)).all()
    return torch.where(binary, 2 * truth - 1, truth)


def _numbers(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Class numbers (…) and scores (…, k)."""
    predicted = tensor(y_pred)
    truth = tensor(y_true).to(predicted.device)
    if truth.ndim == predicted.ndim and truth.shape[-1] == 1:
        truth = truth.squeeze(-1)
    if truth.shape != predicted.shape[:-1]:
        raise DataError(
            "shapes-differ",
            Words(
                f"The truth has the shape {tuple(truth.shape)}, the network's output {tuple(predicted.shape)}: "
                "class numbers would be one for each row.",
                f"정답의 모양은 {tuple(truth.shape)}, 신경망 출력의 모양은 {tuple(predicted.shape)}입니다. "
                "클래스 번호는 행마다 하나여야 합니다.",
            ),
            Words(
                "One-hot truth goes with loss='categorical_crossentropy'.",
                "원-핫 정답에는 loss='categorical_crossentropy'를 쓰세요.",
            ),
        )
    return truth.long(), predicted


def _picked(truth: Tensor, logs: Tensor) -> Tensor:
    return -logs.gather(-1, truth.unsqueeze(-1)).squeeze(-1)


def _among(truth: Tensor, predicted: Tensor, k: int) -> Tensor:
    own = predicted.gather(-1, truth.unsqueeze(-1))
    return ((predicted > own).sum(-1) < k).float()  # what is equal to the right one stands behind it
