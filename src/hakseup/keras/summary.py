"""`model.summary()`: the table of today's Keras, drawn by rich; under `printing.form(2)` the engine's."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from hakseup.keras.graph import Graph
from hakseup.keras.printing import form, moving, say
from hakseup.layers import Input
from hakseup.models.table import memory
from hakseup.words import speak

if TYPE_CHECKING:
    from hakseup.keras.sequential import Sequential

WIDTH, OLDER_WIDTH = 88, 65
POSITIONS = (0.45, 0.80, 1.0)
BRANCHED_WIDTH, BRANCHED_POSITIONS = 108, (0.3, 0.56, 0.74, 1.0)  # with what each layer takes
SIDES: tuple[Literal["left", "right", "center"], ...] = ("left", "left", "right")


def print_summary(
    model: Sequential,
    line_length: int | None,
    positions: Sequence[float] | None,
    print_fn: Callable[[str], object] | None,
    show_trainable: bool,
) -> None:
    """Print the layers, their output shapes and numbers.

    Args:
        line_length: columns. positions: shares of the columns. print_fn: takes the text instead of the screen.
        show_trainable: a column that says what learns.
    """
    if form() == 2 and model.built:
        with speak("en"):
            lines = model.plan.summary(line_length or OLDER_WIDTH)
        if print_fn is None:
            say(lines)
        else:
            for line in lines.splitlines():
                print_fn(line)
        return
    colours = print_fn is None and moving()
    console = (
        Console(highlight=False)
        if colours
        else Console(highlight=False, color_system=None, force_terminal=False)
    )
    with console.capture() as captured:
        _draw(model, console, line_length, positions, show_trainable)
    if print_fn is None:
        say(captured.get(), end="")
    else:
        print_fn(captured.get())


def _draw(
    model: Sequential,
    console: Console,
    line_length: int | None,
    positions: Sequence[float] | None,
    show_trainable: bool,
) -> None:
    branched = model.built and isinstance(model.plan, Graph)
    wide = (BRANCHED_WIDTH if branched else WIDTH) + 12 * show_trainable
    length = line_length or min(wide, shutil.get_terminal_size().columns - 4)
    usual = BRANCHED_POSITIONS if branched else POSITIONS
    places = list(positions or usual)
    if show_trainable and positions is None:
        places = [*(0.9 * place for place in usual), 1.0]
    edges = [0, *(int(place * length) for place in places)]
    widths = [max(4, end - begin) for begin, end in pairwise(edges)]
    heads, sides = ["Layer (type)", "Output Shape", "Param #"], list(SIDES)
    if branched:
        heads, sides = [*heads, "Connected to"], [*sides, "left"]
    if show_trainable:
        heads, sides = [*heads, "Trainable"], [*sides, "center"]
    columns = [
        Column(head, justify=side, width=width)
        for head, side, width in zip(heads, sides, widths, strict=False)
    ]
    table = Table(*columns, width=length, show_lines=True)
    layers = model.layers
    inner = layers[1:] if layers and isinstance(layers[0], Input) else layers
    rows = list(model.plan.rows) if model.built else [None] * len(inner)
    if len(inner) < len(layers):
        sizes = ", ".join(f"[color(34)]{n}[/]" for n in (model.input_shape or ())[1:])
        cells = [
            f"{escape(str(layers[0].name))} ([color(33)]InputLayer[/])",
            f"([color(45)]None[/], {sizes})",
            "[color(34)]0[/]",
        ]
        table.add_row(*cells, *["-"] * (len(heads) - 3))
    names = [*(["input"] if len(inner) == len(layers) else []), *(str(layer.name) for layer in layers)]
    for layer, row, (_, sources) in zip(inner, rows, model.joined(), strict=True):
        shape, numbers = "?", "[color(34)]0[/] (unbuilt)"
        if row is not None:
            listed = ", ".join(f"[color(34)]{n}[/]" for n in row.output_shape)
            shape = f"([color(45)]None[/], {listed})"
            numbers = f"[color(34)]{row.parameters:,}[/]"
        cells = [f"{escape(str(layer.name))} ([color(33)]{escape(layer.type)}[/])", shape, numbers]
        if branched:
            taken = (f"{escape(names[place])}[[color(34)]0[/]][[color(34)]0[/]]" for place in sources)
            cells.append(", ".join(taken))
        if show_trainable:
            learns = row is not None and layer.trainable  # type: ignore[attr-defined]
            cells.append("-" if row is None or not row.parameters else "Y" if learns else "N")
        table.add_row(*cells)
    console.print(f'[bold]Model: "{escape(model.name)}"[/]')
    console.print(table)
    learned = [math.prod(array.shape) for array in model.trainable_weights]
    fixed = [math.prod(array.shape) for array in model.non_trainable_weights]
    counts = {"Trainable": sum(learned), "Non-trainable": sum(fixed)}
    if model.trained:
        counts["Optimizer"] = sum(math.prod(array.shape) for _, array in model.optimizer_state() or [])
    for name, count in {"Total": sum(counts.values()), **counts}.items():
        console.print(f"[bold] {name} params: [/][color(34)]{count:,}[/] ({memory(count)})")
