"""What is learned: against PyTorch's own losses and plain counting, alone and for the members of an ensemble."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from hakseup.settings import Recipe, assign
from hakseup.training.goals import goal

PLAIN = Recipe().training


def test_classes() -> None:
    out, y = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)), torch.arange(7) % 3
    aim = goal(PLAIN, None, numbers=False)
    assert aim.plain and torch.equal(aim.loss(out, y), F.cross_entropy(out, y))
    assert float(aim.total(out, y)) == pytest.approx(7 * float(F.cross_entropy(out, y)), rel=1e-6)
    assert int(aim.right(out, y)) == int((out.argmax(1) == y).sum())
    assert aim.row(0.5, 6, 8, "val_") == {"val_loss": 0.5, "val_accuracy": 0.75}
    smooth = goal(assign(Recipe(), {"training.label_smoothing": 0.1}).training, None, numbers=False)
    assert not smooth.plain and torch.equal(smooth.shown(out, y), F.cross_entropy(out, y))
    assert torch.equal(smooth.loss(out, y), F.cross_entropy(out, y, label_smoothing=0.1))


def test_a_number() -> None:
    out, y = torch.randn(5, 1, generator=torch.Generator().manual_seed(0)), torch.arange(5.0)
    aim = goal(PLAIN, None, numbers=True)
    assert torch.allclose(aim.loss(out, y), ((out[:, 0] - y) ** 2).mean())
    assert torch.allclose(aim.total(out, y), ((out[:, 0] - y) ** 2).sum())
    assert aim.row(2.0, 0, 5) == {"loss": 2.0} and int(aim.right(out, y)) == 0


@pytest.mark.parametrize("numbers", [False, True])
def test_every_member_learns_from_its_own_loss(numbers: bool) -> None:
    k = 1 if numbers else 4
    out = torch.randn(3, 6, k, generator=torch.Generator().manual_seed(1))
    y = torch.arange(6.0) if numbers else torch.arange(6) % 4
    aim = goal(PLAIN, None, numbers=numbers)
    each = torch.stack([aim.loss(member, y) for member in out])
    torch.testing.assert_close(aim.loss(out, y), each.mean())
    if not numbers:
        assert int(aim.right(out, y)) == int((out.mean(0).argmax(1) == y).sum())
