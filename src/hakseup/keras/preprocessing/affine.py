"""Pictures turned, moved, slanted and scaled in one sampling, a whole batch at once, with Keras' conventions.

The convention is that of keras_preprocessing, which the books used: the first coordinate is the row, so that a shift
of `tx` moves along the height; matrices are multiplied in the order rotation, shift, shear, zoom, about the picture's
middle, and say for each pixel of the result where it comes from. Borders are those of `scipy.ndimage`. (Keras since
2.9 exchanges the two coordinates, by which height and width shifts changed places, issue keras#17398.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

FILL_MODES = ("nearest", "constant", "reflect", "wrap")


def matrix(
    height: int,
    width: int,
    theta: float = 0.0,
    tx: float = 0.0,
    ty: float = 0.0,
    shear: float = 0.0,
    zx: float = 1.0,
    zy: float = 1.0,
) -> np.ndarray:
    """From (row, column, 1) of the result to (row, column) of the source.

    Args:
        height: of the picture, pixels. width: likewise.
        theta: rotation, degrees.
        tx: shift along the rows, pixels. ty: along the columns.
        shear: slant, degrees.
        zx: factor along the rows; above 1 the picture becomes smaller. zy: along the columns.

    Returns:
        (2, 3), float64.
    """
    cos, sin = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
    slant = np.deg2rad(shear)
    rotated = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shifted = np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    sheared = np.array([[1, -np.sin(slant), 0], [0, np.cos(slant), 0], [0, 0, 1]])
    zoomed = np.diag([zx, zy, 1.0])
    middle = np.array([[1, 0, (height - 1) / 2], [0, 1, (width - 1) / 2], [0, 0, 1]])
    back = np.array([[1, 0, -(height - 1) / 2], [0, 1, -(width - 1) / 2], [0, 0, 1]])
    out: np.ndarray = (middle @ rotated @ shifted @ sheared @ zoomed @ back)[:2]
    return out


def is_identity(parameters: Mapping[str, Any]) -> bool:
    """Whether nothing is moved."""
    still = all(not parameters.get(name) for name in ("theta", "tx", "ty", "shear"))
    return still and parameters.get("zx", 1) == 1 and parameters.get("zy", 1) == 1


def sample(
    x: np.ndarray,
    matrices: Sequence[np.ndarray],
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Every picture moved by its own matrix.

    Args:
        x: float32 (b, h, w, c).
        matrices: b of `matrix`.
        fill_mode: what comes in from outside: "nearest", "constant", "reflect" or "wrap", as in scipy.ndimage.
        cval: the number for "constant".
        order: 1 between the four neighbours, 0 the nearest one.

    Returns:
        float32 (b, h, w, c).
    """
    import torch
    from torch.nn import functional

    b, h, w, _ = x.shape
    m = np.asarray(matrices)[:, :, :, None, None]
    r, c = np.arange(h)[:, None], np.arange(w)[None, :]
    rows, outside_rows = _border(m[:, 0, 0] * r + m[:, 0, 2] + m[:, 0, 1] * c, h, fill_mode)  # (b, h, w)
    columns, outside_columns = _border(m[:, 1, 0] * r + m[:, 1, 2] + m[:, 1, 1] * c, w, fill_mode)
    grid = np.empty(
        (b, h, w, 2), np.float32
    )  # -1 to 1 from the middle of the first pixel to that of the last
    np.multiply(columns, 2 / max(w - 1, 1), out=grid[..., 0], casting="same_kind")
    np.multiply(rows, 2 / max(h - 1, 1), out=grid[..., 1], casting="same_kind")
    grid -= 1
    given = torch.from_numpy(np.ascontiguousarray(x, np.float32)).permute(0, 3, 1, 2)
    out = functional.grid_sample(
        given,
        torch.from_numpy(grid),
        mode="bilinear" if order else "nearest",
        padding_mode="border",
        align_corners=True,
    )
    moved = out.permute(0, 2, 3, 1).numpy()
    if outside_rows is not None and outside_columns is not None:
        moved = np.where((outside_rows | outside_columns)[..., None], np.float32(cval), moved)
    return np.ascontiguousarray(moved)


def _border(at: np.ndarray, size: int, fill_mode: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Coordinates brought into the picture as scipy.ndimage does; for "constant" also which were outside.

    What still lies outside is taken from the nearest pixel by the sampling itself.
    """
    if fill_mode == "reflect":
        return size - 0.5 - np.abs((at + 0.5) % (2 * size) - size), None
    if fill_mode == "wrap" and size > 1:
        return np.where((at < 0) | (at > size - 1), at % (size - 1), at), None
    return at, (at < 0) | (at > size - 1) if fill_mode == "constant" else None
