"""Labels, and the seal on those of the test part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hakseup.errors import SealError
from hakseup.words import Words

SEALED = -1


def _nothing() -> np.ndarray:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Labels:
    """Class index of every picture, int64 (n,); those of the test part are sealed (-1 in `values`).

    `break_seal()` is called by `evaluation.seal` alone, which counts the openings.
    """

    values: np.ndarray
    _readers: tuple[tuple[np.ndarray, Callable[[], np.ndarray]], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def of(self, index: np.ndarray) -> np.ndarray:
        """Labels of these pictures.

        Raises:
            SealError: one of them belongs to the sealed test part.
        """
        out: np.ndarray = self.values[index]
        if np.any(out == SEALED):
            raise SealError(
                "sealed",
                Words(
                    "The labels of the test part are sealed: only `evaluate` reads them.",
                    "테스트 부분의 정답은 봉인되어 있습니다. `evaluate`만 읽을 수 있습니다.",
                ),
            )
        return out

    def seal(self, index: np.ndarray) -> Labels:
        """The same labels with these sealed."""
        kept = self.values[index].copy()
        values = self.values.copy()
        values[index] = SEALED
        return Labels(values, (*self._readers, (np.asarray(index), lambda: kept)))

    def break_seal(self) -> np.ndarray:
        """All labels, the sealed ones read now."""
        out = self.values.copy()
        for index, reader in self._readers:
            labels = np.asarray(reader(), np.int64)
            known = labels != SEALED  # a reader may have been sealed before its labels were known
            out[index[known]] = labels[known]
        return out
