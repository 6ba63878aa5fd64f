"""The optimisers by name, with Keras' defaults. PyTorch's own where its formula is Keras', else `rules`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup.keras.optimizers.base import Optimizer, Rate
from hakseup.layers import checks

if TYPE_CHECKING:
    import torch

EPSILON = 1e-7  # also where older code says None


def _share(optimizer: Optimizer, name: str, value: float) -> float:
    return checks.number(type(optimizer).__name__, name, value, 0, 1)


def _epsilon(optimizer: Optimizer, value: float | None) -> float:
    return checks.number(type(optimizer).__name__, "epsilon", EPSILON if value is None else value, 0)


class SGD(Optimizer):
    """Gradient descent, with momentum where asked.

    Args:
        learning_rate: step width.
        momentum: share of the last step that is taken again.
        nesterov: look ahead along the momentum.
        common: see `Optimizer`.
    """

    own = ("momentum", "nesterov")

    def __init__(
        self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False, **common: Any
    ) -> None:
        super().__init__(learning_rate, common)
        self.momentum = _share(self, "momentum", momentum)
        self.nesterov = checks.truth("SGD", "nesterov", nesterov)

    def slots(self) -> list[list[tuple[str, str]]]:
        return [[("momentum", "momentum")]] if self.momentum else []

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        import torch

        from hakseup.keras.optimizers.rules import Momentum

        if self.momentum:
            return Momentum(parameters, lr, self.momentum, self.nesterov)
        return torch.optim.SGD(parameters, lr=lr, fused=_fused(parameters))


class _Moments(Optimizer):
    """What Adam and its kin share: two running means."""

    own: ClassVar[tuple[str, ...]] = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: Rate,
        beta_1: float,
        beta_2: float,
        epsilon: float | None,
        common: dict[str, Any],
    ) -> None:
        super().__init__(learning_rate, common)
        self.beta_1 = _share(self, "beta_1", beta_1)
        self.beta_2 = _share(self, "beta_2", beta_2)
        self.epsilon = _epsilon(self, epsilon)


class Adam(_Moments):
    """Adam.

    Args:
        learning_rate: step width.
        beta_1: share of the running mean of the gradients that stays at each step.
        beta_2: the same of their squares.
        epsilon: added to the root of the squares, before its correction.
        amsgrad: divide by the largest mean of squares so far.
        common: see `Optimizer`.
    """

    own = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = EPSILON,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, common)
        self.amsgrad = checks.truth(type(self).__name__, "amsgrad", amsgrad)

    def slots(self) -> list[list[tuple[str, str]]]:
        out = [[("momentum", "exp_avg"), ("velocity", "exp_avg_sq")]]
        return [*out, [("velocity_hat", "max_exp_avg_sq")]] if self.amsgrad else out

    @property
    def _decays(self) -> bool:
        return False  # torch's AdamW does it

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.AdamW(
            parameters,
            lr=lr,
            betas=(self.beta_1, self.beta_2),
            eps=self.epsilon,
            weight_decay=self.weight_decay or 0.0,
            amsgrad=self.amsgrad,
            fused=_fused(parameters),
        )

    def _renew(self, group: dict[str, Any]) -> None:
        # torch adds epsilon behind the correction of the root, Keras before it
        group["eps"] = self.epsilon / math.sqrt(1 - self.beta_2 ** (self.iterations + 1))

    def _count(self, optimizer: torch.optim.Optimizer, steps: int) -> None:
        import torch

        for parameter, kept in optimizer.state.items():
            kept["step"] = torch.tensor(float(steps), device=parameter.device)


class AdamW(Adam):
    """Adam that also shrinks the weights at each step.

    Args:
        learning_rate: step width.
        weight_decay: share of a weight that is taken off at each step, times the learning rate.
        beta_1: share of the running mean of the gradients that stays at each step.
        beta_2: the same of their squares.
        epsilon: added to the root of the squares, before its correction.
        amsgrad: divide by the largest mean of squares so far.
        common: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = EPSILON,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        checks.number("AdamW", "weight_decay", weight_decay, 0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **common)


class Nadam(_Moments):
    """Adam with Nesterov's momentum.

    Args:
        learning_rate: step width.
        beta_1: share of the running mean of the gradients that stays at each step.
        beta_2: the same of their squares.
        epsilon: added to the root of the squares.
        schedule_decay: how fast the momentum comes to its full size; Keras 1 and 2 had 0.004.
        common: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = EPSILON,
        schedule_decay: float = 1.0,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, common)
        self._momentum_decay = checks.number("Nadam", "schedule_decay", schedule_decay, 0)

    def slots(self) -> list[list[tuple[str, str]]]:
        return [[("momentum", "exp_avg"), ("velocity", "exp_avg_sq")]]

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.NAdam(
            parameters,
            lr=lr,
            betas=(self.beta_1, self.beta_2),
            eps=self.epsilon,
            momentum_decay=self._momentum_decay,
            foreach=True,
        )

    def _count(self, optimizer: torch.optim.Optimizer, steps: int) -> None:
        import torch

        for kept in optimizer.state.values():
            kept["step"] = torch.tensor(float(steps))
            kept["mu_product"] = torch.tensor(self._product(steps))

    def _last(self, steps: int) -> list[tuple[str, float]]:
        return [("u_product", self._product(steps))]

    def _product(self, steps: int) -> float:
        ways = (self.beta_1 * (1 - 0.5 * 0.96 ** (t * self._momentum_decay)) for t in range(1, steps + 1))
        return float(math.prod(ways))


class Adamax(_Moments):
    """Adam with the largest gradient in place of the root of squares.

    Args:
        learning_rate: step width.
        beta_1: share of the running mean of the gradients that stays at each step.
        beta_2: share of the largest gradient that stays at each step.
        epsilon: added to the largest gradient.
        common: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float | None = EPSILON,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, common)

    def slots(self) -> list[list[tuple[str, str]]]:
        return [[("momentum", "momentum"), ("norm", "norm")]]

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        from hakseup.keras.optimizers import rules

        return rules.Adamax(parameters, lr, self.beta_1, self.beta_2, self.epsilon)

    def _count(self, optimizer: torch.optim.Optimizer, steps: int) -> None:
        for group in optimizer.param_groups:
            group["done"] = steps


class RMSprop(Optimizer):
    """Divides each gradient by the root of a running mean of its squares.

    Args:
        learning_rate: step width.
        rho: share of the running mean that stays at each step.
        momentum: share of the last step that is taken again.
        epsilon: added to the mean of squares, inside the root.
        centered: divide by the deviation instead, the mean taken off.
        common: see `Optimizer`.
    """

    own = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float | None = EPSILON,
        centered: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, common)
        self.rho = _share(self, "rho", rho)
        self.momentum = _share(self, "momentum", momentum)
        self.epsilon = _epsilon(self, epsilon)
        self.centered = checks.truth("RMSprop", "centered", centered)

    def slots(self) -> list[list[tuple[str, str]]]:
        names = ["velocity"]
        names += ["momentum"] if self.momentum else []
        names += ["average_gradient"] if self.centered else []
        return [[(name, name)] for name in names]

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        from hakseup.keras.optimizers import rules

        return rules.RMSprop(parameters, lr, self.rho, self.momentum, self.epsilon, self.centered)


class Adagrad(Optimizer):
    """Divides each gradient by the root of the sum of all its squares so far.

    Args:
        learning_rate: step width.
        initial_accumulator_value: where the sum starts.
        epsilon: added to the sum, inside the root.
        common: see `Optimizer`.
    """

    own = ("initial_accumulator_value", "epsilon")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float | None = EPSILON,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, common)
        value = checks.number("Adagrad", "initial_accumulator_value", initial_accumulator_value, 0)
        self.initial_accumulator_value = value
        self.epsilon = _epsilon(self, epsilon)

    def slots(self) -> list[list[tuple[str, str]]]:
        return [[("accumulator", "accumulator")]]

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        from hakseup.keras.optimizers import rules

        return rules.Adagrad(parameters, lr, self.initial_accumulator_value, self.epsilon)


class Adadelta(Optimizer):
    """Adagrad over a running mean, with the size of past steps as the unit.

    Args:
        learning_rate: step width.
        rho: share of the running means that stays at each step.
        epsilon: added inside the roots.
        common: see `Optimizer`.
    """

    own = ("rho", "epsilon")

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float | None = EPSILON,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, common)
        self.rho = _share(self, "rho", rho)
        self.epsilon = _epsilon(self, epsilon)

    def slots(self) -> list[list[tuple[str, str]]]:
        return [[("accumulated_grad", "square_avg"), ("accumulated_delta_var", "acc_delta")]]

    def _make(self, parameters: list[torch.Tensor], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.Adadelta(parameters, lr=lr, rho=self.rho, eps=self.epsilon, foreach=True)

    def _count(self, optimizer: torch.optim.Optimizer, steps: int) -> None:
        import torch

        for kept in optimizer.state.values():
            kept["step"] = torch.tensor(float(steps))


def _fused(parameters: list[torch.Tensor]) -> bool:
    """One kernel for all parameters where PyTorch has it: small networks would else be all overhead."""
    return all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
