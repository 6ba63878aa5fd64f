"""A list of layers while somebody types it: shapes and parameters as far as it can be read, and what is wrong behind that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hakseup.data.pictures import PART_CODE, Pictures
from hakseup.errors import HakseupError
from hakseup.layers import Layer, parse, text
from hakseup.models import catalog
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.network import check_output
from hakseup.settings import Recipe
from hakseup.studio.answers import said

Facts = dict[str, Any]


def rows_of(network: Sequential) -> tuple[list[Facts], int]:
    """The rows of its summary, and all parameters."""
    rows = [
        {
            "number": row.number,
            "name": row.name,
            "type": row.type,
            "kind": row.kind,
            **row.about.as_dict(),
            "output_shape": list(row.output_shape),
            "parameters": row.parameters,
            "trainable": row.trainable,
        }
        for row in network.rows
    ]
    return rows, network.parameters


def check(lines: Sequence[str], shape: Sequence[int], classes: int) -> Facts:
    """The list as far as it makes sense, and the first fault.

    Args:
        lines: one layer each. shape: of what goes in. classes: how many there are; 0: a number is learned.
    """
    layers: list[Layer] = []
    network: Sequential | None = None
    fault: Facts | None = None
    for number, line in enumerate(lines, start=1):
        try:
            layers += parse([line])
            network = Sequential(layers).for_input(shape)
        except HakseupError as error:
            fault = {"number": number, **_again(error, lines[:number])}
            break
    if fault is None:
        try:
            network = Sequential(layers).for_input(shape)
            check_output(network, classes)
        except HakseupError as error:
            fault = {"number": len(lines) or None, **said(error)["error"]}
    rows, parameters = rows_of(network) if network is not None else ([], 0)
    return {
        "layers": [text(layer) for layer in layers],
        "rows": rows,
        "parameters": parameters,
        "input_shape": list(shape),
        "classes": classes,
        "fault": fault,
    }


def for_rows(recipe: Recipe, width: int, classes: int) -> Facts:
    """The network that a recipe would take for the rows of a table; where it has no list of layers, one to begin with.

    Args:
        recipe: the recipe. width: numbers in a row. classes: how many there are; 0: a number is learned.
    """
    last = f"Dense({classes}, activation='softmax')" if classes else "Dense(1)"
    own = recipe.network.layers
    begin = ["Dense(64, activation='relu')", "Dense(32, activation='relu')", last]
    return {**check(own or begin, (width,), classes), "own": bool(own)}


def of_recipe(recipe: Recipe, pictures: Pictures) -> Facts:
    """The network that a recipe would take for these pictures, as a list that can be changed.

    Raises:
        CallError: its network is for tables.
    """
    from hakseup.data.kinds import kind_of

    shape, classes, settings = (*pictures.size, pictures.channels), len(pictures.classes), recipe.network
    if settings.layers:
        return check(settings.layers, shape, classes)
    rows = np.flatnonzero(pictures.official != PART_CODE["test"])
    if len(rows) < recipe.training.small_below and settings.small:
        settings = catalog.for_small(settings)
    settings = catalog.for_kind(settings, kind_of(pictures, rows), pictures.size)
    network = catalog.network(settings.name, settings.parameters, shape, classes)
    return check([text(layer) for layer in network.layers], shape, classes)


def _again(error: HakseupError, lines: Sequence[str]) -> Facts:
    """The fault as the whole list says it: with the right number of the line."""
    try:
        parse(lines)
    except HakseupError as whole:
        error = whole
    facts: Facts = said(error)["error"]
    return facts
