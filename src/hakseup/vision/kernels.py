"""Known kernels by name, and kernels as people type them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hakseup.errors import CallError, nearest
from hakseup.words import Words


@dataclass(frozen=True)
class Known:
    """A kernel that has a name.

    Attributes:
        title: what it is called. does: what comes out, in a sentence. rows: its numbers; divisor: of all of them.
    """

    title: Words
    does: Words
    rows: tuple[tuple[int, ...], ...]
    divisor: int = 1

    @property
    def numbers(self) -> np.ndarray:
        """float64 (h, w)."""
        return np.array(self.rows, float) / self.divisor


KERNELS: dict[str, Known] = {
    "identity": Known(
        Words("identity", "그대로"),
        Words("The picture stays as it is.", "그림이 그대로 나옵니다."),
        ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
    ),
    "sharpen": Known(
        Words("sharpen", "선명하게"),
        Words(
            "What differs from its neighbours differs more.", "이웃과 다른 곳이 더 달라져 또렷해 보입니다."
        ),
        ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    ),
    "box_blur": Known(
        Words("box blur", "평균 흐림"),
        Words("Each pixel becomes the mean of nine.", "픽셀마다 둘레 아홉 칸의 평균이 됩니다."),
        ((1, 1, 1), (1, 1, 1), (1, 1, 1)),
        9,
    ),
    "gaussian": Known(
        Words("Gaussian blur", "가우시안 흐림"),
        Words("A mean in which the near count more.", "가까운 픽셀을 더 크게 치는 평균입니다."),
        ((1, 2, 1), (2, 4, 2), (1, 2, 1)),
        16,
    ),
    "sobel_x": Known(
        Words("Sobel x", "소벨 x"),
        Words(
            "Large where it becomes brighter to the right: upright edges.",
            "오른쪽으로 갈수록 밝아지는 곳, 곧 세로 윤곽에서 커집니다.",
        ),
        ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    ),
    "sobel_y": Known(
        Words("Sobel y", "소벨 y"),
        Words(
            "Large where it becomes brighter downwards: level edges.",
            "아래로 갈수록 밝아지는 곳, 곧 가로 윤곽에서 커집니다.",
        ),
        ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    ),
    "prewitt_x": Known(
        Words("Prewitt x", "프리윗 x"),
        Words(
            "Upright edges, with every row counting the same.", "세 줄을 똑같이 쳐서 세로 윤곽을 찾습니다."
        ),
        ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
    ),
    "prewitt_y": Known(
        Words("Prewitt y", "프리윗 y"),
        Words(
            "Level edges, with every column counting the same.", "세 열을 똑같이 쳐서 가로 윤곽을 찾습니다."
        ),
        ((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
    ),
    "laplacian": Known(
        Words("Laplacian", "라플라시안"),
        Words("Edges of every direction; nothing where it is even.", "방향과 상관없이 윤곽만 남습니다."),
        ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    ),
    "emboss": Known(
        Words("emboss", "엠보싱"),
        Words(
            "As if light fell on a relief from the upper left.",
            "왼쪽 위에서 빛을 비춘 돋을새김처럼 보입니다.",
        ),
        ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    ),
}
LARGEST = 31  # rows or columns of a kernel that is typed
_EXAMPLE = Words(
    'Rows end with a semicolon: "0 0 -1; 0 1 0; 0 0 0". Names: {names}.',
    '줄은 쌍반점으로 나눕니다: "0 0 -1; 0 1 0; 0 0 0". 이름으로도 씁니다: {names}.',
)


def kernel(given: Any) -> np.ndarray:
    """The numbers of a kernel, float64 (h, w).

    Args:
        given: a name ("sobel_x", "Sobel x", "소벨 x"), rows as text ("0 0 -1; 0 1 0; 0 0 0"), or an array.

    Raises:
        CallError: unknown name, or no matrix.
    """
    known = named(given)
    if known is not None:
        return KERNELS[known].numbers
    numbers = _typed(given) if isinstance(given, str) else _array(given)
    if numbers.ndim != 2 or not numbers.size or max(numbers.shape) > LARGEST:
        raise _no_kernel(
            Words(
                f"A kernel has rows and columns, at most {LARGEST} of each; this has the shape {numbers.shape}.",
                f"커널에는 줄과 열이 있고 각각 {LARGEST}개까지인데, 받은 것은 모양이 {numbers.shape}입니다.",
            )
        )
    if not np.isfinite(numbers).all():
        raise _no_kernel(
            Words("A kernel's numbers must be finite.", "커널의 숫자는 유한해야 합니다.")
        )  # inf and nan parse as numbers
    return numbers


def named(given: Any) -> str | None:
    """The kernel's name in `KERNELS`, where it is given by a name in either language; else None."""
    if not isinstance(given, str):
        return None
    wanted = _bare(given)
    for name, known in KERNELS.items():
        if wanted in (_bare(name), _bare(known.title.en), _bare(known.title.ko)):
            return name
    return None


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _typed(text: str) -> np.ndarray:
    rows = [row.replace(",", " ").split() for row in text.replace("\n", ";").strip(" ;[]").split(";")]
    words = [word.strip("[]") for row in rows for word in row]
    bad = next((word for word in words if not _is_number(word)), None)
    if bad is not None:
        raise _no_number(text, bad)
    lengths = [len(row) for row in rows]
    if not lengths[0] or len(set(lengths)) > 1:
        told = ", ".join(map(str, lengths))
        raise _no_kernel(
            Words(
                f'"{text}" is no matrix: its rows have {told} numbers, they must have equally many.',
                f'"{text}"은(는) 행렬이 아닙니다. 줄마다 숫자가 {told}개인데 모두 같아야 합니다.',
            )
        )
    return np.array(words, float).reshape(len(rows), -1)


def _no_number(text: str, bad: str) -> CallError:
    titles = [known.title for known in KERNELS.values()]
    names = [*KERNELS, *(title.en for title in titles), *(title.ko for title in titles)]
    near = nearest(text.casefold(), names)
    if near is not None:
        return _no_kernel(
            Words(
                f'There is no kernel "{text}". Did you mean "{near}"?',
                f'"{text}" 커널은 없습니다. "{near}"을(를) 뜻하셨나요?',
            )
        )
    return _no_kernel(
        Words(
            f'"{text}" is neither a known kernel nor a matrix: "{bad}" is no number.',
            f'"{text}"은(는) 알려진 커널도 행렬도 아닙니다. "{bad}"은(는) 숫자가 아닙니다.',
        )
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _array(given: Any) -> np.ndarray:
    try:
        return np.asarray(given, float)
    except (TypeError, ValueError):
        raise _no_kernel(
            Words(f"{given!r} is no matrix of numbers.", f"{given!r}은(는) 숫자 행렬이 아닙니다.")
        ) from None


def _no_kernel(message: Words) -> CallError:
    names = ", ".join(KERNELS)
    hint = Words(_EXAMPLE.en.format(names=names), _EXAMPLE.ko.format(names=names))
    return CallError("bad-kernel", message, hint)
