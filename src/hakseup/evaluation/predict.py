"""The one way to predict: validation at the end of training, `evaluate` and `predict` all come through here."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch

from hakseup.data.mapped import Reading
from hakseup.data.preparation import Preparation
from hakseup.errors import NetworkError
from hakseup.models.inference import logits
from hakseup.progress import Progress, Silence, work
from hakseup.words import Words

# Pictures in a batch. More gain nothing and take more memory (the MNIST tutorial's CNN in fp32, one thread: 0.49 ms of
# processor time a picture with 128, 0.60 with 512).
MOST = 128
PIXELS = 1 << 21  # pixels in a batch: large pictures go through in smaller batches, the memory stays the same


@dataclass(frozen=True)
class Rows:
    """Some rows of an array or memory map of pictures, read when they are asked for."""

    images: np.ndarray  # uint8 (n, h, w, c)
    index: np.ndarray  # int64 (m,)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        return Reading(self.images).take(self.index[rows])


def predict_proba(
    module: torch.nn.Module,
    images: np.ndarray | Rows,
    preparation: Preparation,
    *,
    batch_size: int | None = None,
    device: torch.device | str | None = None,
    precision: str = "fp32",
    final: str | None = "softmax",
    progress: Progress = Silence(),
) -> np.ndarray:
    """Probabilities of the classes, float32 (n, k), rows add up to 1. Flat memory; the module's mode is kept.

    Args:
        module: float32 (b, c, h, w) -> logits (b, k), or (b, 1) where `final` is "sigmoid".
        images: uint8 (n, h, w, c), maybe a memory map; or some rows of one.
        preparation: the model's own.
        batch_size: pictures at a time; None: up to 128, fewer for large pictures. The result depends on it
            no more than floating point sums do.
        device: where the module lies; None: where its parameters are.
        precision: "fp32", or "bf16" under autocast. Probabilities are made in fp32 either way.
        final: the activation taken off the network: "sigmoid" on a single output gives two columns
            (1 - p, p), everything else is the softmax, which is what training optimises.
        progress: hears of every batch.

    Raises:
        NetworkError: the network gives one output without a sigmoid, or values that are not numbers.
    """
    n = len(images)
    whole, index = (images.images, images.index) if isinstance(images, Rows) else (images, None)
    if batch_size is None:
        batch_size = max(1, min(MOST, PIXELS // (whole.shape[1] * whole.shape[2])))
    if device is None:
        device = next((p.device for p in module.parameters()), torch.device("cpu"))
    out: list[np.ndarray] = []
    blocks = logits(
        module, whole, index, preparation, batch_size=batch_size, device=device, precision=precision
    )
    # Whatever is raised in between, the network's mode comes back.
    with closing(blocks), work(progress, Words("Predicting", "예측"), n, "pictures"):
        for block in blocks:
            out.append(_probabilities(block, final).cpu().numpy())
            progress.advance(len(block))
    if not out:
        return np.empty((0, len(preparation.classes)), np.float32)
    return np.concatenate(out)


def _probabilities(block: torch.Tensor, final: str | None) -> torch.Tensor:
    """Logits (b, k) or (b, 1) -> probabilities float32."""
    if block.ndim != 2:
        raise NetworkError(
            "output-shape",
            Words(
                f"The network gives an array of shape {tuple(block.shape)} for {len(block)} pictures; "
                "a row of numbers for each picture is expected.",
                f"신경망이 그림 {len(block)}장에 {tuple(block.shape)} 모양의 배열을 내놓습니다. "
                "그림마다 숫자 한 줄이어야 합니다.",
            ),
            Words("End the network with Flatten and Dense.", "신경망 끝에 Flatten과 Dense를 두세요."),
        )
    if not np.isfinite(block.cpu().numpy()).all():
        raise not_a_number()
    if block.shape[1] == 1 and final == "sigmoid":
        return torch.sigmoid(torch.cat([-block, block], 1).float())  # 1 - p as sigmoid(-x) loses no digits
    if block.shape[1] == 1:
        raise NetworkError(
            "one-output",
            Words(
                "The network has a single output: with softmax every picture would get probability 1.",
                "신경망의 출력이 하나입니다. softmax로는 모든 그림의 확률이 1이 됩니다.",
            ),
            Words(
                "End it with as many outputs as there are classes, or with Dense(1, activation='sigmoid').",
                "출력 수를 클래스 수에 맞추거나 Dense(1, activation='sigmoid')로 끝내세요.",
            ),
        )
    return torch.softmax(block.float(), 1)


def not_a_number() -> NetworkError:
    """The error for a network that gives NaN or infinities."""
    return NetworkError(
        "not-a-number",
        Words(
            "The network gives values that are not numbers (NaN or infinite): its weights are broken.",
            "신경망이 숫자가 아닌 값(NaN 또는 무한대)을 내놓습니다. 가중치가 망가졌습니다.",
        ),
        Words("Train again with a smaller learning rate.", "학습률을 낮추어 다시 학습하세요."),
    )


def require_width(probabilities: np.ndarray, n_classes: int) -> None:
    """Refuse a network whose outputs are not the classes.

    Raises:
        NetworkError: another number of outputs than classes.
    """
    if probabilities.shape[1] != n_classes:
        raise NetworkError(
            "outputs-not-classes",
            Words(
                f"The network gives {probabilities.shape[1]} values for each picture, the data has {n_classes} classes.",
                f"신경망은 그림마다 값을 {probabilities.shape[1]}개 내놓지만 데이터의 클래스는 {n_classes}개입니다.",
            ),
            Words(
                f"Let the last layer have {n_classes} outputs.", f"마지막 층의 출력을 {n_classes}개로 하세요."
            ),
        )
