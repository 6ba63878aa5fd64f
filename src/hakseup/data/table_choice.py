"""The columns that a preparation is fitted on: all, or of very many the most promising.

A first layer of 10,000 numbers takes minutes to learn from and, from 60 rows, learns mostly chance. Which columns are
taken is decided on training rows alone, anew in each fold, and is part of the model.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from hakseup.data.table import Table
from hakseup.data.table_columns import CategoryColumn, FittedColumn, fitted_column
from hakseup.data.table_strength import strongest_first
from hakseup.settings import PreparationSettings

CATEGORIES = 32  # numbers that a column of categories counts for at most: with more it can be embedded


def fitted_columns(table: Table, rows: np.ndarray, settings: PreparationSettings) -> tuple[FittedColumn, ...]:
    """The columns fitted, in the order of the table.

    Args:
        table: all rows. rows: index of the training rows. settings: how they are fitted, and how many `inputs` there may be.

    Raises:
        SealError: a row's target is sealed.
    """
    roles = {role.name: role for role in table.features}

    def fitted(name: str) -> FittedColumn:
        cells = table.frame[name]
        if settings.fitted_on != "all":
            cells = cells.gather(rows)  # one column at a time: all at once would be a second table
        return fitted_column(cast(Any, roles[name].role), cells, roles[name].words, settings)

    room = 0 if settings.columns else settings.inputs  # columns that were named are all wanted
    names, out = list(roles), dict[str, FittedColumn]()
    if not room or len(names) <= room:
        out = {name: fitted(name) for name in names}
        if not room or sum(map(_inputs, out.values())) <= room:
            return tuple(out.values())
    chosen: list[FittedColumn] = []
    for name in strongest_first(table.frame, names, rows, table.labels.of(rows), len(table.classes)):
        column = out[name] if name in out else fitted(name)
        room -= _inputs(column)
        if room < 0 and chosen:
            break
        chosen.append(column)
    place = {name: at for at, name in enumerate(names)}
    return tuple(sorted(chosen, key=lambda column: place[column.name]))


def _inputs(column: FittedColumn) -> int:
    """How many numbers of a row this column becomes."""
    if isinstance(column, CategoryColumn):
        return min(CATEGORIES, len(column.categories) + column.missing)
    return len(column.numbers) + column.indicator
