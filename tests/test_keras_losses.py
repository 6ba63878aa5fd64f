"""Losses of the facade beside the real Keras: values and gradients, with and without logits, at the clipping too."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import torch

from hakseup import keras
from hakseup.errors import HakseupError
from hakseup.keras import losses, mathematics
from hakseup.words import speak

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own


RNG = np.random.default_rng(5)
N, K = 64, 5
LABELS = RNG.integers(0, K, N)
ONE_HOT = np.eye(K, dtype=np.float32)[LABELS]
SCORES = (RNG.normal(size=(N, K)) * RNG.choice([1, 5, 40], (N, 1))).astype(
    np.float32
)  # far over the clipping too
SHARES = torch.from_numpy(SCORES).softmax(1).numpy()
ONE = RNG.integers(0, 2, (N, 1)).astype(np.float32)
ONE_SCORE = (RNG.normal(size=(N, 1)) * RNG.choice([1, 5, 40], (N, 1))).astype(np.float32)
ONE_SHARE = torch.from_numpy(ONE_SCORE).sigmoid().numpy()
NUMBERS = RNG.normal(2, 3, (N, 2)).astype(np.float32)
GUESSES = (NUMBERS + RNG.normal(0, 2, NUMBERS.shape)).astype(np.float32)
PICTURES = RNG.random((4, 3, 3, 2)).astype(np.float32)

CASES: list[tuple[str, dict[str, Any], np.ndarray, np.ndarray]] = [
    ("CategoricalCrossentropy", {}, ONE_HOT, SHARES),
    ("CategoricalCrossentropy", {}, ONE_HOT, SHARES * 3),  # not normalised: Keras does it
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, SHARES),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, SCORES),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, ONE_HOT, SCORES),
    ("SparseCategoricalCrossentropy", {}, LABELS, SHARES),
    ("SparseCategoricalCrossentropy", {}, LABELS[:, None], SHARES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS.astype(np.float32), SCORES),
    ("SparseCategoricalCrossentropy", {}, RNG.integers(0, 2, (4, 3, 3)), PICTURES),
    ("BinaryCrossentropy", {}, ONE, ONE_SHARE),
    ("BinaryCrossentropy", {}, ONE[:, 0], ONE_SHARE),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, ONE, ONE_SHARE),
    ("BinaryCrossentropy", {"from_logits": True}, ONE, ONE_SCORE),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.3}, ONE, ONE_SCORE),
    ("BinaryCrossentropy", {}, ONE_HOT, SHARES),
    ("BinaryCrossentropy", {}, PICTURES, PICTURES[::-1].copy()),
    ("BinaryFocalCrossentropy", {}, ONE, ONE_SHARE),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.7, "gamma": 3.0},
        ONE[:, 0],
        ONE_SHARE,
    ),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, ONE, ONE_SCORE),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, SHARES * 3),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4, 1.0], "gamma": 1.0}, ONE_HOT, SHARES),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ONE_HOT, SCORES),
    ("MeanSquaredError", {}, NUMBERS, GUESSES),
    ("MeanSquaredError", {}, NUMBERS[:, 0], GUESSES[:, :1]),
    ("MeanSquaredError", {}, PICTURES, PICTURES[::-1].copy()),
    ("MeanAbsoluteError", {}, NUMBERS, GUESSES),
    ("MeanAbsolutePercentageError", {}, NUMBERS, GUESSES),
    ("MeanSquaredLogarithmicError", {}, NUMBERS, GUESSES),
    ("Huber", {}, NUMBERS, GUESSES),
    ("Huber", {"delta": 0.3}, NUMBERS, GUESSES),
    ("Hinge", {}, ONE, ONE_SCORE),
    ("Hinge", {}, 2 * ONE - 1, ONE_SCORE),
    ("SquaredHinge", {}, ONE, ONE_SCORE),
    ("CategoricalHinge", {}, ONE_HOT, SCORES),
    ("KLDivergence", {}, SHARES[::-1].copy(), SHARES),
    ("Poisson", {}, np.abs(NUMBERS), np.abs(GUESSES)),
    ("LogCosh", {}, NUMBERS, GUESSES),
    ("CosineSimilarity", {}, NUMBERS, GUESSES),
]
IDS = [f"{kind}-{arguments}-{y.shape}" for kind, arguments, y, _ in CASES]


@pytest.mark.parametrize(("kind", "arguments", "truth", "output"), CASES, ids=IDS)
def test_values_gradients_and_weights_are_those_of_keras(
    real: Any, kind: str, arguments: dict[str, Any], truth: np.ndarray, output: np.ndarray
) -> None:
    ours, theirs = getattr(losses, kind)(**arguments), getattr(real.losses, kind)(**arguments)
    np.testing.assert_allclose(float(ours(truth, output)), float(theirs(truth, output)), rtol=1e-5, atol=1e-6)
    weight = np.random.default_rng(1).random(len(truth)).astype(np.float32)
    spread = weight if output.ndim == 2 else np.broadcast_to(weight[:, None, None], output.shape[:3])
    mine, other = ours(truth, output, weight), theirs(truth, output, spread)  # Keras wants one for each value
    np.testing.assert_allclose(float(mine), float(other), rtol=1e-5, atol=1e-6)
    sides = [torch.from_numpy(output.copy()).requires_grad_() for _ in range(2)]
    ours.per_sample(torch.from_numpy(truth), sides[0]).mean().backward()
    if not (kind.startswith("Sparse") and output.ndim == 4):  # there Keras on PyTorch has no gradient
        theirs(torch.from_numpy(truth), sides[1]).backward()
        np.testing.assert_allclose(sides[0].grad, sides[1].grad, rtol=1e-4, atol=1e-7)
    for reduction in (None, "sum"):
        mine = getattr(losses, kind)(**arguments, reduction=reduction)(truth, output)
        other = getattr(real.losses, kind)(**arguments, reduction=reduction)(truth, output)
        np.testing.assert_allclose(mine, other.detach(), rtol=1e-4, atol=2e-6)
    assert ours.get_config().items() >= theirs.get_config().items()  # Keras forgets the delta of Huber
    config = losses.serialize(ours)
    assert real.losses.deserialize(config).get_config() == theirs.get_config()
    assert losses.deserialize(config).get_config() == ours.get_config()
    assert type(losses.deserialize(real.losses.serialize(theirs))) is type(ours)


SCORED = [
    ("CategoricalCrossentropy", {}, ONE_HOT, SCORES, SHARES),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, SCORES, SHARES),
    ("SparseCategoricalCrossentropy", {}, LABELS, SCORES, SHARES),
    ("BinaryCrossentropy", {}, ONE, ONE_SCORE, ONE_SHARE),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, ONE, ONE_SCORE, ONE_SHARE),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "truth", "scores", "shares"), SCORED, ids=lambda v: str(v)[:30]
)
def test_from_scores_in_one_pass_the_values_are_the_clipped_ones_of_keras(
    real: Any,
    kind: str,
    arguments: dict[str, Any],
    truth: np.ndarray,
    scores: np.ndarray,
    shares: np.ndarray,
) -> None:
    ours = getattr(losses, kind)(**arguments)
    assert ours.final == ("sigmoid" if kind.startswith("Binary") else "softmax")
    own = torch.from_numpy(scores.copy()).requires_grad_()
    values = ours.logits(torch.from_numpy(truth), own)
    assert values.shape == (N,)
    # In float64, because 1 - p of a confident float32 has few digits left; the clipping is the same.
    exact = torch.from_numpy(scores.astype(np.float64))
    probabilities = exact.sigmoid() if kind.startswith("Binary") else exact.softmax(1)
    theirs = getattr(real.losses, kind)(**arguments, reduction=None, dtype="float64")
    wanted = theirs(torch.from_numpy(truth), probabilities)
    np.testing.assert_allclose(values.detach(), wanted, rtol=1e-5, atol=2e-6)
    assert float(values.detach().max()) > 10  # the clipping is reached
    # The gradient is that of the loss without clipping: so it is in Keras on TensorFlow, which the tutorials used.
    smooth = arguments.get("label_smoothing", 0.0)
    free = torch.from_numpy(scores.astype(np.float64)).requires_grad_()
    target = torch.from_numpy(truth)
    if kind.startswith("Binary"):
        binary = torch.nn.functional.binary_cross_entropy_with_logits
        binary(free, target.double() * (1 - smooth) + smooth / 2).backward()
    else:
        cross = torch.nn.functional.cross_entropy
        cross(free, target.long() if target.ndim == 1 else target.double(), label_smoothing=smooth).backward()
    values.mean().backward()
    np.testing.assert_allclose(own.grad, free.grad, rtol=1e-4, atol=1e-6)


ALIASES = {
    "mse": "MeanSquaredError",
    "MSE": "MeanSquaredError",
    "mean_squared_error": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "kld": "KLDivergence",
    "kullback_leibler_divergence": "KLDivergence",
    "bce": "BinaryCrossentropy",
    "huber": "Huber",
    "huber_loss": "Huber",
    "logcosh": "LogCosh",
    "categorical_hinge": "CategoricalHinge",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "CategoricalCrossentropy": "CategoricalCrossentropy",
}


def test_a_loss_by_name_function_class_object_and_config() -> None:
    for name, kind in ALIASES.items():
        assert type(losses.loss_of(name)).__name__ == kind
    assert type(losses.loss_of(losses.categorical_crossentropy)).__name__ == "CategoricalCrossentropy"
    assert type(losses.loss_of(losses.mse)).__name__ == "MeanSquaredError"
    assert type(losses.get(losses.Huber)).__name__ == "Huber"
    own = losses.BinaryCrossentropy(from_logits=True)
    assert losses.get(own) is own and own.from_logits and own.final is None
    assert type(losses.get({"class_name": "Huber", "config": {"delta": 2.0}})).__name__ == "Huber"


def test_get_gives_what_keras_gives(real: Any) -> None:
    for name in (
        "mse",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "MeanSquaredError",
        "Huber",
    ):
        ours, theirs = losses.get(name), real.losses.get(name)
        assert getattr(ours, "__name__", type(ours).__name__) == getattr(
            theirs, "__name__", type(theirs).__name__
        )
        np.testing.assert_allclose(ours(ONE_HOT, SHARES), theirs(ONE_HOT, SHARES), rtol=1e-4, atol=1e-6)

    def own(y_true: Any, y_pred: Any) -> Any:
        return y_true - y_pred

    assert losses.get(own) is own
    with pytest.raises(HakseupError, match="no loss"):
        losses.get("mean_squared_eror")


def test_a_loss_of_ones_own() -> None:
    def halved(y_true: torch.Tensor, y_pred: torch.Tensor) -> torch.Tensor:
        return ((y_true - y_pred) ** 2).mean(-1) / 2

    ours = losses.loss_of(halved)
    assert ours.name == "halved"
    wanted = losses.mean_squared_error(torch.from_numpy(NUMBERS), GUESSES) / 2
    torch.testing.assert_close(ours.per_sample(torch.from_numpy(NUMBERS), torch.from_numpy(GUESSES)), wanted)
    total = losses.loss_of(lambda t, p: ((t - p) ** 2).mean())
    assert total.per_sample(torch.ones(3, 2), torch.zeros(3, 2)).tolist() == [1.0, 1.0, 1.0]

    class Mine(losses.Loss):
        def call(self, y_true: torch.Tensor, y_pred: torch.Tensor) -> torch.Tensor:
            return halved(y_true, y_pred)

    assert float(Mine()(NUMBERS, GUESSES)) == pytest.approx(float(wanted.mean()))


def test_a_loss_of_ones_own_is_written_with_the_backend() -> None:
    """As the books write them; a graph behind the prediction shows that it can be learned from."""
    from hakseup.keras import backend as K

    def rmse(y_true: Any, y_pred: Any) -> Any:
        return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))

    def logarithmic(y_true: Any, y_pred: Any) -> Any:
        return K.mean(K.square(K.log(K.clip(y_pred, K.epsilon(), None) + 1.0) - K.log(y_true + 1.0)), axis=-1)

    def recall(y_true: Any, y_pred: Any) -> Any:
        hits = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        return hits / (K.sum(K.round(K.clip(y_true, 0, 1))) + K.epsilon())

    truth, guess = (
        torch.tensor([[1.0], [0.0], [1.0]]),
        torch.tensor([[0.5], [0.2], [0.3]], requires_grad=True),
    )
    torch.testing.assert_close(rmse(truth, guess), torch.tensor([0.5, 0.2, 0.7]))
    assert rmse(truth, guess).requires_grad and logarithmic(truth, guess).shape == (3,)
    assert float(recall(truth, (guess > 0.4) * 1.0)) == pytest.approx(0.5)
    same = K.equal(K.cast(K.flatten(truth), "int64"), K.argmax(torch.eye(2)[[1, 0, 0]], axis=-1))
    assert float(K.mean(same)) == pytest.approx(2 / 3)
    plain = K.mean(K.maximum(np.array([[1.0, 4.0], [3.0, 0.0]]), 2.0), axis=[0])
    assert plain.numpy().tolist() == [2.5, 3.0]
    assert K.eval(K.max(K.constant([[1, 2], [4, 3]]), axis=1, keepdims=True)).tolist() == [[2.0], [4.0]]
    assert K.dot(np.ones((2, 3)), np.ones((3, 2))).numpy().tolist() == [[3.0, 3.0]] * 2
    chance = K.binary_crossentropy(K.constant([1.0, 0.0]), K.constant([0.5, 0.5]))
    np.testing.assert_allclose(chance.numpy(), np.log(2) * np.ones(2), rtol=1e-6)


def test_numbers_of_ones_own_stand_beside_what_is_learned() -> None:
    """Weights of classes, ones at the places of the classes: `weights * y_pred` and `y_pred * weights`."""
    from hakseup.keras import backend as K
    from hakseup.keras import ops

    guess = torch.tensor([[0.5, 0.5], [0.25, 0.75]], requires_grad=True)
    weights = K.variable(np.array([1.0, 3.0]))
    truth = K.one_hot(torch.tensor([0, 1]), 2)
    loss = -K.sum(truth * K.log(guess) * weights)
    loss.backward()
    assert guess.grad is not None
    np.testing.assert_allclose(guess.grad, [[-2, 0], [0, -4]], rtol=1e-6)
    for one, other in ((weights, guess), (guess, weights)):
        assert (one * other).requires_grad and (one - other).requires_grad and (one / other).requires_grad
    made = ops.one_hot(np.array([1, 0]), 2)
    assert (made * guess).tolist() == [[0, 0.5], [0.25, 0]] and isinstance(made, np.ndarray)
    assert ops.multiply(x1=weights, x2=guess).requires_grad and ops.maximum(x1=guess, x2=0).requires_grad


def test_plain_arrays_stand_beside_what_is_learned() -> None:
    """Weights of classes as NumPy's array: the same steps as with `K.constant`, as loss, as metric, as a class."""
    from hakseup.keras import backend as K

    plain = np.array([1.0, 2.0, 3.0], np.float32)

    class Weighted(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return -K.sum(plain * y_true * K.log(y_pred) - 0 * (y_pred / plain), axis=-1)

    def weighted(weights: Any) -> Any:
        return lambda y_true, y_pred: (
            -K.sum(weights * y_true * K.log(y_pred) - 0 * (y_pred / weights), axis=-1)
        )

    x, y = (
        np.random.default_rng(0).random((6, 4), np.float32),
        np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]],
    )
    losses = []
    for loss in (weighted(K.constant(plain)), weighted(plain), Weighted()):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_shape=(4,))])
        assert model.metrics_names == []
        model.compile(optimizer="sgd", loss=loss, metrics=[weighted(plain)])
        losses.append(model.fit(x, y, epochs=3, verbose=0).history["loss"])
    assert losses[0] == losses[1] == losses[2]


def test_a_loss_of_ones_own_may_be_written_with_numpy() -> None:
    """`np.mean(np.square(…))`: what PyTorch makes of it, so that it can be learned from."""
    truth = mathematics.given(torch.tensor([[1.0], [0.0], [2.0]]))
    guess = mathematics.given(torch.tensor([[0.5], [0.2], [4.0]], requires_grad=True))
    loss = (
        np.mean(np.square(guess - truth)) + np.sum(np.abs(guess), axis=0)[0] + np.maximum(guess, 1.0).mean()
    )
    assert loss.requires_grad
    wanted = np.mean([0.25, 0.04, 4]) + 4.7 + 2
    assert float(loss.detach()) == pytest.approx(wanted) and np.max(truth) == 2
    assert (np.array([[2.0]]) * guess).requires_grad and bool(np.all(np.float32(3.0) - truth > 0))
    with pytest.raises(HakseupError, match=r"np\.percentile"):
        np.percentile(guess, 50)
    assert (
        np.percentile(truth, 50) == 1 and np.mean(truth, axis=0, dtype=np.float64) == 1
    )  # nothing is learned through these


def test_functions_of_numbers_at_their_edges() -> None:
    from hakseup.keras import backend as K

    assert float(K.pow(2.0, -1)) == 0.5 and K.pow(np.array([2, 3]), 2).tolist() == [4, 9]
    with pytest.raises(HakseupError, match=r"K\.pow\(2\.0, -1\)"):
        K.pow(2, -1)

    assert float(K.std(5.0)) == 0 and float(K.var(torch.tensor(5.0))) == 0 and bool(K.any(3)) is True
    x, y = np.ones((2, 3), np.float32), np.arange(60, dtype=np.float32).reshape(4, 3, 5)
    assert np.array_equal(K.dot(x, y), np.dot(x, y)) and K.dot(3.0, x).shape == x.shape
    assert K.cast(x, np.int32).dtype == np.int32 and K.cast(x, float).dtype == np.float32
    with pytest.raises(HakseupError, match="float32"):
        K.cast(x, "flot32")


@pytest.mark.parametrize(
    "reckon",
    [
        lambda x: x**2,
        lambda x: 2**x,
        lambda x: x % 2,
        lambda x: x @ x,
        lambda x: x > 1,
        lambda x: x[:, 0],
        abs,
    ],
)
def test_signs_that_no_layer_reckons_are_refused_with_a_sentence(reckon: Any) -> None:
    from hakseup import keras

    with pytest.raises(HakseupError, match="No layer reckons"):
        reckon(keras.Input((4,)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: losses.get("categorical_crosentropy"), "'categorical_crossentropy'"),
        (lambda: losses.get(None), "There is no loss called None"),
        (lambda: losses.get({"class_name": "Dice", "config": {}}), "Dice"),
        (lambda: losses.CTC, "keras.losses has no CTC"),
        (lambda: losses.Huber(delta=0), "delta"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=2), "from 0 to 1"),
        (lambda: losses.SparseCategoricalCrossentropy(ignore_class=0), "ignore_class"),
        (lambda: losses.MeanSquaredError(reduction="average"), "reduction"),
        (lambda: losses.categorical_crossentropy(LABELS, SHARES), "sparse_categorical_crossentropy"),
        (lambda: losses.mean_squared_error(ONE_HOT, ONE), "Dense(5, activation='softmax')"),
        (lambda: losses.sparse_categorical_crossentropy(ONE_HOT, SHARES), "categorical_crossentropy"),
        (lambda: losses.mean_squared_error(np.array(["a"]), np.zeros(1)), "'a'"),
        (lambda: losses.loss_of("mse").check(NUMBERS, (3,)), "(64, 2)"),
        (lambda: losses.loss_of("categorical_crossentropy").check(LABELS, (K,)), "to_categorical(y, 5)"),
        (lambda: losses.loss_of("sparse_categorical_crossentropy").check(LABELS + 1, (K,)), "1 to 5"),
        (lambda: losses.loss_of("sparse_categorical_crossentropy").check(ONE_HOT, (K,)), "one class number"),
    ],
)
def test_what_is_wrong_is_said(make: Any, said: str) -> None:
    with pytest.raises(HakseupError) as caught:
        make()
    assert said in str(caught.value)
    with speak("ko"):
        assert str(caught.value).startswith(caught.value.message.ko) and not str(caught.value).isascii()


def test_truth_that_fits_is_taken() -> None:
    losses.loss_of("mse").check(NUMBERS[:, 0], (1,))
    losses.loss_of("mse").check(PICTURES, (3, 3, 2))
    losses.loss_of("categorical_crossentropy").check(ONE_HOT, (K,))
    losses.loss_of("sparse_categorical_crossentropy").check(LABELS, (K,))
    losses.loss_of("sparse_categorical_crossentropy").check(LABELS[:, None], (K,))
    losses.loss_of("binary_crossentropy").check(ONE, (1,))


A = np.array([[1, -2, 3], [0, 5, -6]], np.float32)


def of_real(real: Any, given: Any) -> list[Any]:
    """Arrays as Keras' tensors."""
    return [real.ops.convert_to_tensor(one) if isinstance(one, np.ndarray) else one for one in given]


@pytest.mark.parametrize(
    ("name", "given", "named"),
    [
        *((name, (A,), {}) for name in ("sum", "mean", "argmax", "transpose", "sigmoid", "softmax", "relu", "floor", "shape")),
        *((name, (A, 2), {}) for name in ("add", "subtract", "multiply", "divide", "maximum", "equal", "power")),
        ("mean", (A,), {"axis": 1, "keepdims": True}),
        ("argmax", (A,), {"axis": -1}),
        ("clip", (A, 0.0, 2.0), {}),
        ("where", (A > 0, A, 0.0), {}),
        ("squeeze", (A[None],), {}),
        ("expand_dims", (A, 0), {}),
        ("matmul", (A, A.T), {}),
        ("concatenate", ([A, A],), {}),
        ("cast", (A, "int32"), {}),
        ("arange", (4,), {}),
        ("zeros", ((2, 3),), {}),
        ("one_hot", ([1, 0], 3), {}),
        ("convert_to_tensor", ([1.0, 2.0],), {}),
        ("array", ([1, 2],), {"dtype": "float32"}),
        ("norm", (A,), {}),
        ("norm", (A,), {"axis": -1, "keepdims": True}),
        ("norm", (A,), {"ord": 1, "axis": 1}),
        ("logical_not", (A > 0,), {}),
        *((name, (A / 7,), {}) for name in (
            "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "arcsinh", "arctanh", "expm1", "exp2", "erf", "isinf", "isfinite",
            "amax", "amin", "ravel", "log_softmax", "log_sigmoid", "relu6", "hard_sigmoid", "softsign", "swish", "copy", "fabs",
            "stop_gradient", "prod", "logsumexp", "median", "count_nonzero", "average", "diff", "flip", "sort", "argsort", "cumsum",
            "cumprod", "trace", "tril", "triu", "normalize", "nan_to_num", "unique",
        )),
        *((name, (A,), {"axis": 1, "keepdims": True}) for name in ("prod", "logsumexp", "median", "amax")),
        *((name, (A,), {"axis": 0}) for name in ("sort", "argsort", "cumsum", "cumprod", "flip", "diff", "count_nonzero", "median")),
        *((name, (A * A + 1,), {}) for name in ("log2", "log10", "rsqrt", "reciprocal", "arccosh")),
        *((name, (A, A[::-1] + 0.5), {}) for name in ("arctan2", "logaddexp", "floor_divide")),
        ("outer", (A[0], A[1]), {}),
        ("logical_xor", (A > 0, A > 1), {}),
        ("median", (A[None],), {"axis": (1, 2), "keepdims": True}),
        ("average", (A,), {"axis": 1, "weights": A * A}),
        ("normalize", (A,), {"axis": 0, "order": 1}),
        ("roll", (A, 1), {}),
        ("roll", (A, -1), {"axis": 1}),
        ("tile", (A, (2, 1)), {}),
        ("repeat", (A, 2), {}),
        ("repeat", (A, np.array([1, 2])), {"axis": 0}),
        ("pad", (A, ((1, 0), (0, 2))), {}),
        ("swapaxes", (A, 0, 1), {}),
        ("moveaxis", (A[None], 0, -1), {}),
        ("broadcast_to", (A[0], (2, 3)), {}),
        ("take", (A, [2, -1]), {"axis": 1}),
        ("take", (A, [[0, 5], [1, 1]]), {}),
        ("take", (A, 1), {"axis": 0}),
        ("take_along_axis", (A, np.array([[1], [0]])), {"axis": 1}),
        ("vstack", ([A, A],), {}),
        ("hstack", ([A, A],), {}),
        ("tensordot", (A, A.T), {"axes": 1}),
        ("einsum", ("ij,kj->ik", A, A), {}),
        ("diag", (A[0],), {}),
        ("in_top_k", (np.array([2, 2]), A, 2), {}),
        ("full_like", (A, 3.0), {}),
        ("isclose", (A, A + 1e-9), {}),
        ("bincount", (np.array([1, 3, 1]),), {"minlength": 6}),
    ],
)  # fmt: skip
def test_the_functions_of_keras_3_give_the_same(real: Any, name: str, given: Any, named: Any) -> None:
    from hakseup.keras import ops

    here, there = getattr(ops, name)(*given, **named), getattr(real.ops, name)(*of_real(real, given), **named)
    there = np.asarray(there.detach()) if hasattr(there, "detach") else np.asarray(there)
    assert np.shape(here) == there.shape and np.allclose(here, there, atol=1e-6)


def test_functions_of_keras_3_that_give_several_give_the_same(real: Any) -> None:
    from hakseup.keras import ops

    for name, given, named in (
        ("top_k", (A, 2), {}),
        ("moments", (A,), {"axes": [0], "keepdims": True}),
        ("split", (A, 3), {"axis": 1}),
        ("split", (A, [1]), {"axis": 1}),
        ("array_split", (A, 2), {"axis": 1}),
        ("unstack", (A,), {"axis": 1}),
    ):
        here, there = (
            getattr(ops, name)(*given, **named),
            getattr(real.ops, name)(*of_real(real, given), **named),
        )
        assert len(here) == len(there) and all(
            hasattr(one, "numpy") and isinstance(one, np.ndarray) for one in here
        )
        for one, other in zip(here, there, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
    for mode in ("reflect", "symmetric", "edge", "constant"):  # Keras on PyTorch pads otherwise
        for widths in (1, ((1, 1), (2, 1))):
            np.testing.assert_array_equal(ops.pad(A, widths, mode), np.pad(A, widths, mode))
    np.testing.assert_array_equal(ops.pad(A, 1, constant_values=5.0), np.pad(A, 1, constant_values=5.0))


def test_a_loss_in_the_words_of_keras_3_learns() -> None:
    from hakseup.keras import ops

    weights = torch.tensor([1.0, 2.0], requires_grad=True)
    ops.mean(ops.square(ops.subtract(weights, np.zeros(2)))).backward()
    assert weights.grad is not None and weights.grad.tolist() == [1, 2]
    assert float(ops.sigmoid(A[1][0])) == 0.5 and ops.convert_to_numpy(weights).tolist() == [1, 2]
    with pytest.raises(HakseupError, match="has no fft"):
        ops.fft  # noqa: B018
    assert np.array_equal(ops.one_hot([0, 2, -1], 3), [[1, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert np.asarray(ops.one_hot([[0, 1]], 3, axis=1)).shape == (1, 3, 2)


def test_functions_of_arrays_give_arrays_that_answer_numpy() -> None:
    """As in Keras on TensorFlow; tensors give tensors, through which a loss learns."""
    from hakseup.keras import activations, metrics

    shares = activations.softmax(np.array([[1.0, 2.0, 3.0]]))
    assert (
        np.argmax(shares) == 2
        and np.max(shares) == pytest.approx(0.66524, abs=1e-5)
        and round(float(shares[0][0]), 3) == 0.09
    )
    assert (shares > 0.5).numpy().tolist() == [[False, False, True]] and np.round(shares, 2).tolist()[0][
        2
    ] > 0.66
    for made in (
        shares,
        activations.relu([-1.0, 2.0]),
        activations.get("tanh")(0.5),
        losses.mse(np.array([0.0, 1.0]), np.array([1.0, 1.0])),
        losses.squared_hinge([[0.0, 1.0]], [[0.5, 0.5]]),
        losses.BinaryCrossentropy()([[0.0, 1.0]], [[0.4, 0.6]]),
        losses.MeanSquaredError(reduction=None)([[0.0, 1.0]], [[1.0, 1.0]]),
        metrics.sparse_categorical_accuracy([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]),
        metrics.Precision().result(),
        metrics.MeanSquaredError()([[0.0]], [[1.0]]),
    ):
        assert repr(made).startswith("<tf.Tensor: shape=") and isinstance(
            made.numpy(), np.ndarray | np.generic
        )
    assert f"{losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]):.3f}" == "0.500"
    for given in (torch.zeros(2, 3), torch.zeros(2, 3, requires_grad=True)):
        assert isinstance(losses.mse(np.zeros((2, 3)), given), torch.Tensor)
        assert isinstance(activations.softmax(given), torch.Tensor)
