"""What a model says of pictures: calibrated probabilities, and whether the picture is like anything it has learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from hakseup.data.preparation import Preparation
from hakseup.evaluation import calibration, unknown
from hakseup.evaluation.alarms import Alarms, share
from hakseup.evaluation.calibration import Calibration
from hakseup.evaluation.predict import Rows, predict_proba
from hakseup.evaluation.unknown import Reference
from hakseup.progress import Progress, Silence
from hakseup.runs.folder import RunFolder
from hakseup.words import Words

CHUNK = 256  # pictures looked at in one go


@dataclass(frozen=True)
class Judged:
    """What was said of n pictures.

    raw: probabilities as the network gives them, (n, k). probabilities: calibrated, (n, k).
    known: bool (n,); None where the run cannot say. empty, noise: bool (n,). p_values: (n,), how often a picture like the
    training pictures is at least as unlike them.
    """

    raw: np.ndarray
    probabilities: np.ndarray
    known: np.ndarray | None
    empty: np.ndarray
    noise: np.ndarray
    p_values: np.ndarray | None

    def reason(self, row: int) -> dict[str, str] | None:
        """Why a picture is not known; None for one that is."""
        if self.known is None or self.known[row]:
            return None
        if self.empty[row]:
            return {"code": "empty", **Words("the picture is empty", "빈 그림입니다").as_dict()}
        if self.noise[row]:
            return {
                "code": "noise",
                **Words(
                    "it is noise: neighbouring pixels differ as in no training picture",
                    "잡음입니다. 이웃한 픽셀이 어느 학습 그림보다도 제각각입니다",
                ).as_dict(),
            }
        p = share(float(self.p_values[row])) if self.p_values is not None else "?"
        return {
            "code": "unlike",
            **Words(
                f"unlike the training pictures: only {p} of pictures like them are this far off",
                f"학습 그림과 다릅니다. 비슷한 그림이 이만큼 벗어날 확률은 {p}입니다",
            ).as_dict(),
        }


@dataclass(frozen=True)
class Judge:
    """Calibration, reference and rule of a run; without them the network's own word is taken."""

    calibration: Calibration | None = None
    reference: Reference | None = None
    alarms: Alarms | None = None

    @staticmethod
    def of(folder: RunFolder, asked: float) -> Judge:
        """That of a run.

        Args:
            folder: the run.
            asked: share of false alarms.

        Raises:
            RunError: a file is damaged.
        """
        found = unknown.read(folder)
        alarms = Alarms(found.known, asked) if found is not None else None
        return Judge(calibration.read(folder), found, alarms)

    def judge(
        self,
        module: torch.nn.Module,
        images: np.ndarray | Rows,
        preparation: Preparation,
        *,
        final: str | None = "softmax",
        progress: Progress = Silence(),
    ) -> Judged:
        """Predict and judge; flat memory.

        Args:
            module, images, preparation, final, progress: see `predict_proba`.

        Raises:
            NetworkError: see `predict_proba`.
        """
        if self.reference is None or self.alarms is None:
            raw = predict_proba(module, images, preparation, final=final, progress=progress)
            nothing = np.zeros(len(raw), bool)
            return Judged(raw, self.calibrated(raw), None, nothing, nothing, None)
        with self.reference.watch(module, preparation) as looking:
            raw = predict_proba(module, images, preparation, final=final, progress=progress)
            scores = looking.take()
        empty, noise = np.zeros(len(raw), bool), np.zeros(len(raw), bool)
        for start in range(0, len(raw), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(raw)))
            block = images[rows]
            empty[rows] = self.reference.empty(block)
            if self.alarms.rate:  # else only what is empty is refused
                noise[rows] = self.reference.noise(block)
        p_values = self.alarms.p_values(scores)
        known = ~empty & ~noise & ~self.alarms.rare(p_values)
        return Judged(raw, self.calibrated(raw), known, empty, noise, p_values)

    def calibrated(self, raw: np.ndarray) -> np.ndarray:
        """Probabilities (n, k) as they are told; without a calibration as the network gives them."""
        return self.calibration.apply(raw) if self.calibration else raw

    def words(self) -> list[Words]:
        """What is said once, beside the predictions."""
        out = [calibration.words(self.calibration)]
        return [*out, self.alarms.words()] if self.alarms else out

    def facts(self) -> dict[str, Any]:
        """What stands in the JSON beside the predictions."""
        return {
            "temperature": self.calibration.temperature if self.calibration else None,
            "false_alarms": self.alarms.as_dict() if self.alarms else None,
        }
