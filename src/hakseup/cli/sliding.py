"""`look PICTURE --kernel`: a kernel over one picture, drawn, and the numbers where its answer is strongest."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hakseup.cli.command import Call
from hakseup.cli.options import refuse, whole
from hakseup.cli.pages import page_file
from hakseup.cli.screen import Screen, shown, write
from hakseup.errors import DataError
from hakseup.words import Words

if TYPE_CHECKING:
    import numpy as np

CORNER = 8  # rows and columns of the result that are printed
WHOLE = 100_000  # numbers of a result that the JSON object holds whole


def slide(
    call: Call, picture: str, kernel: str, sliding: Mapping[str, Any], others: Mapping[str, Any]
) -> dict[str, Any]:
    """Draw picture, kernel and result; print the step where the result is strongest, and the numbers around it.

    Args:
        sliding: --stride, --padding, --transposed, --png as typed.
        others: what has no effect here, by name; None where it was not given.
    """
    refuse(others, Words("together with --kernel", "--kernel과 함께 쓰면"))
    stride = whole("--stride", sliding["--stride"] or "1", 1)
    padding = _padding(sliding["--padding"])
    asked = page_file("--png", sliding["--png"], (".png",))
    if Path(picture).is_dir():
        raise DataError(
            "not-a-file",
            Words(
                f"{picture} is a folder; a kernel slides over one picture.",
                f"{picture}은(는) 폴더입니다. 커널은 그림 한 장에 적용합니다.",
            ),
            Words("Name one of the pictures in it.", "그 안의 그림 파일 하나를 지정하세요."),
        )
    from hakseup import files, vision
    from hakseup.vision.drawing import strongest
    from hakseup.vision.kernels import named
    from hakseup.vision.sliding import step_at

    numbers = vision.kernel(kernel)  # first: a wrong kernel is told before the picture is read
    image = vision.read(picture)
    how: dict[str, Any] = {"stride": stride, "padding": padding, "transposed": bool(sliding["--transposed"])}
    result = vision.convolve(image, kernel, **how)
    grey_image = vision.read(picture, grey=True)
    grey = vision.convolve(grey_image, kernel, **how)
    step = step_at(*vision.padded(grey_image, kernel, **how), *strongest(grey), stride)
    drawn = vision.draw_kernel(image, kernel, step=step, **how)
    out = io.BytesIO()
    drawn.savefig(out, format="png")
    path = asked or _free(f"{Path(picture).stem}-{named(kernel) or 'kernel'}")
    files.write_bytes(path, out.getvalue())
    laid = numbers.T if how["transposed"] else numbers
    _say(call.screen, image, laid, grey, step)
    if not how["transposed"] and numbers.shape[0] == numbers.shape[1] and (numbers != numbers.T).any():
        call.screen.tell(
            Words(
                "A loop over image[x][y] with filter[row][column], as in some books, lays this kernel on its side: --transposed.",
                "책에 나오는 image[x][y] 반복문은 이 커널의 줄과 열을 바꿔 놓습니다. 똑같이 하려면 --transposed를 붙이세요.",
            )
        )
    call.screen.say(Words(f"Picture: {shown(path)}", f"그림: {shown(path)}"))
    return {
        "picture": picture,
        "kernel": numbers.tolist(),
        **how,
        "shape": list(result.shape),
        "lowest": float(result.min()),
        "highest": float(result.max()),
        "strongest": {
            "row": step.row,
            "column": step.column,
            "window": step.window.tolist(),
            "products": step.products.tolist(),
            "total": step.total,
        },
        "result": result.tolist() if result.size <= WHOLE else None,
        "png": str(path),
    }


def _padding(text: str | None) -> str | int:
    if text is None:
        return "valid"
    return int(text) if text.isdecimal() else text


def _free(name: str) -> Path:
    """A name in the current folder that nothing bears yet."""
    number, path = 1, Path(f"{name}.png")
    while path.exists():
        number += 1
        path = Path(f"{name}-{number}.png")
    return path


def _say(screen: Screen, image: np.ndarray, kernel: np.ndarray, result: np.ndarray, step: Any) -> None:
    height, width = image.shape[:2]
    screen.say(
        Words(
            f"Picture {height} rows of {width}, kernel {kernel.shape[0]} rows of {kernel.shape[1]}, "
            f"result {result.shape[0]} rows of {result.shape[1]}, {result.min():.5g} to {result.max():.5g}.",
            f"그림은 {width}칸씩 {height}줄, 커널은 {kernel.shape[1]}칸씩 {kernel.shape[0]}줄, "
            f"결과는 {result.shape[1]}칸씩 {result.shape[0]}줄({result.min():.5g}부터 {result.max():.5g}까지)입니다.",
        ),
        "bold",
    )
    if image.ndim == 3:
        screen.say(
            Words(
                "The picture has colours: the drawing has each by itself, the numbers below are of its grey values.",
                "컬러 그림입니다. 그림 파일은 색마다 따로 계산하고, 아래 숫자는 회색 값으로 계산한 것입니다.",
            )
        )
    screen.say(
        Words(
            f"Strongest at row {step.row}, column {step.column} (from 0): window × kernel, all {kernel.size} products added.",
            f"가장 센 곳은 {step.row}행 {step.column}열(0부터)입니다. 창과 커널을 칸끼리 곱해 {kernel.size}개를 모두 더합니다.",
        )
    )
    if max(kernel.shape) <= CORNER and not screen.as_json:
        window, weights, products = (_lines(part) for part in (step.window, kernel, step.products))
        middle = len(window) // 2
        lines = []
        for row, parts in enumerate(zip(window, weights, products, strict=True)):
            times, equals, total = ("×", "=", f"   Σ = {step.total:.5g}") if row == middle else (" ", " ", "")
            lines.append(f"  {parts[0]}  {times}  {parts[1]}  {equals}  {parts[2]}{total}")
        write("\n".join(lines))
    rows, columns = (_cut(at, side) for at, side in zip((step.row, step.column), result.shape, strict=True))
    screen.say(
        Words(
            f"The result there, rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}:",
            f"그 둘레의 결과({rows.start}~{rows.stop - 1}행, {columns.start}~{columns.stop - 1}열):",
        )
    )
    if not screen.as_json:
        write("\n".join(f"  {line}" for line in _lines(result[rows, columns])))


def _cut(at: int, side: int) -> slice:
    """At most CORNER places around one."""
    start = max(0, min(at - CORNER // 2, side - CORNER))
    return slice(start, min(side, start + CORNER))


def _lines(numbers: np.ndarray) -> Sequence[str]:
    """A matrix as lines in which the columns stand below each other."""
    texts = [[f"{value:.4g}" for value in row] for row in numbers.tolist()]
    wide = max(len(text) for row in texts for text in row)
    return [" ".join(text.rjust(wide) for text in row) for row in texts]
