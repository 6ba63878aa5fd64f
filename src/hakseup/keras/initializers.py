"""First weights as Keras' objects: a name with numbers of its own, or with a seed of its own.

Light: torch is loaded when weights are filled. The drawing is `hakseup.layers.initializers` and `torch.nn.init`.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hakseup.errors import NetworkError
from hakseup.keras.eager import eager
from hakseup.keras.outside import missing
from hakseup.keras.registry import Registry, folded
from hakseup.layers import checks
from hakseup.layers.initializers import INITIALIZERS as NAMES
from hakseup.layers.initializers import Initializer as _Base
from hakseup.layers.initializers import initialize, initializer
from hakseup.layers.initializers import variance_scaling as fill_scaled
from hakseup.words import Words

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Initializer(_Base):
    """Base of the initialisers.

    Those that draw have a `seed`: a number makes every layer start with the same numbers each time, None follows
    the seed of the model.
    """

    scaled: ClassVar[bool] = False  # by the size of the layer: Keras says which axes it counts

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "seed" and value is not None:
                value = checks.whole(type(self).__name__, "seed", value, 0)
            elif isinstance(field.default, float):
                if getattr(value, "size", 0) == 1:  # np.log([pos / neg]): an array of one number
                    value = value.item()
                value = checks.number(type(self).__name__, field.name, value)
            object.__setattr__(self, field.name, value)

    def fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        """Fill the weights, in torch's layout, in place."""
        import torch

        seed = getattr(self, "seed", None)
        self._fill(weights, generator if seed is None else torch.Generator().manual_seed(seed))

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        if type(self).__call__ is not Initializer.__call__:  # a class of one's own, or `Own`
            _put(self, weights)
        else:
            initialize(weights, self.plain_name(), generator)

    def plain_name(self) -> str:
        """The name by which the same is known without numbers of its own."""
        return str(initializer("", "", type(self).__name__, ""))

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Numbers of a shape in Keras' layout, a tensor."""
        import torch

        axes = _axes(len(shape))
        weights = torch.empty([shape[axis] for axis in axes])
        generator = torch.Generator().manual_seed(int(torch.randint(2**62, ()).item()))
        self.fill(weights, generator)
        return eager(weights.permute([axes.index(axis) for axis in range(len(shape))]).contiguous().numpy())

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, as Keras writes them into files."""
        own = dataclasses.asdict(self)
        seed = {"seed": own.pop("seed")} if "seed" in own else {}
        return {**seed, **own, **(dict.fromkeys(_AXES) if self.scaled else {})}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Initializer:
        """The initialiser whose `get_config()` was this."""
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{k: v for k, v in config.items() if k in known or k not in ("dtype", *_AXES)})


_AXES = ("input_axes", "output_axes")  # Keras 3 writes them into every file; nobody sets them


def _axes(n: int) -> tuple[int, ...]:
    """For each axis of weights in torch's layout, which one it is in Keras'."""
    return {2: (1, 0), 4: (3, 2, 0, 1)}.get(n, tuple(range(n)))


def _put(made: Callable[..., Any], weights: torch.Tensor) -> None:
    """Fill the weights with what a function (shape, dtype) of one's own gives for their shape in Keras' layout."""
    import torch

    axes = _axes(weights.ndim)
    shape = tuple(weights.shape[axes.index(axis)] for axis in range(weights.ndim))
    taken = inspect.signature(made).parameters
    kinds = [parameter.kind for parameter in taken.values()]
    named = {"dtype": "float32"} if "dtype" in taken or inspect.Parameter.VAR_KEYWORD in kinds else {}
    given = made(shape, **named)
    numbers = given if isinstance(given, torch.Tensor) else torch.from_numpy(np.array(given, np.float32))
    if numbers.shape != shape:
        called = getattr(getattr(made, "function", made), "__name__", type(made).__name__)
        raise NetworkError(
            "bad-initializer",
            Words(
                f"The initializer {called} was asked for the shape {shape} and gave {tuple(numbers.shape)}.",
                f"{called} 초기화에 {shape} 모양을 요청했는데 {tuple(numbers.shape)} 모양을 돌려주었습니다.",
            ),
        )
    with torch.no_grad():
        weights.copy_(numbers.permute(axes))


@dataclass(frozen=True)
class Own(Initializer):
    """A function of one's own, (shape, dtype) -> numbers of that shape.

    Args:
        function: it.
    """

    function: Callable[..., Any]

    def fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        _put(self.function, weights)


class Zeros(Initializer):
    """Zeros."""


class Ones(Initializer):
    """Ones."""


@dataclass(frozen=True)
class Constant(Initializer):
    """The same number everywhere.

    Args:
        value: the number.
    """

    value: float = 0.0

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        from torch.nn import init

        init.constant_(weights, self.value)


@dataclass(frozen=True)
class Identity(Initializer):
    """Ones on the diagonal of a matrix.

    Args:
        gain: in place of one.
    """

    matrix: ClassVar[bool] = True
    gain: float = 1.0

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        from torch.nn import init

        if weights.ndim != 2:
            raise NetworkError(
                "identity-needs-a-matrix",
                Words(
                    "The initializer Identity fits Dense layers only.",
                    "Identity 초기화는 Dense 층에만 쓸 수 있습니다.",
                ),
            )
        init.eye_(weights).mul_(self.gain)


@dataclass(frozen=True)
class RandomNormal(Initializer):
    """A normal distribution.

    Args:
        mean: its mean.
        stddev: its deviation.
        seed: see `Initializer`.
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        from torch.nn import init

        init.normal_(weights, self.mean, self.stddev, generator=generator)


@dataclass(frozen=True)
class TruncatedNormal(RandomNormal):
    """A normal distribution without what lies beyond two deviations; arguments as RandomNormal."""

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        from torch.nn import init

        low, high = self.mean - 2 * self.stddev, self.mean + 2 * self.stddev
        init.trunc_normal_(weights, self.mean, self.stddev, low, high, generator=generator)


@dataclass(frozen=True)
class RandomUniform(Initializer):
    """Evenly between two bounds.

    Args:
        minval: the lower.
        maxval: the upper.
        seed: see `Initializer`.
    """

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | None = None

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        from torch.nn import init

        init.uniform_(weights, self.minval, self.maxval, generator=generator)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Rows or columns at right angles to one another.

    Args:
        gain: their length.
        seed: see `Initializer`.
    """

    matrix: ClassVar[bool] = True
    gain: float = 1.0
    seed: int | None = None

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        from torch.nn import init

        init.orthogonal_(weights, self.gain, generator=generator)


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """A variance of scale / fan.

    Args:
        scale: see above.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: see `Initializer`.
    """

    scaled: ClassVar[bool] = True
    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        kind, shapes = type(self).__name__, ("truncated_normal", "untruncated_normal", "uniform", "normal")
        checks.number(kind, "scale", self.scale, 1e-12)
        object.__setattr__(
            self, "mode", checks.choice(kind, "mode", self.mode, ("fan_in", "fan_out", "fan_avg"))
        )
        distribution = checks.choice(kind, "distribution", self.distribution, shapes)
        plain = "truncated_normal" if distribution == "normal" else distribution  # as Keras 1 and 2 said
        object.__setattr__(self, "distribution", plain)

    def _fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        fan = {"fan_in": "in", "fan_out": "out", "fan_avg": "average"}[self.mode]
        kinds = {"truncated_normal": "normal", "untruncated_normal": "uncut", "uniform": "uniform"}
        fill_scaled(weights, self.scale, fan, kinds[self.distribution], generator)


@dataclass(frozen=True)
class _Seeded(Initializer):
    scaled: ClassVar[bool] = True
    seed: int | None = None


class GlorotUniform(_Seeded):
    """Evenly, so that the variance is 2 / (inputs + outputs)."""


class GlorotNormal(_Seeded):
    """Normally, so that the variance is 2 / (inputs + outputs)."""


class HeUniform(_Seeded):
    """Evenly, so that the variance is 2 / inputs."""


class HeNormal(_Seeded):
    """Normally, so that the variance is 2 / inputs."""


class LecunUniform(_Seeded):
    """Evenly, so that the variance is 1 / inputs."""


class LecunNormal(_Seeded):
    """Normally, so that the variance is 1 / inputs."""


INITIALIZERS: dict[str, type[Initializer]] = {
    cls.__name__: cls
    for cls in (
        Zeros,
        Ones,
        Constant,
        Identity,
        RandomNormal,
        TruncatedNormal,
        RandomUniform,
        Orthogonal,
        VarianceScaling,
        GlorotUniform,
        GlorotNormal,
        HeUniform,
        HeNormal,
        LecunUniform,
        LecunNormal,
    )
}
zeros, ones, constant, identity = Zeros, Ones, Constant, Identity
zero, one = Zeros, Ones
normal = random_normal = RandomNormal
uniform = random_uniform = RandomUniform
truncated_normal, orthogonal, variance_scaling = TruncatedNormal, Orthogonal, VarianceScaling
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
he_uniform, he_normal = HeUniform, HeNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal


_OLDER = {"normal": "RandomNormal", "uniform": "RandomUniform", "zero": "Zeros", "one": "Ones"}


def _spelt(name: str) -> Initializer | None:
    return REGISTRY.spelt(_OLDER.get(folded(name), name))


REGISTRY: Registry[Initializer] = Registry(
    "keras.initializers",
    Words("initializer", "초기화"),
    Initializer,
    INITIALIZERS,
    NetworkError,
    [*NAMES, *INITIALIZERS],
    _spelt,
    Own,
)
get, serialize, deserialize = REGISTRY.optional, REGISTRY.serialize, REGISTRY.deserialize


def named(value: Any) -> Any:
    """What a layer keeps: the plain name where an initialiser has no numbers of its own, else the object."""
    found = get(value)
    if found is None:
        return None
    name = checks.snake_case(type(found).__name__)
    return name if name in NAMES and found == type(found)() else found


def __getattr__(name: str) -> Any:
    raise missing("keras.initializers", name, [*INITIALIZERS, *NAMES])
