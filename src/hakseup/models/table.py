"""The summary of a network as text, in the shape Keras made familiar. Plain characters only: any console shows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.layers import Shape
    from hakseup.models.sequential import Sequential


def columns(text: str) -> int:
    """Columns of a terminal that the text takes; a Hangul syllable takes two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def memory(parameters: int) -> str:
    """Room that so many float32 numbers take, as people write it: "4.58 MB"."""
    size, units = float(parameters * 4), ["B", "KB", "MB", "GB", "TB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.2f} {units[0]}"


def table(network: Sequential, width: int, rows: Iterable[tuple[str, str, Shape, int]] | None = None) -> str:
    """The table, without a newline at its end.

    Args:
        network: its input shape is known.
        width: least columns of a line.
        rows: name, type, output shape and number of parameters of each line; None: of the layers.
    """
    if rows is None:
        rows = [(row.name, row.type, row.output_shape, row.parameters) for row in network.rows]
    head = (
        str(Words("Layer (type)", "층 (종류)")),
        str(Words("Output Shape", "출력 모양")),
        str(Words("Param #", "파라미터 수")),
    )
    body = [
        (f"{name} ({kind})", f"(None, {', '.join(map(str, shape))})", f"{parameters:,}")
        for name, kind, shape, parameters in rows
    ]
    widths = [max(columns(line[i]) for line in [head, *body]) for i in range(3)]
    spare = max(0, width - 2 - 4 - sum(widths))  # a space at either end, two between the columns
    widths[0] += spare // 2
    widths[1] += spare - spare // 2
    full = sum(widths) + 6

    def line(cells: tuple[str, str, str]) -> str:
        left, middle, right = (" " * (w - columns(cell)) for cell, w in zip(cells, widths, strict=True))
        return f" {cells[0]}{left}  {cells[1]}{middle}  {right}{cells[2]}"

    total, trainable = network.parameters, network.trainable_parameters
    said = (
        (Words("Total params", "전체 파라미터"), total),
        (Words("Trainable params", "학습되는 파라미터"), trainable),
        (Words("Non-trainable params", "학습되지 않는 파라미터"), total - trainable),
    )
    return "\n".join(
        [
            str(Words(f'Model: "{network.name}"', f'모델: "{network.name}"')),
            "_" * full,
            line(head),
            "=" * full,
            *map(line, body),
            "=" * full,
            *(f" {words}: {count:,} ({memory(count)})" for words, count in said),
            "_" * full,
        ]
    )
