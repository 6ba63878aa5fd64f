"""The few functions of `tf` on numbers that NumPy has under no name of its own, or with another meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def along_first(name: str) -> Callable[..., Any]:
    """TensorFlow's argmax and argmin go along the first axis where none is said, NumPy's over everything."""

    def found(input: Any, axis: int = 0, **_ignored: Any) -> Any:
        import numpy as np

        return getattr(np, name)(input, axis=axis)

    return found


def one_hot(indices: Any, depth: int, **_ignored: Any) -> Any:
    if hasattr(indices, "requires_grad"):  # of tensors, in a loss or a metric of one's own
        return (indices[..., None] == indices.new_tensor(range(int(depth)))).float()
    import numpy as np

    return (np.asarray(indices)[..., None] == np.arange(depth)).astype(np.float32)  # zeros for -1, as there


def fill(dims: Any, value: Any, **_ignored: Any) -> Any:
    import numpy as np

    return np.full(tuple(np.asarray(dims, int)), value)


def gather(params: Any, indices: Any, axis: int = 0, **_ignored: Any) -> Any:
    import numpy as np

    return np.take(params, np.asarray(indices), axis)


def add_n(inputs: Any) -> Any:
    return sum(inputs[1:], inputs[0])


def squared_difference(x: Any, y: Any, **_ignored: Any) -> Any:
    return (x - y) * (x - y)


def divide_no_nan(x: Any, y: Any, **_ignored: Any) -> Any:
    """x / y, and 0 where y is 0."""
    from hakseup.keras import ops

    zero = ops.equal(y, 0.0)
    return ops.where(zero, 0.0, ops.divide(x, ops.where(zero, 1.0, y)))


def shape(input: Any, **_ignored: Any) -> Any:
    import numpy as np

    return np.asarray(tuple(getattr(input, "shape", None) or np.shape(input)), np.int32)


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int | None = None, weights: Any = None, **_ignored: Any
) -> Any:
    """How often which class (row) was taken for which (column)."""
    import numpy as np

    truth, found = (np.asarray(part).astype(int).reshape(-1) for part in (labels, predictions))
    n = int(num_classes or max(truth.max(initial=-1), found.max(initial=-1)) + 1)
    out = np.zeros((n, n), np.int32 if weights is None else np.float32)
    np.add.at(out, (truth, found), 1 if weights is None else np.asarray(weights))
    return out


def drawn(way: str) -> Callable[..., Any]:
    """Random numbers of a shape, from NumPy's own generator, which `tf.random.set_seed` sets."""

    def draw(shape: Any, low: float = 0.0, high: Any = None, dtype: Any = "float32", **named: Any) -> Any:
        import numpy as np

        from hakseup.keras.eager import eager

        first = named.get("mean", named.get("minval", low))
        last = named.get("stddev", named.get("maxval", 1.0 if high is None else high))
        whole = np.dtype(dtype).kind in "iu"
        drawn = np.random.randint if whole else getattr(np.random, way)
        return eager(drawn(first, last, tuple(np.asarray(shape, int))).astype(dtype))

    return draw


def seeds_split(seed: Any, num: int = 2, alg: Any = None) -> Any:
    """`tf.random.split`: seeds (num, 2) that follow from one."""
    import numpy as np

    from hakseup.keras.eager import eager
    from hakseup.seeds import numpy_generator

    first, *more = np.ravel(seed).tolist()
    return eager(numpy_generator(first, "split", *more).integers(0, 2**31, (num, 2)).astype("int32"))


def shuffled(value: Any, seed: int | None = None, name: Any = None) -> Any:
    """`tf.random.shuffle`: the rows in another order."""
    import numpy as np

    from hakseup.keras.eager import eager
    from hakseup.seeds import numpy_generator

    draw: Any = np.random if seed is None else numpy_generator(seed, "shuffle")
    return eager(draw.permutation(np.asarray(value)))


class Generator:
    """`tf.random.Generator`: seeds for functions that take one, from one of its own."""

    def __init__(self, seed: int) -> None:
        self.seed, self.given = seed, 0

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        """One that gives the same seeds every time."""
        return cls(int(seed))

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """One that gives others every time; the session's seed fixes it."""
        from hakseup.keras.seeds import next_seed

        return cls(next_seed("augment"))

    def make_seeds(self, count: int = 1) -> Any:
        """So many seeds, (2, count)."""
        self.given += 1
        return seeds_split((self.seed, self.given), count).T


OWN: dict[str, Callable[..., Any]] = {
    "shape": shape,
    "confusion_matrix": confusion_matrix,
    "argmax": along_first("argmax"),
    "argmin": along_first("argmin"),
    "one_hot": one_hot,
    "add_n": add_n,
    "fill": fill,
    "gather": gather,
    "squared_difference": squared_difference,
    "divide_no_nan": divide_no_nan,
}
