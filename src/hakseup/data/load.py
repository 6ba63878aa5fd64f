"""From what was found to `Pictures`: decoded once, at one size, hashed, with the labels of a test part sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hakseup.data import reading
from hakseup.data.labels import SEALED, Labels
from hakseup.data.pictures import NO_PART, PART_CODE, Pictures
from hakseup.errors import DataError
from hakseup.progress import Progress, Silence
from hakseup.settings import DataSettings
from hakseup.sources.classes import readable
from hakseup.sources.found import PARTS, Found, Piece, Refused
from hakseup.words import Words

_SHOWN = 5  # refused files in one message


def load(found: Found, settings: DataSettings, progress: Progress | None = None) -> Pictures:
    """All pictures at one size, in the order training, validation, test.

    Args:
        found: from `sources.find`.
        settings: target size, colour, fitting, and how much may be refused.
        progress: who is told how far it is.

    Raises:
        DataError: more is refused than `data.max_refused` allows, or nothing is left.
    """
    order = {part: code for code, part in enumerate((None, *PARTS))}
    pieces = sorted(found.pieces, key=lambda piece: order[piece.part])
    read = reading.from_arrays if pieces and pieces[0].pixels is not None else reading.from_files
    entry = read(pieces, settings, progress or Silence())
    refused = (*found.refused, *entry.report.refused)
    _require_enough(refused, sum(piece.n for piece in pieces) + len(found.refused), settings.max_refused)
    spans, start = [], 0
    for piece in pieces:
        low, high = np.searchsorted(entry.kept, [start, start + piece.n])
        spans.append(_Span(piece, slice(int(low), int(high)), entry.kept[low:high] - start))
        start += piece.n
    done = tuple(
        Words(f"{n:,} of the pictures: {what.en}.", f"그림 {n:,}장: {what.ko}.")
        for what, n in entry.report.remarks.items()
    )
    return Pictures(
        source=found.source,
        name=found.name,
        format=found.format,
        images=entry.images,
        labels=_labels(spans, len(entry.images)),
        classes=found.classes,
        keys=entry.keys,
        official=_official(spans, len(entry.images)),
        where=[name for span in spans for name in span.names(found.name)],
        refused=refused,
        title=found.title,
        licence=found.licence,
        notes=(*found.notes, *entry.report.notes, *done),
        known=found.known,
        kind=found.kind,
        groups=_groups(spans, len(entry.images)),
        seen={"sizes": dict(entry.report.sizes), "modes": dict(entry.report.modes)},
    )


@dataclass(frozen=True)
class _Span:
    """Where a piece lies among the pictures, and which of its own it kept."""

    piece: Piece
    at: slice
    rows: np.ndarray

    def names(self, data: str) -> list[str]:
        """What each picture is called."""
        piece = self.piece
        if piece.where is not None:
            return [piece.where[row] for row in self.rows]
        if piece.paths is not None:
            return [readable(str(piece.paths[row])) for row in self.rows]
        return [f"{piece.part or data}[{row}]" for row in self.rows]

    def labels(self) -> np.ndarray:
        """Labels of the kept pictures, int64."""
        values = np.asarray(self.piece.labels(), np.int64)
        if values.shape != (self.piece.n,):
            raise DataError(
                "count-mismatch",
                Words(
                    f"There are {self.piece.n:,} pictures and labels of shape {values.shape}.",
                    f"그림은 {self.piece.n:,}장인데 레이블의 모양은 {values.shape}입니다.",
                ),
            )
        return np.asarray(values[self.rows])


def _labels(spans: list[_Span], n: int) -> Labels:
    values = np.full(n, SEALED, np.int64)
    sealed: list[tuple[np.ndarray, Callable[[], np.ndarray]]] = []
    for span in spans:
        if span.piece.part == "test":
            sealed.append((np.arange(span.at.start, span.at.stop), span.labels))
        else:
            values[span.at] = span.labels()
    return Labels(values, tuple(sealed))


def _official(spans: list[_Span], n: int) -> np.ndarray:
    official = np.full(n, NO_PART, np.int8)
    for span in spans:
        if span.piece.part is not None:
            official[span.at] = PART_CODE[span.piece.part]
    return official


def _groups(spans: list[_Span], n: int) -> np.ndarray | None:
    """A number for each group, in the order of their names; -1 where a picture has none."""
    if all(span.piece.groups is None for span in spans):
        return None
    names: list[str | None] = [None] * n
    for span in spans:
        if span.piece.groups is not None:
            names[span.at] = [span.piece.groups[row] for row in span.rows]
    number = {name: i for i, name in enumerate(sorted({name for name in names if name is not None}))}
    return np.array([-1 if name is None else number[name] for name in names], np.int64)


def _require_enough(refused: tuple[Refused, ...], total: int, allowed: float) -> None:
    if total > len(refused) and len(refused) <= allowed * total:
        return
    lines_en = "".join(f"\n  {r.where}: {r.reason.en}" for r in refused[:_SHOWN])
    lines_ko = "".join(f"\n  {r.where}: {r.reason.ko}" for r in refused[:_SHOWN])
    if len(refused) > _SHOWN:
        lines_en += f"\n  and {len(refused) - _SHOWN:,} more"
        lines_ko += f"\n  외 {len(refused) - _SHOWN:,}개"
    if total <= len(refused):
        raise DataError(
            "nothing-left",
            Words(f"None of the files can be used:{lines_en}", f"쓸 수 있는 파일이 없습니다:{lines_ko}"),
            Words(
                "Relative paths in a list count from the folder that the list lies in.",
                "목록의 상대 경로는 목록이 있는 폴더를 기준으로 합니다.",
            )
            if all(r.code == "no-such-file" for r in refused)
            else None,
        )
    share = len(refused) / total
    raise DataError(
        "too-many-refused",
        Words(
            f"{len(refused):,} of {total:,} files cannot be used ({share:.1%}, allowed {allowed:.1%}):{lines_en}",
            f"파일 {total:,}개 가운데 {len(refused):,}개를 쓸 수 없습니다({share:.1%}, 허용 {allowed:.1%}):{lines_ko}",
        ),
        Words(
            f"Mend or remove them, or allow it: --max-refused {min(1.0, -(-share * 100 // 1) / 100):g}",
            f"고치거나 지우세요. 그대로 쓰려면 --max-refused {min(1.0, -(-share * 100 // 1) / 100):g}",
        ),
    )
