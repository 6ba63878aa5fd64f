"""The tutorials' CNNs in plain PyTorch, written as PyTorch's own examples are: DataLoader, Adam, one loop."""

from __future__ import annotations

import time

import measure
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


def network(tutorial: str) -> nn.Sequential:
    """The tutorial's layers; the softmax is in the loss."""
    if tutorial == "mnist":
        return nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Dropout(0.25), nn.Flatten(), nn.Linear(64 * 12 * 12, 128), nn.ReLU(), nn.Dropout(0.5)),
            nn.Linear(128, 10),
        )
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(64 * 7 * 7, 100), nn.ReLU(), nn.Dropout(0.4), nn.Linear(100, 10)),
    )


def main() -> None:
    """Train and print what was measured."""
    asked = measure.arguments(__doc__)
    mnist = asked.tutorial == "mnist"
    (x, y), (x_test, y_test) = measure.read(asked)
    batch, epochs, patience = (200, 30, 10) if mnist else (32, 20, 2)
    torch.manual_seed(asked.seed)
    if mnist:  # the tutorial stops by the test part
        x_validation, y_validation = x_test, y_test
    else:
        order = np.random.default_rng(42).permutation(len(x))
        apart, rest = order[: len(x) // 5], order[len(x) // 5 :]
        x_validation, y_validation, x, y = x[apart], y[apart], x[rest], y[rest]

    def part(pictures: np.ndarray, classes: np.ndarray, **how: object) -> DataLoader:
        pixels = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
        return DataLoader(TensorDataset(pixels, torch.from_numpy(classes)), **how)  # type: ignore[arg-type]

    train = part(x, y, batch_size=batch, shuffle=True)
    validation = part(x_validation, y_validation, batch_size=500)
    test = part(x_test, y_test, batch_size=500)
    model = network(asked.tutorial)
    optimizer = torch.optim.Adam(model.parameters())
    autocast = {"device_type": "cpu", "dtype": torch.bfloat16, "enabled": asked.precision == "bf16"}

    def learn(pixels: torch.Tensor, classes: torch.Tensor) -> None:
        optimizer.zero_grad()
        with torch.autocast(**autocast):
            loss = F.cross_entropy(model(pixels).float(), classes)
        loss.backward()
        optimizer.step()
        loss.item()  # shown by the examples

    @torch.no_grad()
    def evaluate(loader: DataLoader) -> tuple[float, float]:
        model.eval()
        loss, right, n = 0.0, 0, 0
        for pixels, classes in loader:
            with torch.autocast(**autocast):
                out = model(pixels).float()
            loss += float(F.cross_entropy(out, classes, reduction="sum"))
            right += int((out.argmax(1) == classes).sum())
            n += len(classes)
        model.train()
        return loss / n, right / n

    parameters = sum(p.numel() for p in model.parameters())
    about = {"parameters": parameters, "batch": batch, "precision": asked.precision}
    if asked.steps:
        start = 0.0
        for step, (pixels, classes) in enumerate(train):
            if step == asked.warm:
                start = time.perf_counter()
            learn(pixels, classes)
            if step == asked.warm + asked.steps - 1:
                break
        seconds = time.perf_counter() - start
        evaluate(validation)
        rate = asked.steps * batch / seconds
        measure.finish({**about, "pictures_per_second": rate, "seconds": seconds}, "torch", "numpy")
        return
    clock, reached = measure.Clock(), measure.Reached(asked.tutorial, asked.limit)
    best, waited = float("inf"), 0
    for _epoch in range(asked.epochs or epochs):
        clock.go()
        for pixels, classes in train:
            learn(pixels, classes)
        clock.stop()
        loss, accuracy = evaluate(validation)
        if not mnist:
            accuracy = evaluate(test)[1]
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if (reached.epoch(clock.seconds, accuracy) and not asked.whole) or waited >= patience:
            break
    measure.finish({**about, **reached.facts(), "seconds": clock.seconds}, "torch", "numpy")


if __name__ == "__main__":
    main()
