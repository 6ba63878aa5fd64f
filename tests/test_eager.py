"""Optimisers do the same without PyTorch's compiler, and leave PyTorch as it was."""

from __future__ import annotations

import copy
import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from hakseup.training.eager import Move, without_compiler

MAKERS: list[Callable[[Any], torch.optim.Optimizer]] = [
    lambda learned: torch.optim.SGD(learned, lr=0.1, momentum=0.9, nesterov=True, fused=True),
    lambda learned: torch.optim.AdamW(learned, lr=0.01, fused=True),
    lambda learned: torch.optim.NAdam(learned, lr=0.01, foreach=True),
]


@pytest.mark.parametrize("make", MAKERS)
def test_it_moves_as_step_does_hooks_included(make: Callable[[Any], torch.optim.Optimizer]) -> None:
    torch_way = torch.nn.Linear(4, 3)
    ours = copy.deepcopy(torch_way)
    first, second = make(torch_way.parameters()), make(ours.parameters())
    heard: list[str] = []
    second.register_step_pre_hook(lambda *_: heard.append("before"))
    second.register_step_post_hook(lambda *_: heard.append("after"))
    move = Move(second)
    for turn in range(3):
        x = torch.full((2, 4), 0.5 + turn)
        torch_way(x).square().sum().backward()
        first.step()
        first.zero_grad()
        ours(x).square().sum().backward()
        move()
        move.forget()
    assert all(torch.equal(a, b) for a, b in zip(torch_way.parameters(), ours.parameters(), strict=True))
    assert heard == ["before", "after"] * 3 and all(p.grad is None for p in ours.parameters())


def test_outside_pytorch_is_as_it_was() -> None:
    method = inspect.unwrap(torch.optim.Optimizer.state_dict)
    before = dict(vars(method))
    with pytest.raises(ZeroDivisionError), without_compiler():
        assert "__dynamo_disable" in vars(method)
        _ = 1 / 0
    assert vars(method) == before


def test_the_compiler_is_not_loaded() -> None:
    code = """
import sys, torch
from hakseup.settings import Recipe
from hakseup.training import checkpoints, optimizers
from hakseup.training.eager import Move
module = torch.nn.Linear(3, 2)
made = optimizers.optimizer(module, Recipe().training)
module(torch.ones(1, 3)).sum().backward()
Move(made)()
assert checkpoints.pack_optimizer(made)[0]
print([name for name in ("torch._dynamo", "sympy", "torch.distributed.fsdp") if name in sys.modules])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
