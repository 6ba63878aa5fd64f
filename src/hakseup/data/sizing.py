"""The one size that pictures of many sizes are brought to, chosen from the data and said."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from hakseup.words import Words

LONGEST = 128  # pixels; longer sides are brought down to this unless data.size says otherwise
_CHANGES = Words("--set data.size=HEIGHT,WIDTH changes it.", "--set data.size=높이,너비로 바꿀 수 있습니다.")


def choose_size(sizes: Counter[tuple[int, int]]) -> tuple[tuple[int, int], Words | None]:
    """The size that all pictures are brought to, and how it was chosen (None: all have it already).

    The size that more than half of the pictures have; else the median height and the median width. Where that is
    longer than LONGEST on a side it is brought down to it, keeping proportions.

    Args:
        sizes: (height, width) -> number of pictures.
    """
    total = sum(sizes.values())
    size, n = max(sizes.items(), key=lambda item: (item[1], item[0]))
    if n == total:
        en, ko = f"All pictures are {size_text(size)}", f"모든 그림이 {size_text(size)}입니다"
    elif 2 * n > total:
        en = f"{n:,} of {total:,} pictures are {size_text(size)}, the others are brought to that"
        ko = f"그림 {total:,}장 가운데 {n:,}장이 {size_text(size)}이어서 나머지를 여기에 맞춥니다"
    else:
        size = (_median(sizes, 0), _median(sizes, 1))
        en = f"The pictures have {len(sizes):,} sizes; all are brought to the median width and height, {size_text(size)}"
        ko = f"그림 크기가 {len(sizes):,}가지여서 너비와 높이의 중앙값 {size_text(size)}에 맞춥니다"
    if max(size) > LONGEST:
        scale = LONGEST / max(size)
        size = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        en += f", and brought down to {size_text(size)} (longest side {LONGEST})"
        ko += f". 긴 변을 {LONGEST}픽셀로 줄여 {size_text(size)}로 씁니다"
    elif n == total:
        return size, None
    return size, Words(f"{en}; {_CHANGES.en}", f"{ko}. {_CHANGES.ko}")


def size_notes(sizes: Counter[tuple[int, int]], chosen: tuple[int, int]) -> list[Words]:
    """What is to be said of the chosen size, with the pictures counted that could be read.

    Args:
        sizes: (height, width) -> number of pictures that were read.
        chosen: the size they were brought to, chosen from the headers of all files.
    """
    sizes = +sizes
    if not sizes:
        return []
    size, note = choose_size(sizes)
    if size != chosen:  # files that could not be read had a part in the choice
        text = size_text(chosen)
        note = Words(
            f"All pictures are brought to {text}; {_CHANGES.en}",
            f"모든 그림을 {text}에 맞춥니다. {_CHANGES.ko}",
        )
    return [note] if note else []


def is_size_note(note: Words) -> bool:
    """Whether this is a sentence of `choose_size`."""
    return note.en.endswith(_CHANGES.en)


def size_text(size: Sequence[int]) -> str:
    """A size (height, width) as people know it from pictures: width x height."""
    return f"{size[1]}x{size[0]}"


def size_key(size: tuple[int, int]) -> str:
    """A size (height, width) as JSON keeps it: height x width, as every list of two numbers has them."""
    return f"{size[0]}x{size[1]}"


def from_key(key: str) -> tuple[int, int]:
    """The size (height, width) of `size_key`."""
    height, width = (int(number) for number in key.split("x"))
    return height, width


def _median(sizes: Counter[tuple[int, int]], axis: int) -> int:
    return statistics.median_low(size[axis] for size in sizes.elements())
