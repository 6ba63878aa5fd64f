"""`model.summary()`: the table of today's Keras, drawn by rich; under `printing.form(2)` the engine's."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from hakseup.errors import CallError
from hakseup.keras import graph
from hakseup.keras.printing import form, moving, say
from hakseup.keras.stack import Stack
from hakseup.layers import Layer, Shape
from hakseup.layers.checks import shown
from hakseup.models.sequential import Row
from hakseup.models.table import memory, table
from hakseup.words import Words, speak

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
    expand_nested: bool,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print the layers, their output shapes and numbers.

    Args:
        line_length: columns. positions: shares of the columns. print_fn: takes the text instead of the screen.
        show_trainable: a column that says what learns. expand_nested: also the layers of models that stand in it.
        layer_range: names of the first and the last layer that are shown, or how they begin.

    Raises:
        CallError: no layer has such a name.
    """
    if form() == 2 and model.built:
        body = _between(_lines(model, model.plan.rows, expand_nested), layer_range)
        with speak("en"):
            lines = table(
                model.plan,
                line_length or OLDER_WIDTH,
                [(line.name, line.type, line.shape or (), line.parameters) for line in body],
            )
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
        _draw(model, console, line_length, positions, show_trainable, expand_nested, layer_range)
    if print_fn is None:
        say(captured.get(), end="")
    else:
        print_fn(captured.get())


@dataclass(frozen=True)
class _Line:
    """A layer, or a model that stands in another one, in the table.

    Attributes:
        shape: what comes out, without the batch; None: not known yet. learns: None where there is nothing to learn.
        takes: names of what goes into it. deep: in how many models it stands. rows: so many, where Keras says it.
    """

    name: str
    type: str
    shape: Shape | None
    parameters: int
    learns: bool | None = None
    takes: tuple[str, ...] = ()
    deep: int = 0
    rows: int | None = None


def _lines(model: Stack, rows: Sequence[Row], expand: bool, deep: int = 0) -> Iterator[_Line]:
    """The lines of the table.

    Args:
        rows: of all layers of the model, from the outermost model's plan; none where nothing is known of them yet.
        expand: also what stands in models within.
    """
    entrance = getattr(model, "entrance", None)
    if entrance is not None:
        yield _Line(entrance, "InputLayer", model.plan.taken(0), 0, deep=deep)
    names, place = [entrance or "input"], 0
    for part, sources in model.parts():
        names.append(str(part.name))
        count = len(part.joined()) if isinstance(part, Stack) else 1
        own = rows[place : place + count]
        place += count
        shape = own[-1].output_shape if own else getattr(part, "known_shape", None)
        parameters = sum(row.parameters for row in own)
        if not own and shape is not None and isinstance(part, Layer):  # adapted, in a model that is not built
            parameters = sum(part.parameter_count(shape))
        yield _Line(
            names[-1],
            part.type,
            shape,
            parameters,
            bool(getattr(part, "trainable", True)) if parameters else None,
            () if deep else tuple(names[before] for before in sources),  # as Keras has it
            deep,
            None if own else getattr(part, "known_rows", None),
        )
        if expand and isinstance(part, Stack):
            yield from _lines(part, own, expand, deep + 1)


def _between(lines: Iterable[_Line], layer_range: Sequence[str] | None) -> list[_Line]:
    """The lines from one layer to another, with what stands in them."""
    found = list(lines)
    if not layer_range:
        return found
    names = [None if line.deep else line.name for line in found]
    ends = [[i for i, name in enumerate(names) if name and re.match(wanted, name)] for wanted in layer_range]
    if len(ends) != 2 or not all(ends):
        raise CallError(
            "bad-argument",
            Words(
                f"layer_range={shown(layer_range)}: expected the names of two layers.",
                f"layer_range={shown(layer_range)}: 층 이름 두 개여야 합니다.",
            ),
            Words(
                f"There are: {', '.join(filter(None, names))}.", f"있는 층: {', '.join(filter(None, names))}"
            ),
        )
    first, last = sorted((min(ends[0]), max(ends[1])))
    while last + 1 < len(found) and found[last + 1].deep:
        last += 1
    return found[first : last + 1]


def _draw(
    model: Sequential,
    console: Console,
    line_length: int | None,
    positions: Sequence[float] | None,
    show_trainable: bool,
    expand_nested: bool,
    layer_range: Sequence[str] | None,
) -> None:
    branched = model.built and not graph.is_chain([sources for _, sources in model.parts()])
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
    lines = list(_lines(model, model.plan.rows if model.built else (), expand_nested))
    for line in _between(lines, layer_range):
        indent = f"{'   ' * line.deep}└ " if line.deep else ""
        shape, numbers = "?", "[color(34)]0[/] (unbuilt)"
        if line.shape is not None:
            listed = ", ".join(f"[color(34)]{n}[/]" for n in line.shape)
            rows = "[color(45)]None[/]" if line.rows is None else f"[color(34)]{line.rows}[/]"
            shape = f"({rows}, {listed})"
            numbers = f"[color(34)]{line.parameters:,}[/]"
        cells = [f"{indent}{escape(line.name)} ([color(33)]{escape(line.type)}[/])", shape, numbers]
        if branched:
            taken = ", ".join(f"{escape(name)}[[color(34)]0[/]][[color(34)]0[/]]" for name in line.takes)
            cells.append(taken or "-")
        if show_trainable:
            cells.append("-" if line.learns is None else "Y" if line.learns else "N")
        table.add_row(*cells)
    console.print(f'[bold]Model: "{escape(model.name)}"[/]')
    console.print(table)
    learned = [math.prod(array.shape) for array in model.trainable_weights]
    fixed = [math.prod(array.shape) for array in model.non_trainable_weights]
    if not model.built:
        fixed = [line.parameters for line in lines]
    counts = {"Trainable": sum(learned), "Non-trainable": sum(fixed)}
    # TensorFlow's whole numbers take twice the room: how many steps were done, how many rows were seen
    seen = [getattr(array, "name", "") == "count" for array in model.non_trainable_weights]
    if not model.built:
        seen = [line.type == "Normalization" and line.parameters > 0 for line in lines]
    twice = {"Non-trainable": sum(seen)}
    if model.trained:
        state = [array for _, array in model.optimizer_state() or []]
        counts["Optimizer"] = sum(math.prod(array.shape) for array in state)
        twice["Optimizer"] = sum(array.dtype.kind == "i" for array in state)
    for name, count in {"Total": sum(counts.values()), **counts}.items():
        more = sum(twice.values()) if name == "Total" else twice.get(name, 0)
        console.print(f"[bold] {name} params: [/][color(34)]{count:,}[/] ({memory(count + more)})")
