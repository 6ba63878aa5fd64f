"""The few functions of `tf` on numbers that NumPy has under no name of its own, or with another meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


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


def truncated_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, **_ignored: Any) -> Any:
    """`tf.random.truncated_normal`: nothing lies beyond two deviations. From the generator of `drawn`."""
    import numpy as np
    from scipy.stats import truncnorm

    from hakseup.keras.eager import eager

    size = tuple(np.asarray(shape, int))
    return eager(truncnorm.rvs(-2, 2, float(mean), float(stddev), size).astype("float32"))


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **_: Any) -> Any:
    """The product of matrices, either of them on its side."""
    import numpy as np

    first, second = np.asarray(a), np.asarray(b)
    first = first.swapaxes(-1, -2) if transpose_a else first
    return first @ (second.swapaxes(-1, -2) if transpose_b else second)


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None, name: Any = None) -> Any:
    """So many equal parts, or parts of these sizes."""
    import numpy as np

    from hakseup.keras.eager import eager

    sizes = np.asarray(num_or_size_splits)
    where = np.cumsum(sizes)[:-1] if sizes.ndim else int(sizes)
    return [eager(part) for part in np.split(np.asarray(value), where, axis)]


def boolean_mask(tensor: Any, mask: Any, axis: int = 0, name: Any = None) -> Any:
    """The rows for which the mask is True."""
    import numpy as np

    return np.asarray(tensor)[(slice(None),) * axis + (np.asarray(mask, bool),)]


class TopK(NamedTuple):
    """What `tf.math.top_k` gives."""

    values: Any
    indices: Any


def top_k(input: Any, k: int = 1, sorted: bool = True, name: Any = None) -> Any:
    """The largest numbers of each row, and where they stand."""
    import numpy as np

    from hakseup.keras.eager import eager

    rows = np.asarray(input)
    # Of equal numbers TensorFlow names the first; torch.topk any.
    places = np.argsort(-rows, axis=-1, kind="stable")[..., : int(k)]
    return TopK(eager(np.take_along_axis(rows, places, -1)), eager(places.astype("int32")))


def called(func: Callable[..., Any], inp: Any, Tout: Any = None, **_: Any) -> Any:
    """`tf.numpy_function`, `tf.py_function`: the function itself, of plain arrays, its results in these types."""
    import numpy as np

    from hakseup.keras.eager import constant

    made = func(*inp)
    if isinstance(made, tuple | list):
        kinds = Tout if isinstance(Tout, tuple | list) else [Tout] * len(made)
        return [constant(np.asarray(part), kind) for part, kind in zip(made, kinds, strict=True)]
    return constant(np.asarray(made), Tout[0] if isinstance(Tout, tuple | list) else Tout)


_TWO = ("x", "y")
_REDUCED = ("input_tensor", "axis")  # `keepdims` is a word of NumPy, too
# The arguments in TensorFlow's words, in their order: NumPy has others
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("abs", "exp", "log", "sqrt", "square", "round", "sign", "floor", "ceil"), ("x",)),
    **dict.fromkeys(("sigmoid", "tanh", "softplus"), ("x",)),
    **dict.fromkeys(("add", "subtract", "multiply", "divide", "maximum", "minimum", "equal", "pow"), _TWO),
    **dict.fromkeys(("greater", "less", "not_equal", "greater_equal", "less_equal"), _TWO),
    **dict.fromkeys(
        (f"reduce_{way}" for way in ("mean", "sum", "max", "min", "prod", "all", "any")), _REDUCED
    ),
    **dict.fromkeys(("concat", "stack", "sort", "argsort"), ("values", "axis")),
    **dict.fromkeys(("expand_dims", "squeeze", "argmax", "argmin", "repeat"), ("input", "axis")),
    **dict.fromkeys(("softmax", "log_softmax"), ("logits", "axis")),
    **dict.fromkeys(("relu", "elu", "selu", "relu6", "leaky_relu"), ("features",)),
    "repeat": ("input", "repeats", "axis"),
    "clip_by_value": ("t", "clip_value_min", "clip_value_max"),
    "reshape": ("tensor", "shape"),
    "transpose": ("a", "perm"),
    "where": ("condition", "x", "y"),
    "tile": ("input", "multiples"),
    "range": ("start", "limit", "delta"),
    "pad": ("tensor", "paddings"),
    "reverse": ("tensor", "axis"),
}


def in_order(
    name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments that were named in TensorFlow's words, in their places; what only names the operation is left out."""
    order = _ARGUMENTS.get(name)
    if order is None:
        return arguments, options
    placed, named = list(arguments), {key: value for key, value in options.items() if key != "name"}
    if "keep_dims" in named:
        named["keepdims"] = named.pop("keep_dims")
    for word in order[len(placed) :]:
        if word not in named:
            break
        placed.append(named.pop(word))
    if order is _REDUCED and len(placed) > 1 and isinstance(placed[1], list):
        placed[1] = tuple(placed[1])
    if isinstance(named.get("axis"), list):
        named["axis"] = tuple(named["axis"])
    return tuple(placed), named


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
    "matmul": matmul,
    "boolean_mask": boolean_mask,
}
LISTS: dict[str, Callable[..., Any]] = {  # what they give is made already
    "split": split,
    "top_k": top_k,
    "numpy_function": called,
    "py_function": called,
}
