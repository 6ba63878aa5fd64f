"""Recipes as TOML: the ready ones beside this file, and any that a person writes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from hakseup.errors import CallError, nearest
from hakseup.settings import Recipe, build
from hakseup.words import Words

DEFAULT = "fast"
OWN = "own"  # what a recipe is called whose network was changed


def names() -> list[str]:
    """Names of the ready recipes, the default one first."""
    found = sorted(
        entry.name.removesuffix(".toml")
        for entry in resources.files(__package__).iterdir()
        if entry.name.endswith(".toml")
    )
    return sorted(found, key=lambda name: name != DEFAULT)


def load(name: str | Path | None = None) -> Recipe:
    """A ready recipe by name, or one from a TOML file or a run folder.

    Raises:
        CallError: no such recipe or file, or the file is not a recipe; the message says where.
    """
    name = DEFAULT if name is None else name
    if isinstance(name, str) and name in names():
        return build(tomllib.loads(text(name)), base=Recipe(name=name), where=f"{name}.toml")
    path = Path(name)
    path = path / "recipe.toml" if path.is_dir() else path
    if not path.is_file():
        raise _unknown(str(name))
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CallError(
            "bad-recipe",
            Words(f"{path} is not a TOML file: {error}.", f"{path}은(는) TOML 파일이 아닙니다: {error}."),
        ) from None
    return build(values, base=Recipe(name=path.stem), where=str(path))


def text(name: str) -> str:
    """The TOML of a ready recipe, as it lies in the package."""
    return (resources.files(__package__) / f"{name}.toml").read_text("utf-8")


def dump(recipe: Recipe) -> str:
    """A recipe as TOML, every setting resolved; `load` reads it back to the same recipe."""
    import tomli_w

    return tomli_w.dumps(recipe.as_dict(), multiline_strings=False)


def own(recipe: Recipe) -> Recipe:
    """The recipe with a network of one's own: under its old name it would say that the network is that one's."""
    if recipe.name == OWN:
        return recipe
    return replace(
        recipe,
        name=OWN,
        title={
            "en": f"A network of one's own, all else as in {recipe.name}",
            "ko": f"직접 정한 신경망. 나머지는 {recipe.name} 레시피대로",
        },
    )


def _unknown(name: str) -> CallError:
    near = nearest(name, names())
    listed = ", ".join(names())
    return CallError(
        "unknown-recipe",
        Words(
            f"There is no recipe called '{name}', and no such file.",
            f"'{name}'(이)라는 레시피도, 그런 파일도 없습니다.",
        ),
        Words(
            f"Did you mean '{near}'? There are: {listed}.", f"'{near}'을(를) 뜻하셨나요? 있는 것: {listed}."
        )
        if near
        else Words(f"There are: {listed}.", f"있는 것: {listed}."),
    )
