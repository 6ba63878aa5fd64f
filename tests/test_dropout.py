"""Dropout with four chances from every random number, against what it should be and against PyTorch's own."""

from __future__ import annotations

import pytest
import torch

from hakseup.layers.modules import Dropout


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.4, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(500, 401), (20, 16, 25, 25)])
def test_the_share_and_the_scale_are_those_of_the_rate(rate: float, shape: tuple[int, ...]) -> None:
    torch.manual_seed(3)
    out = Dropout(rate)(torch.ones(shape))
    n = out.numel()
    share = float((out == 0).sum()) / n
    assert abs(share - rate) < 4 * (rate * (1 - rate) / n) ** 0.5
    kept = out[out != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - rate)), rtol=1e-4, atol=0)
    assert float(out.mean()) == pytest.approx(1, abs=4 * (rate / (1 - rate) / n) ** 0.5)


def test_neighbours_are_independent() -> None:
    torch.manual_seed(0)
    dropped = (Dropout(0.5)(torch.ones(400_000)) == 0).double()
    for lag in (1, 2, 3, 4):  # four values share a random number
        together = float((dropped[:-lag] * dropped[lag:]).mean())
        assert together == pytest.approx(0.25, abs=4 * 0.433 / 400_000**0.5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_gradient_passes_where_the_value_does_also_in_channels_last(dtype: torch.dtype) -> None:
    x = torch.randn(6, 8, 5, 7, dtype=dtype).to(memory_format=torch.channels_last).requires_grad_()
    torch.manual_seed(1)
    out = Dropout(0.5)(x)
    assert out.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(out, torch.where(out == 0, torch.zeros((), dtype=dtype), 2 * x.detach()))
    out.sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, torch.where(out == 0, 0.0, 2.0).to(dtype))


def test_the_same_seed_gives_the_same_and_rest_is_rest() -> None:
    x, layer = torch.randn(7, 11), Dropout(0.3)
    outs = []
    for _ in range(2):
        torch.manual_seed(5)
        outs.append(layer(x))
    assert torch.equal(*outs) and not torch.equal(outs[0], layer(x))
    before = torch.get_rng_state()
    assert torch.equal(layer.eval()(x), x) and torch.equal(Dropout(0)(x), x)
    assert torch.equal(torch.get_rng_state(), before)
    assert not Dropout(1.0)(x).any() and Dropout(0.5)(x[:0]).shape == (0, 11)
    assert torch.equal(Dropout(0.5)(x[:, ::2]) == 0, Dropout(0.5)(x[:, ::2]) == 0) is False
