"""What every optimiser of the facade has: its rate, what is done before each step, and its state for files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from hakseup.errors import CallError, NetworkError
from hakseup.keras import naming, printing
from hakseup.keras.eager import named
from hakseup.keras.optimizers.schedules import LearningRateSchedule, Number, deserialize, serialize
from hakseup.keras.outside import missing
from hakseup.layers import checks
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

    from hakseup.keras.constraints import Bound
    from hakseup.layers.weights import Variable

Rate = float | LearningRateSchedule | Callable[[], float] | Mapping[str, Any]
# Arguments that Keras has and that change nothing when they have these values; others are refused
_UNUSED: dict[str, tuple[object, ...]] = {
    "use_ema": (False, None),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
}
_KEPT: dict[str, Any] = {"ema_momentum": 0.99, "ema_overwrite_frequency": None}  # for files only
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
_IGNORED = (
    "jit_compile",
    "is_legacy_optimizer",
)  # about the speed of TensorFlow, or written by it into files


class LearningRate(Number):
    """A learning rate as it was read, which can be set through (`K.set_value(optimizer.lr, 0.01)`)."""

    _owner: Optimizer

    def __new__(cls, value: float, owner: Optimizer) -> LearningRate:
        out = super().__new__(cls, value)
        out._owner = owner
        return out

    def assign(self, value: float) -> None:
        """Set the optimiser's learning rate."""
        self._owner.learning_rate = value


class Count(int):
    """How many steps were done, as it was read."""

    def numpy(self) -> np.int64:
        """The number as Keras keeps it."""
        return np.int64(self)


class Optimizer:
    """Base of the optimisers: settings first, the torch optimiser when `build` is called.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        common: `weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `name`, and the older `lr` and `decay`.

    Raises:
        NetworkError: a value out of range.
        CallError: an argument that is not known, or that has no effect here.
    """

    own: ClassVar[tuple[str, ...]] = ()  # names of the numbers that only this kind has, in Keras' order
    start: ClassVar[dict[str, float]] = {}  # torch key of a slot -> where it starts, if not at zero

    def __init__(self, learning_rate: Rate, common: dict[str, Any]) -> None:
        kind = type(self).__name__
        rate = common.pop("lr", None)
        self._rate = _checked_rate(kind, learning_rate if rate is None else rate)
        self.decay = checks.number(kind, "decay", common.pop("decay", None) or 0.0, 0)
        self.name: str = common.pop("name", None) or naming.unique(kind)
        decay = common.pop("weight_decay", None)
        self.weight_decay = None if decay in (None, False) else checks.number(kind, "weight_decay", decay, 0)
        for name in _CLIPS:
            value = common.pop(name, None)
            setattr(self, name, None if value is None else checks.number(kind, name, value, 0))
        given = [name for name in _CLIPS if getattr(self, name) is not None]
        if len(given) > 1:
            raise CallError(
                "two-clips",
                Words(
                    f"{kind}: only one of {', '.join(_CLIPS)} can be set; set are {' and '.join(given)}.",
                    f"{kind}: {', '.join(_CLIPS)} 중 하나만 쓸 수 있습니다. 지금은 {', '.join(given)}이(가) 함께 있습니다.",
                ),
            )
        self._kept = {name: common.pop(name, default) for name, default in _KEPT.items()}
        for name, harmless in _UNUSED.items():
            if (value := common.pop(name, harmless[0])) not in harmless:
                raise CallError(
                    "unsupported-argument",
                    Words(
                        f"{kind}: {name}={value!r} is not taken here.",
                        f"{kind}: {name}={value!r}은(는) 여기서 쓸 수 없습니다.",
                    ),
                    Words("Leave it out.", "빼고 쓰세요."),
                )
        for name in _IGNORED:
            common.pop(name, None)
        if common:
            known = ["learning_rate", *self.own, "weight_decay", *_CLIPS, "name", "lr", "decay"]
            name = next(iter(common))
            raise CallError(
                "unknown-argument",
                Words(f"{kind} has no argument '{name}'.", f"{kind}에는 '{name}' 인자가 없습니다."),
                checks.did_you_mean(name, known),
            )
        self.iterations = 0
        self._torch: torch.optim.Optimizer | None = None
        self._learned: Callable[[], Sequence[tuple[str, Variable]]] | None = None
        self._bounds: list[Bound] = []

    def __repr__(self) -> str:
        """As Keras shows it."""
        return printing.shown_as(self, f"optimizers.{type(self).__name__.lower()}")

    # -- the rate ----------------------------------------------------------------------------------------

    @property
    def learning_rate(self) -> Any:
        """The rate that was given or set; with a schedule, the one of the next step."""
        return LearningRate(_called(self._rate, self.iterations), self)

    @learning_rate.setter
    def learning_rate(self, value: Rate) -> None:
        if isinstance(self._rate, LearningRateSchedule) and not isinstance(value, LearningRateSchedule):
            raise CallError(
                "rate-is-scheduled",
                Words(
                    f"The learning rate of {self.name} follows {type(self._rate).__name__} and cannot be set.",
                    f"{self.name}의 학습률은 {type(self._rate).__name__}에 따라 정해지므로 바꿀 수 없습니다.",
                ),
                Words(
                    "Give the optimizer a number, or leave out the callback that sets it.",
                    "옵티마이저에 수를 주거나, 학습률을 바꾸는 콜백을 빼세요.",
                ),
            )
        # Any number, as in Keras: one cycle of a book ends a few steps early and goes on below zero.
        self._rate = _checked_rate(type(self).__name__, value, -math.inf)

    def __getattr__(self, name: str) -> Any:
        """Say what an optimiser has; asked only for what it has not.

        Raises:
            MissingName: always.
        """
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        known = ["learning_rate", "iterations", *self.own, "weight_decay", *_CLIPS, "name", "get_config"]
        raise missing(type(self).__name__, name, known)

    @property
    def lr(self) -> Any:
        """Keras 1 and 2's name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Rate) -> None:
        self.learning_rate = value

    @property
    def variables(self) -> list[Any]:
        """How many steps were done, the rate, and once it learns the running means: copies with a name and a path."""
        named_ = self._learned() if self._learned is not None and self._steps else []
        return [named(f"{self.name}/{name}", value, False) for name, value in self.state(named_)]

    def learns(self, learned: Callable[[], Sequence[tuple[str, Variable]]]) -> None:
        """What `variables` asks for what is learned: (name of the layer, variable), in the network's order."""
        self._learned = learned

    @property
    def iterations(self) -> Any:
        """How many steps were done."""
        return Count(self._steps)

    @iterations.setter
    def iterations(self, value: int) -> None:
        self._steps = int(value)

    # -- training ----------------------------------------------------------------------------------------

    def build(
        self, parameters: Iterable[torch.Tensor], bounds: Iterable[Bound] = ()
    ) -> torch.optim.Optimizer:
        """The torch optimiser over these parameters; its `step` does the rate, clipping, decay and bounds too.

        Raises:
            NetworkError: there is nothing to learn.
        """
        learned = [p for p in parameters if p.requires_grad]
        if not learned:
            raise NetworkError(
                "nothing-to-train",
                Words(
                    "The network has no parameters that can be trained.",
                    "신경망에 학습할 파라미터가 없습니다.",
                ),
            )
        self.iterations = 0
        from hakseup.training.eager import without_compiler

        with without_compiler():
            built = self._make(learned, _called(self._rate, 0))
        built.register_step_pre_hook(self._before_step)
        built.register_step_post_hook(self._after_step)
        self._torch = built
        self._bounds = [bound for bound in bounds if bound.parameter.requires_grad]
        return built

    def over(self, row: torch.Tensor) -> torch.optim.Optimizer:
        """The same updates over one row of numbers, of which all parameters are views; it goes on counting."""
        from hakseup.training.eager import without_compiler

        with without_compiler():
            made = self._make([row], _called(self._rate, self.iterations))
        made.register_step_pre_hook(self._before_step)
        made.register_step_post_hook(self._after_step)
        return made

    @property
    def by_element(self) -> bool:
        """Whether every number is moved by its own gradient alone, so that one row can stand for all parameters."""
        return not (self.constrained or any(vars(self).get(name) for name in ("clipnorm", "global_clipnorm")))

    def count(self, optimizer: torch.optim.Optimizer) -> None:
        """Tell a torch optimiser, whose slots are filled, how many steps were done."""
        self._count(optimizer, self.iterations)

    @property
    def constrained(self) -> bool:
        """Whether some parameters have bounds, to which each step brings them back."""
        return bool(self._bounds)

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        raise TypeError(f"{type(self).__name__} has no update rule")

    def _before_step(self, optimizer: torch.optim.Optimizer, args: object, kwargs: object) -> None:
        import torch

        rate = _called(self._rate, self.iterations)
        if self.decay:
            rate /= 1 + self.decay * self.iterations
        for group in optimizer.param_groups:
            group["lr"] = rate
            self._renew(group)
            if self._clips or self._decays:
                learned = [p for p in group["params"] if p.grad is not None]
                self._clip(learned)
                if self._decays and learned:
                    with torch.no_grad():
                        torch._foreach_mul_(learned, 1 - rate * cast(float, self.weight_decay))

    def _after_step(self, optimizer: torch.optim.Optimizer, args: object, kwargs: object) -> None:
        self._steps += 1
        for bound in self._bounds:
            bound.apply()

    def _renew(self, group: dict[str, Any]) -> None:
        """Numbers of a torch optimiser that change with the step so that its formula is Keras'."""

    @property
    def _clips(self) -> bool:
        return any(getattr(self, name) for name in _CLIPS)

    @property
    def _decays(self) -> bool:
        """Whether decay is done here; torch's AdamW does its own."""
        return bool(self.weight_decay)

    def _clip(self, parameters: list[torch.Tensor]) -> None:
        import torch

        gradients = [p.grad for p in parameters if p.grad is not None]
        clipnorm, clipvalue, together = (getattr(self, n) for n in _CLIPS)
        if not gradients:
            return
        if clipnorm:
            for gradient, norm in zip(gradients, torch._foreach_norm(gradients), strict=True):
                gradient.mul_(clipnorm / norm.clamp(min=clipnorm))
        elif clipvalue:
            torch.nn.utils.clip_grad_value_(parameters, clipvalue)
        elif together:
            norm = torch.nn.utils.get_total_norm(gradients)
            torch._foreach_mul_(gradients, together / norm.clamp(min=together))

    # -- files -------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The settings by Keras' names, as it writes them into files."""
        rate: Any = self._rate
        if isinstance(rate, LearningRateSchedule):
            rate = serialize(rate)
        elif callable(rate):
            rate = _called(rate, 0)
        out = {"name": self.name, "learning_rate": rate, "weight_decay": self.weight_decay}
        out |= {name: getattr(self, name) for name in ("clipnorm", "global_clipnorm", "clipvalue")}
        out |= {
            "use_ema": False,
            **self._kept,
            "loss_scale_factor": None,
            "gradient_accumulation_steps": None,
        }
        out |= {name: getattr(self, name) for name in self.own}
        return out | ({"decay": self.decay} if self.decay else {})

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: object = None) -> Optimizer:
        """The optimiser whose `get_config()` was this, of today's Keras or an older one."""
        return cls(**dict(config))

    def slots(self) -> list[list[tuple[str, str]]]:
        """What is kept beside each variable: groups of (Keras' name, key in torch's state), in Keras' order.

        Within a group the names take turns variable by variable; groups stand one behind the other.
        """
        return []

    def state(self, named: Sequence[tuple[str, Variable]]) -> list[tuple[str, np.ndarray]]:
        """Everything that going on needs, in Keras' order: iteration, learning_rate, then the slots.

        Args:
            named: (name of the layer, variable) of everything that is learned, in the network's order.
        """
        out: list[tuple[str, np.ndarray]] = [("iteration", np.array(self.iterations, np.int64))]
        if isinstance(self._rate, float):
            out.append(("learning_rate", np.array(self._rate, np.float32)))
        kept = {} if self._torch is None else self._torch.state
        for group in self.slots():
            for layer, variable in named:
                for name, key in group:
                    tensor = kept.get(variable.tensor, {}).get(key)
                    start = np.full(variable.shape, self.start.get(key, 0.0), np.float32)
                    out.append(
                        (
                            f"{layer}_{variable.name}_{name}",
                            start if tensor is None else variable.numpy(tensor),
                        )
                    )
        return out + [(name, np.array(value, np.float32)) for name, value in self._last(self.iterations)]

    def set_state(self, named: Sequence[tuple[str, Variable]], arrays: Sequence[np.ndarray]) -> None:
        """Put back what `state` gave; the optimiser must have been built for these variables.

        Raises:
            NetworkError: another number of arrays, or a shape that does not fit.
        """
        import torch

        if self._torch is None:
            raise TypeError("build() comes before set_state()")
        expected = len(self.state(named))
        if expected != len(arrays):
            raise NetworkError(
                "state-does-not-fit",
                Words(
                    f"The state of {type(self).__name__} has {expected} arrays for this network; {len(arrays)} are given.",
                    f"이 신경망에서 {type(self).__name__}의 상태는 배열 {expected}개인데 받은 것은 {len(arrays)}개입니다.",
                ),
            )
        rest = iter(arrays)
        self.iterations = int(next(rest))
        if isinstance(self._rate, float):
            self._rate = float(next(rest))
        for group in self.slots():
            for _, variable in named:
                for _, key in group:
                    slot = torch.zeros_like(variable.tensor, memory_format=torch.preserve_format)
                    variable.assign(next(rest), slot)
                    self._torch.state[variable.tensor][key] = slot
        self._count(self._torch, self.iterations)  # also before the first step: torch asks where a state is

    def _last(self, steps: int) -> list[tuple[str, float]]:
        """What Keras writes behind the slots; it follows from the number of steps."""
        return []

    def _count(self, optimizer: torch.optim.Optimizer, steps: int) -> None:
        """Tell a torch optimiser that counts steps itself how many were done."""


def _checked_rate(
    kind: str, value: Any, lowest: float = 0
) -> float | LearningRateSchedule | Callable[[], float]:
    if isinstance(value, Mapping):
        return deserialize(value)
    if isinstance(value, LearningRateSchedule):
        return value
    if callable(value):
        return cast(Callable[[], float], value)
    try:
        number = float(value) if not isinstance(value, bool | str) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    return checks.number(kind, "learning_rate", number if math.isfinite(number) else value, lowest)


def _called(rate: float | LearningRateSchedule | Callable[[], float], step: int) -> float:
    if isinstance(rate, float):
        return rate
    return float(rate(step) if isinstance(rate, LearningRateSchedule) else rate())
