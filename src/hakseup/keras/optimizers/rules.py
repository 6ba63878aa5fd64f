"""Update rules whose formula in Keras is not PyTorch's: where epsilon stands, and that velocity holds the rate.

Each keeps its state under Keras' own names, from the start. Source: https://keras.io/api/optimizers/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class Rule(torch.optim.Optimizer):
    """Base: one update over all parameters of a group that have a gradient.

    Args:
        parameters: what is learned.
        slots: name of each number kept beside every parameter -> where it starts.
        settings: numbers of the rule; "lr" is read at every step.
    """

    def __init__(self, parameters: Iterable[Tensor], slots: dict[str, float], **settings: Any) -> None:
        super().__init__(parameters, settings)
        for group in self.param_groups:
            for p in group["params"]:
                for name, start in slots.items():
                    self.state[p][name] = torch.full_like(p, start, memory_format=torch.preserve_format)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update from the gradients."""
        for group in self.param_groups:
            learned = [p for p in group["params"] if p.grad is not None]
            if learned:
                self._update(learned, [p.grad for p in learned], group)

    def _kept(self, parameters: list[Tensor], name: str) -> list[Tensor]:
        return [self.state[p][name] for p in parameters]

    def _update(self, parameters: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        raise TypeError(f"{type(self).__name__} has no update")


class Momentum(Rule):
    """velocity = momentum * velocity - lr * g; the rate of its time stays in the velocity, unlike in torch's SGD."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float, nesterov: bool) -> None:
        super().__init__(parameters, {"momentum": 0.0}, lr=lr, momentum=momentum, nesterov=nesterov)

    def _update(self, parameters: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        velocity = self._kept(parameters, "momentum")
        torch._foreach_mul_(velocity, group["momentum"])
        torch._foreach_add_(velocity, gradients, alpha=-group["lr"])
        if group["nesterov"]:
            torch._foreach_add_(parameters, velocity, alpha=group["momentum"])
            torch._foreach_add_(parameters, gradients, alpha=-group["lr"])
        else:
            torch._foreach_add_(parameters, velocity)


class RMSprop(Rule):
    """RMSprop with epsilon inside the root."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        rho: float,
        momentum: float,
        epsilon: float,
        centered: bool,
    ) -> None:
        slots = {"velocity": 0.0}
        slots |= {"momentum": 0.0} if momentum > 0 else {}
        slots |= {"average_gradient": 0.0} if centered else {}
        super().__init__(
            parameters, slots, lr=lr, rho=rho, momentum=momentum, epsilon=epsilon, centered=centered
        )

    def _update(self, parameters: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        rho, velocity = group["rho"], self._kept(parameters, "velocity")
        torch._foreach_mul_(velocity, rho)
        torch._foreach_addcmul_(velocity, gradients, gradients, 1 - rho)
        below = torch._foreach_add(velocity, group["epsilon"])
        if group["centered"]:
            average = self._kept(parameters, "average_gradient")
            torch._foreach_lerp_(average, gradients, 1 - rho)
            torch._foreach_addcmul_(below, average, average, -1)
        torch._foreach_sqrt_(below)
        if group["momentum"] > 0:
            moving = self._kept(parameters, "momentum")
            torch._foreach_mul_(moving, group["momentum"])
            torch._foreach_addcdiv_(moving, gradients, below, group["lr"])
            torch._foreach_sub_(parameters, moving)
        else:
            torch._foreach_addcdiv_(parameters, gradients, below, -group["lr"])


class Adagrad(Rule):
    """Adagrad with epsilon inside the root."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, start: float, epsilon: float) -> None:
        super().__init__(parameters, {"accumulator": start}, lr=lr, epsilon=epsilon)

    def _update(self, parameters: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        total = self._kept(parameters, "accumulator")
        torch._foreach_addcmul_(total, gradients, gradients, 1)
        below = torch._foreach_add(total, group["epsilon"])
        torch._foreach_sqrt_(below)
        torch._foreach_addcdiv_(parameters, gradients, below, -group["lr"])


class Adamax(Rule):
    """Adamax with epsilon added behind the maximum."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, beta_1: float, beta_2: float, epsilon: float):
        slots = {"momentum": 0.0, "norm": 0.0}
        super().__init__(parameters, slots, lr=lr, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, done=0)

    def _update(self, parameters: list[Tensor], gradients: list[Tensor], group: dict[str, Any]) -> None:
        group["done"] += 1
        mean, norm = self._kept(parameters, "momentum"), self._kept(parameters, "norm")
        torch._foreach_lerp_(mean, gradients, 1 - group["beta_1"])
        torch._foreach_mul_(norm, group["beta_2"])
        torch._foreach_maximum_(norm, torch._foreach_abs(gradients))
        below = torch._foreach_add(norm, group["epsilon"])
        rate = group["lr"] / (1 - group["beta_1"] ** group["done"])
        torch._foreach_addcdiv_(parameters, mean, below, -rate)
