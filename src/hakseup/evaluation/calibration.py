"""Calibration: one temperature, fitted on the validation pictures, that brings the probabilities to the share that is right.

A temperature changes how sure the model is, never what it says: the largest probability stays the largest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hakseup.errors import damaged
from hakseup.runs.folder import CALIBRATION, RunFolder
from hakseup.words import Words

LIMIT = 20.0  # the temperature lies between 1 / 20 and 20
FEW = 50  # validation pictures: with fewer the temperature is rough
USUAL = 0.25  # standard deviation of the logarithm of temperatures, as expected before any picture was seen
SMALLEST = 1e-38  # a probability of 0 in float32 is one below this


@dataclass(frozen=True)
class Calibration:
    """What calibration.json says of the temperature.

    temperature: above 1 the model was too sure, below 1 too modest.
    n, wrong: validation pictures that it was fitted on, and how many of them the model has wrong.
    loss_before, loss_after: mean cross-entropy on these same pictures.
    choosing_fit: the weights were fitted once more afterwards, on these pictures too; the temperature is that of
        the fit before, which had not seen them.
    """

    temperature: float
    n: int
    wrong: int
    loss_before: float
    loss_after: float
    choosing_fit: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as in calibration.json."""
        return asdict(self)

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Calibrated probabilities; see `tempered`."""
        return tempered(probabilities, self.temperature)


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """softmax(logits / temperature), made from softmax(logits): the same numbers, since softmax forgets a constant.

    In float64, where no two different float32 become equal: the order in each row stays what it was.

    Args:
        probabilities: (n, k), rows add up to 1.
        temperature: above 0.

    Returns:
        float64 (n, k).
    """
    log = np.log(np.maximum(np.asarray(probabilities, np.float64), SMALLEST)) / temperature
    out: np.ndarray = np.exp(log - log.max(1, keepdims=True))
    out /= out.sum(1, keepdims=True)
    return out


def fit(probabilities: np.ndarray, truth: np.ndarray, *, choosing_fit: bool = False) -> Calibration:
    """The temperature with the smallest cross-entropy on pictures that the model was not fitted on.

    As with Platt's scaling the targets are not 1 and 0: one more picture counts as gone wrong, among `FEW` others that went
    right, so that no picture wrong does not make it certain. And the temperature is expected to lie about 1 before any
    picture was seen (its logarithm is normal, `USUAL`). Six pictures that are all right move it little, one of them that is
    wrong by far moves it much, and hundreds move it as far as they say.

    Sources: Guo, Pleiss, Sun and Weinberger (2017), ICML, 1321-1330; Platt (1999), Advances in Large Margin
    Classifiers, 61-74.

    Args:
        probabilities: (n, k), not calibrated.
        truth: classes, int (n,).
        choosing_fit: see `Calibration`.
    """
    from scipy.optimize import minimize_scalar

    n, k = probabilities.shape
    log = np.log(np.maximum(np.asarray(probabilities, np.float64), SMALLEST))
    rest = 1 / (n + FEW)
    target = np.full((n, k), rest / (k - 1))
    target[np.arange(n), truth] = 1 - rest

    def loss(log_temperature: float, wanted: np.ndarray = target) -> float:
        scaled = log / np.exp(log_temperature)
        scaled = scaled - scaled.max(1, keepdims=True)
        scaled -= np.log(np.exp(scaled).sum(1, keepdims=True))
        return -float(np.sum(wanted * scaled)) / int(n)

    def unlikely(log_temperature: float) -> float:
        return int(n) * loss(log_temperature) + log_temperature**2 / (2 * USUAL**2)

    ends = (-np.log(LIMIT), np.log(LIMIT))
    found = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-6})
    temperature = round(float(np.exp(found.x)), 4)
    hard = np.eye(k)[truth]
    return Calibration(
        temperature=temperature,
        n=n,
        wrong=int((probabilities.argmax(1) != truth).sum()),
        loss_before=loss(0.0, hard),
        loss_after=loss(float(np.log(temperature)), hard),
        choosing_fit=choosing_fit,
    )


def read(folder: RunFolder) -> Calibration | None:
    """The calibration of a run; None for one that was made before there was any.

    Raises:
        RunError: calibration.json is damaged.
    """
    if not folder.has(CALIBRATION):
        return None
    return from_dict(folder, folder.json(CALIBRATION))


def from_dict(folder: RunFolder, values: Mapping[str, Any]) -> Calibration:
    """What `as_dict` made; the folder is that of its run.

    Raises:
        RunError: these are no such values.
    """
    try:
        found = Calibration(
            float(values["temperature"]),
            int(values["n"]),
            int(values["wrong"]),
            float(values["loss_before"]),
            float(values["loss_after"]),
            bool(values["choosing_fit"]),
        )
        if not 0 < found.temperature < float("inf"):
            raise ValueError(f"temperature {found.temperature}")
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder.file(CALIBRATION), error) from None
    return found


def words(found: Calibration | None) -> Words:
    """What was done to the probabilities, in a sentence or two."""
    if found is None:
        return Words(
            "This run was made before there was calibration: probabilities are as the network gives them, and every "
            "picture gets a class. Training again brings both.",
            "보정이 생기기 전에 만든 실행입니다. 확률은 신경망이 낸 그대로이고, 어떤 그림에도 클래스를 답합니다. 다시 학습하면 둘 다 갖춰집니다.",
        )
    t, n = f"{found.temperature:.2f}", f"{found.n:,}"
    if found.wrong == 0 and found.temperature >= 1:
        was = Words("a precaution, for all were right", "모두 맞혔지만 혹시 몰라 조심스럽게")
    elif found.temperature >= 1:
        was = Words("it was too sure", "지나치게 확신하던 것을")
    else:
        was = Words("it was too modest", "너무 조심스럽던 것을")
    en = f"Probabilities are calibrated on {n} validation pictures (temperature {t}: {was.en})."
    ko = f"확률은 검증 그림 {n}장으로 보정했습니다(온도 {t}. {was.ko} 바로잡음)."
    if found.n < FEW:
        en += " With so few it is kept near 1."
        ko += " 그림이 적어 온도를 1 가까이에 두었습니다."
    if found.choosing_fit:
        en += " It was fitted on the weights before the last fit, which had not seen these pictures."
        ko += " 마지막 학습 전, 이 그림들을 보지 않은 가중치에서 구한 온도입니다."
    return Words(en, ko)
