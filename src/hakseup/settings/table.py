"""The table of settings by key, and the check of one value against its row."""

from __future__ import annotations

import dataclasses
import functools
import math
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hakseup.errors import CallError, nearest
from hakseup.settings.rows import About
from hakseup.settings.sections import SECTIONS
from hakseup.words import Words


@dataclass(frozen=True)
class Setting:
    """One row of the table."""

    key: str
    kind: str  # "int", "float", "bool", "str", "tuple[int, ...]" or "tuple[str, ...]"
    default: Any
    about: About

    @property
    def expected(self) -> Words:
        """What a value has to be, in words."""
        kinds = {
            "int": ("a whole number", "정수"),
            "float": ("a number", "수"),
            "bool": ("true or false", "true 또는 false"),
            "str": ("a text", "글자"),
            "tuple[int, ...]": ("whole numbers with commas between", "쉼표로 나눈 정수들"),
            "tuple[str, ...]": ("names with commas between", "쉼표로 나눈 이름들"),
        }
        if self.about.choices:
            listed = ", ".join(self.about.choices)
            return Words(f"one of {listed}", f"다음 중 하나: {listed}")
        en, ko = kinds[self.kind]
        a = self.about
        if a.above is not None:
            en, ko = f"{en} above {a.above:,.10g}", f"{a.above:,.10g}보다 큰 {ko}"
        if a.low is not None:
            en, ko = f"{en}, at least {a.low:,.10g}", f"{a.low:,.10g} 이상의 {ko}"
        if a.high is not None:
            en, ko = f"{en}, at most {a.high:,.10g}", f"{ko}({a.high:,.10g} 이하)"
        return Words(en, ko)


def table() -> Iterator[Setting]:
    """Every setting, section by section."""
    yield from _rows().values()


@functools.cache  # every check of a value asks for it
def _rows() -> dict[str, Setting]:
    out = {}
    for section, cls in SECTIONS.items():
        hints = typing.get_type_hints(cls)
        for f in dataclasses.fields(cls):
            if "about" in f.metadata:
                kind = str(hints[f.name]) if typing.get_origin(hints[f.name]) else hints[f.name].__name__
                key = f"{section}.{f.name}"
                out[key] = Setting(key, kind, f.default, f.metadata["about"])
    return out


def setting(key: str) -> Setting:
    """The row with this key.

    Raises:
        CallError: no such key; the message names the nearest right one.
    """
    rows = _rows()
    if key in rows:
        return rows[key]
    near = nearest(key, list(rows)) or nearest(key.rpartition(".")[2], [k.rpartition(".")[2] for k in rows])
    if near is not None and near not in rows:
        near = next(k for k in rows if k.endswith("." + near))
    raise CallError(
        "unknown-setting",
        Words(f"There is no setting called '{key}'.", f"'{key}'(이)라는 설정은 없습니다."),
        Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
        if near
        else Words(
            "`hakseup recipes --settings` lists them all.",
            "`hakseup recipes --settings`로 전부 볼 수 있습니다.",
        ),
    )


def check(key: str, value: Any) -> Any:
    """The value as the setting's type, within its bounds.

    Args:
        key: "section.name".
        value: a value of that type, or text as typed on the command line.

    Raises:
        CallError: unknown key, wrong type or out of bounds.
    """
    row = setting(key)
    try:
        out = _convert(row, value)
    except (TypeError, ValueError):
        raise _refusal(row, value) from None
    a = row.about
    for item in out if isinstance(out, tuple) else (out,):
        if a.choices and item not in a.choices:
            raise _refusal(row, value, nearest(str(item), list(a.choices)))
        if isinstance(item, int | float) and not isinstance(item, bool):
            below = (a.low is not None and item < a.low) or (a.above is not None and item <= a.above)
            if below or (a.high is not None and item > a.high) or not math.isfinite(item):
                raise _refusal(row, value)
    if row.key == "data.size" and len(out) not in (0, 2):
        raise _refusal(row, value)
    return out


def _convert(row: Setting, value: Any) -> Any:
    if row.kind.startswith("tuple"):
        if isinstance(value, str):
            parts: list[Any] = _pieces(value)
        elif isinstance(value, list | tuple):
            parts = list(value)
        else:
            raise TypeError
        if "int" in row.kind:
            return tuple(_whole(part) for part in parts)
        return tuple(str(part) for part in parts)
    if row.kind == "bool":
        if isinstance(value, bool):
            return value
        return _truth(value)
    if row.kind == "int":
        return _whole(value)
    if row.kind == "float":
        if isinstance(value, bool):
            raise TypeError
        return float(value)
    if not isinstance(value, str):
        raise TypeError
    return value


def _pieces(text: str) -> list[str]:
    """The text cut at its commas, but not at those inside brackets: "Dense(2, 'relu'), Flatten()" has two pieces."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth <= 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece.strip() for piece in pieces if piece.strip()]


def _truth(value: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError
    return words[str(value).lower()]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    return int(value)


def _refusal(row: Setting, value: Any, near: str | None = None) -> CallError:
    return CallError(
        "bad-setting",
        Words(
            f"{row.key} = {value!r} is not possible: expected {row.expected.en}.",
            f"{row.key} = {value!r}은(는) 쓸 수 없습니다. {row.expected.ko}이어야 합니다.",
        ),
        Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?") if near else None,
    )
