"""What is in data sets, read once as long as their file is the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hakseup import recipes
from hakseup.errors import CallError
from hakseup.progress import Silence
from hakseup.sources import known
from hakseup.sources.tables import is_table
from hakseup.sources.tables import known as known_tables
from hakseup.studio.models import Kept, V
from hakseup.studio.workspace import Conflict, Workspace, is_known, shown
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.data.pictures import Pictures
    from hakseup.settings import DataSettings, Recipe
    from hakseup.sources.tables.found import FoundTable


class Reading:
    """Reads the data sets of a workspace, and the known ones."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._pictures: Kept[Pictures] = Kept(3)
        self._tables: Kept[FoundTable] = Kept(3)
        self._widths: Kept[tuple[int, int]] = Kept(20)

    def pictures(self, name: str) -> Pictures:
        """All pictures of a data set, decoded as the default recipe does; raises as `pictures_for`."""
        return self.pictures_for(name, recipes.load().data)

    def pictures_for(self, name: str, settings: DataSettings) -> Pictures:
        """All pictures of a data set, decoded as these settings say.

        Raises:
            CallError: it is a table. DataError: they cannot be used. Conflict: they must be downloaded first.
        """
        from hakseup.data.load import load
        from hakseup.sources import find

        source = self.require_here(name)
        if is_table(source):
            raise CallError(
                "not-pictures", Words(f"'{shown(name)}' is a table.", f"'{shown(name)}'은(는) 표입니다.")
            )
        return self._once(self._pictures, source, settings, lambda: load(find(source), settings, Silence()))

    def table(self, name: str) -> FoundTable:
        """A table, read.

        Raises:
            CallError: it is no table. DataError: it cannot be read. Conflict: it must be downloaded first.
        """
        from hakseup.sources.tables import find

        source = self.require_here(name)
        if not is_table(source):
            raise _no_table(name)
        return self._once(self._tables, source, None, lambda: find(source))

    def rows_for(self, name: str, recipe: Recipe, target: str | None) -> tuple[int, int]:
        """How many numbers a row of this table becomes under a recipe, and how many classes there are; 0: a number is learned.

        Raises:
            CallError: it is no table, or has no such column. DataError: it cannot be used. Conflict: it must be downloaded first.
        """
        from hakseup.data.table_preparation import TablePreparation
        from hakseup.data.table_whole import TableData

        source = self.require_here(name)
        if not is_table(source):
            raise _no_table(name)
        if target:
            recipe = replace(recipe, data=replace(recipe.data, target=target))

        def make() -> tuple[int, int]:
            whole = TableData.read(source, recipe, Silence())
            made = TablePreparation.fitted(whole.table, whole.split.train, recipe.preparation)
            return len(made.one_hot_names), len(made.classes)

        return self._once(self._widths, source, recipes.dump(recipe), make)

    def require_here(self, name: str) -> str:
        """What `api` takes for it.

        Raises:
            NotThere: there is none. Conflict: it must be downloaded first.
        """
        source = self.workspace.source(name)
        if source == name and row_of(name)["found"] == "download":
            raise Conflict(
                "not-here",
                Words(
                    f"'{name}' has not been downloaded yet.", f"'{name}' 데이터를 아직 내려받지 않았습니다."
                ),
                Words(
                    "Download it first, or put it into the folder that HAKSEUP_DATA names.",
                    "먼저 내려받거나 HAKSEUP_DATA 폴더에 넣으세요.",
                ),
            )
        return source

    def _once(self, kept: Kept[V], source: str, settings: Hashable, make: Callable[[], V]) -> V:
        """Read once, as long as the file is the same; folders are not kept."""
        path = Path(source)
        if path.is_dir() and not is_known(source):
            return make()
        stamp = path.stat().st_mtime_ns if path.is_file() else 0
        return kept.get((source, stamp, settings), make)


def _no_table(name: str) -> CallError:
    return CallError(
        "not-a-table",
        Words(
            f"'{shown(name)}' holds pictures, not a table.",
            f"'{shown(name)}'은(는) 표가 아니라 그림입니다.",
        ),
    )


def row_of(name: str) -> dict[str, Any]:
    """What the list says of a known data set or table."""
    return next(row for row in (*known.describe(), *known_tables.describe()) if row["name"] == name)
