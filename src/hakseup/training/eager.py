"""PyTorch's optimisers without its compiler, which nothing here uses.

Made, saved or moved in the plain way they load `torch._dynamo`, and sympy and torch.distributed with it: 1.9 of the
9.7 seconds that a first training took on an old processor, and tens of megabytes (docs/benchmarks.md).
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator

import torch

_ASKING = ("add_param_group", "state_dict", "load_state_dict")  # they ask the compiler to leave them alone


@contextlib.contextmanager
def without_compiler() -> Iterator[None]:
    """Optimisers are made, saved and loaded in here without loading the compiler; outside all is as it was."""
    mark = "__dynamo_disable"  # where torch._compile keeps what is called in place of the method
    methods = [inspect.unwrap(getattr(torch.optim.Optimizer, name)) for name in _ASKING]
    unmarked = [method for method in methods if mark not in vars(method)]
    for method in unmarked:
        vars(method)[mark] = method
    try:
        yield
    finally:
        for method in unmarked:
            vars(method).pop(mark, None)


class Move:
    """`optimizer.step()`, its hooks included; `forget` is its `zero_grad(set_to_none=True)`."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer, self.step = optimizer, inspect.unwrap(type(optimizer).step)
        self.before = optimizer._optimizer_step_pre_hooks
        self.after = optimizer._optimizer_step_post_hooks
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]

    @torch.no_grad()
    def __call__(self) -> None:
        """Move the parameters by their gradients."""
        for hook in self.before.values():
            hook(self.optimizer, (), {})
        self.step(self.optimizer)
        for hook in self.after.values():
            hook(self.optimizer, (), {})

    def forget(self) -> None:
        """The gradients have done their work."""
        for parameter in self.parameters:
            parameter.grad = None
