"""pandas as documents of its first and second version know it: names and arguments that are gone, columns of words that
are `object`, columns that become what is written into them, values that can be written."""

from __future__ import annotations

import contextlib
import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any


def as_it_was(pd: Any) -> None:
    """Change the library, in this process only."""
    frame, series = pd.DataFrame, pd.Series

    def append(self: Any, other: Any, ignore_index: bool = False, **_options: Any) -> Any:
        if isinstance(other, dict):
            other = frame([other])
        elif isinstance(other, list):
            other = other if all(hasattr(one, "iloc") for one in other) else frame(other)
        elif isinstance(self, frame) and isinstance(other, series):
            other = other.to_frame().T
        parts = [self, *other] if isinstance(other, list) else [self, other]
        return pd.concat(parts, ignore_index=ignore_index)

    for kind in (frame, series):
        _give(kind, "append", append)
        _give(kind, "as_matrix", lambda self: self.to_numpy())
        _give(kind, "iteritems", kind.items)
        _give(kind, "ix", property(lambda self: _Ix(self)))
        _give(kind, "mad", lambda self: (self - self.mean()).abs().mean())
        _filling(kind)
    _give(frame, "applymap", getattr(frame, "map", None))
    for name in ("read_csv", "read_table"):
        setattr(pd, name, _reading(getattr(pd, name)))
    for name in ("mean", "std", "var", "median", "sum", "skew", "corr", "cov", "quantile"):
        _numbers_only(frame, name)
    _axis_by_place(frame)
    _words_are_objects(pd)
    # pandas' own inside: another version has another one
    with contextlib.suppress(ImportError, AttributeError):
        _other_kinds_are_taken()
    for kind in (frame, series):
        _values_can_be_written(kind)


def _words_are_objects(pd: Any) -> None:
    """`df.dtypes == object` finds the columns of words up to pandas 2: they have no kind of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the option goes with pandas 4
        with contextlib.suppress(KeyError, AttributeError):
            pd.set_option("future.infer_string", False)


def _other_kinds_are_taken() -> None:
    """`df.loc[:, names] = scaler.fit_transform(df[names])` on columns of whole numbers: the column becomes what it is
    given; pandas 3 refuses it."""
    from pandas.core.internals.blocks import Block  # type: ignore[import-untyped,unused-ignore]

    plain: Any = getattr(Block, "coerce_to_target_dtype", None)
    if plain is None or "raise_on_upcast" not in inspect.signature(plain).parameters:
        return

    @functools.wraps(plain)
    def coerced(self: Any, other: Any, raise_on_upcast: bool = False) -> Any:
        return plain(self, other, raise_on_upcast=False)

    Block.coerce_to_target_dtype = coerced
    from pandas.core.indexing import _iLocIndexer  # type: ignore[import-untyped,unused-ignore]

    whole: Any = _iLocIndexer._setitem_single_column

    @functools.wraps(whole)
    def written(self: Any, loc: int, value: Any, plane_indexer: Any) -> None:
        try:
            whole(self, loc, value, plane_indexer)
        except TypeError:
            n = len(self.obj)
            if not isinstance(plane_indexer, slice) or len(range(n)[plane_indexer]) != n:
                raise
            self.obj.isetitem(loc, value)

    _iLocIndexer._setitem_single_column = written


def _values_can_be_written(kind: Any) -> None:
    """`x = df.values` and then `x /= 255`: pandas 3 hands over what cannot be written into."""
    plain = kind.values

    def values(self: Any) -> Any:
        found = plain.fget(self)
        flags = getattr(found, "flags", None)
        return found if getattr(flags, "writeable", True) else found.copy()

    kind.values = property(values, doc=plain.__doc__)


def _reading(read: Callable[..., Any]) -> Callable[..., Any]:
    """Arguments of `read_csv` that are gone, as what took their place."""

    @functools.wraps(read)
    def table(*arguments: Any, **options: Any) -> Any:
        if options.pop("delim_whitespace", False):
            options["sep"] = r"\s+"
        if options.pop("error_bad_lines", True) is False:
            options["on_bad_lines"] = "skip"
        for name in ("warn_bad_lines", "infer_datetime_format", "verbose", "mangle_dupe_cols"):
            options.pop(name, None)
        squeeze = options.pop("squeeze", False)
        out = read(*arguments, **options)
        return out.squeeze("columns") if squeeze else out

    return table


def _give(kind: Any, name: str, value: Any) -> None:
    if not hasattr(kind, name) and value is not None:
        setattr(kind, name, value)


class _Ix:
    """`.ix`: labels, or places where the labels are no numbers."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def _by_label(self, key: Any) -> Any:
        try:
            return self._whole.loc, self._whole.loc[key]
        except (KeyError, TypeError):
            return self._whole.iloc, self._whole.iloc[key]

    def __getitem__(self, key: Any) -> Any:
        return self._by_label(key)[1]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._by_label(key)[0][key] = value


def _filling(kind: Any) -> None:
    """`fillna(method="ffill")` is `ffill()`."""
    fillna = kind.fillna

    @functools.wraps(fillna)
    def filled(self: Any, value: Any = None, *arguments: Any, **options: Any) -> Any:
        method = options.pop("method", None)
        if method is None:
            return fillna(self, value, *arguments, **options)
        return (self.ffill if method in ("ffill", "pad") else self.bfill)(**options)

    kind.fillna = filled


def _numbers_only(frame: Any, name: str) -> None:
    """Means and correlations left columns of text out; now they have to be told to."""
    plain = getattr(frame, name)

    @functools.wraps(plain)
    def called(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return plain(self, *arguments, **options)
        except (TypeError, ValueError):
            if "numeric_only" in options:
                raise
            return plain(self, *arguments, **options, numeric_only=True)

    setattr(frame, name, called)


def _axis_by_place(frame: Any) -> None:
    """`df.drop("column", 1)`: the axis by its place."""
    drop = frame.drop

    @functools.wraps(drop)
    def dropped(self: Any, labels: Any = None, *places: Any, **options: Any) -> Any:
        for name, value in zip(("axis", "index", "columns"), places, strict=False):
            options[name] = value
        return drop(self, labels, **options)

    frame.drop = dropped
