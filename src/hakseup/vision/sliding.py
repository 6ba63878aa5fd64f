"""A kernel that slides over a picture: step by step to watch, and at once by PyTorch.

The kernel lies on the picture as it is written, its first row on the upper row of the window, as in Conv2D and in
OpenCV's filter2D (a correlation). Loops in books that index `image[x][y]` with x across and lay the kernel by
`filter[row][column]` turn it: with `transposed=True` it is laid as there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.layers.pictures import border
from hakseup.vision.kernels import kernel as kernel_of
from hakseup.vision.pictures import read
from hakseup.words import Words

Padding = str | int


@dataclass(frozen=True)
class Step:
    """One place of the kernel.

    Attributes:
        row, column: of the result.
        top, left: of the window in the padded picture.
        window: what lies under the kernel, (h, w). products: window times kernel. total: their sum.
    """

    row: int
    column: int
    top: int
    left: int
    window: np.ndarray
    products: np.ndarray
    total: float


def convolve(
    picture: Any, kernel: Any, *, stride: int = 1, padding: Padding = "valid", transposed: bool = False
) -> np.ndarray:
    """The kernel over the whole picture.

    Args:
        picture: as `read` takes it; of colours each is done by itself.
        kernel: a name, rows as text, or an array.
        stride: how far it moves each time.
        padding: "valid" (it stays inside), "same" (zeros around, as Conv2D lays them), or how many zeros on each side.
        transposed: lay rows as columns, as some books' loops do.

    Returns:
        float64 (h, w) or (h, w, 3), with h = (height + zeros - kernel height) // stride + 1.

    Raises:
        CallError: no kernel, no such padding or stride, or the kernel is larger than the picture.
        DataError: no picture.
    """
    import torch

    image, numbers = padded(picture, kernel, stride=stride, padding=padding, transposed=transposed)
    channels = torch.from_numpy(image.astype(float)).reshape(*image.shape[:2], -1).permute(2, 0, 1)
    out = torch.nn.functional.conv2d(channels[:, None], torch.from_numpy(numbers)[None, None], stride=stride)
    return out[:, 0].permute(1, 2, 0).reshape(*out.shape[2:], *image.shape[2:]).numpy()


def steps(
    picture: Any, kernel: Any, *, stride: int = 1, padding: Padding = "valid", transposed: bool = False
) -> Iterator[Step]:
    """The places of the kernel, row by row; arguments and errors as in `convolve`, grey pictures only."""
    image, numbers = padded(
        read(picture, grey=True), kernel, stride=stride, padding=padding, transposed=transposed
    )
    for row in range((image.shape[0] - numbers.shape[0]) // stride + 1):
        for column in range((image.shape[1] - numbers.shape[1]) // stride + 1):
            yield step_at(image, numbers, row, column, stride)


def step_at(image: np.ndarray, numbers: np.ndarray, row: int, column: int, stride: int = 1) -> Step:
    """The one place whose answer is this of the result; picture (h, w) and kernel as `padded` gives them."""
    top, left = row * stride, column * stride
    window = image[top : top + numbers.shape[0], left : left + numbers.shape[1]]
    products = window * numbers + 0.0  # no negative zero
    return Step(row, column, top, left, window, products, float(products.sum()))


def padded(
    picture: Any, kernel: Any, *, stride: int = 1, padding: Padding = "valid", transposed: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The picture with its zeros around, and the kernel as it is laid; arguments and errors as in `convolve`."""
    image, numbers = read(picture), kernel_of(kernel)
    if transposed:
        numbers = np.ascontiguousarray(numbers.T)
    if isinstance(stride, bool) or not isinstance(stride, int) or stride < 1:
        raise CallError(
            "bad-stride",
            Words(
                f"stride {stride}: expected a whole number, at least 1.",
                f"stride {stride}: 1 이상의 정수여야 합니다.",
            ),
        )
    sizes = list(zip(image.shape, numbers.shape, strict=False))
    around = [_zeros(size, window, stride, padding) for size, window in sizes]
    if any(size + sum(zeros) < window for (size, window), zeros in zip(sizes, around, strict=True)):
        raise CallError(
            "kernel-too-large",
            Words(
                f"The kernel has {numbers.shape[0]} rows of {numbers.shape[1]}, the picture only {image.shape[0]} of {image.shape[1]}.",
                f"커널은 {numbers.shape[1]}칸씩 {numbers.shape[0]}줄인데 그림은 {image.shape[1]}칸씩 {image.shape[0]}줄뿐입니다.",
            ),
            Words(
                'A smaller kernel fits, or padding "same" lays zeros around the picture.',
                '더 작은 커널을 쓰거나, 패딩을 "same"으로 해서 둘레에 0을 두르세요.',
            ),
        )
    return np.pad(image, [*around, (0, 0)][: image.ndim]), numbers


def _zeros(size: int, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Before and after, along one axis."""
    if isinstance(padding, int) and not isinstance(padding, bool) and padding >= 0:
        return padding, padding
    if padding not in ("valid", "same"):
        raise CallError(
            "bad-padding",
            Words(
                f"padding {padding}: expected valid, same, or how many zeros lie on each side.",
                f"padding {padding}: valid, same, 또는 둘레에 두를 0의 줄 수여야 합니다.",
            ),
        )
    return border(size, window, stride, str(padding))
