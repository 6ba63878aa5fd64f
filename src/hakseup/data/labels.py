"""Labels, and the seal on those of the test part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hakseup.errors import SealError
from hakseup.words import Words

SEALED = -1  # in class indices; a sealed number is NaN (see `is_sealed`)


def is_sealed(values: np.ndarray) -> np.ndarray:
    """Where labels are sealed: -1 among class indices, NaN among numbers; bool, of the same shape."""
    out: np.ndarray = np.isnan(values) if values.dtype.kind == "f" else values == SEALED
    return out


@dataclass(frozen=True)
class Labels:
    """The label of every picture or row, shape (n,): a class index, int64, or a number, float64.

    Those of the test part are sealed: -1 in int64 `values`, NaN in float64 ones, so a number that is a label is
    never NaN. `break_seal()` is called by `evaluation.seal` alone, which counts the openings.
    """

    values: np.ndarray
    _readers: tuple[tuple[np.ndarray, Callable[[], np.ndarray]], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.values)

    def of(self, index: np.ndarray) -> np.ndarray:
        """Labels of these pictures or rows.

        Raises:
            SealError: one of them belongs to the sealed test part.
        """
        out: np.ndarray = self.values[index]
        if np.any(is_sealed(out)):
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
        values[index] = np.nan if values.dtype.kind == "f" else SEALED
        return Labels(values, (*self._readers, (np.asarray(index), lambda: kept)))

    def break_seal(self) -> np.ndarray:
        """All labels, the sealed ones read now."""
        out = self.values.copy()
        for index, reader in self._readers:
            labels = np.asarray(reader(), out.dtype)
            known = ~is_sealed(labels)  # a reader may have been sealed before its labels were known
            out[index[known]] = labels[known]
        return out
