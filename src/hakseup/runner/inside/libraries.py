"""What NumPy, pandas, scikit-learn, matplotlib, seaborn and SciPy no longer answer, answered in this process only.

Old names come from the table `renames`; methods and arguments that are gone stand here, each with what the library
says to write instead. Nothing that the library still answers is changed.
"""

from __future__ import annotations

import builtins
import functools
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hakseup.runner import renames
from hakseup.runner.inside import frames

_BY_MODULE: dict[str, dict[str, str]] = {}
for _old, _new in renames.NAMES.items():
    _head, _, _leaf = _old.rpartition(".")
    if _head.partition(".")[0] not in ("keras", "tensorflow"):
        _BY_MODULE.setdefault(_head, {})[_leaf] = _new


def changes() -> dict[str, Callable[[ModuleType], None]]:
    """What is done to a library once it is loaded, by the name of the module."""
    out: dict[str, Callable[[ModuleType], None]] = dict.fromkeys(_BY_MODULE, _renamed)
    for name, change in {
        "pandas": frames.as_it_was,
        "seaborn": _seaborn,
        "sklearn.datasets": _sklearn_datasets,
        "sklearn.preprocessing": _sklearn_preprocessing,
        "sklearn.metrics._scorer": _sklearn_scorers,
        "matplotlib.style": _matplotlib_style,
        "matplotlib.axes": _matplotlib_axes,
        "scipy.misc": _scipy_misc,
    }.items():
        out[name] = _both(_renamed, change)
    return out


def _both(
    first: Callable[[ModuleType], None], second: Callable[[ModuleType], None]
) -> Callable[[ModuleType], None]:
    def change(module: ModuleType) -> None:
        first(module)
        second(module)

    return change


def _renamed(module: ModuleType) -> None:
    """Old names of this module stand for the new ones; looked up when they are first asked for."""
    names = {leaf: new for leaf, new in _BY_MODULE.get(module.__name__, {}).items() if not _has(module, leaf)}
    if not names:
        return
    own = getattr(module, "__getattr__", None)

    def answer(name: str) -> Any:
        if name in names:
            found = look_up(names[name])
            setattr(module, name, found)
            return found
        if own is not None:
            return own(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    module.__getattr__ = answer  # type: ignore[method-assign]


def _has(module: ModuleType, name: str) -> bool:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(module, name)
        except (AttributeError, ImportError):
            return False
    return True


def look_up(name: str) -> Any:
    """The object with this dotted name; a bare name is a builtin or a whole library."""
    head, _, leaf = name.rpartition(".")
    if not head:
        return getattr(builtins, leaf) if hasattr(builtins, leaf) else importlib.import_module(leaf)
    try:
        return getattr(importlib.import_module(head), leaf)
    except ModuleNotFoundError:
        return getattr(look_up(head), leaf)


# --- seaborn, matplotlib, scikit-learn ---------------------------------------------------------------------

_XY = ("x", "y", "hue", "data")
_PLOTS = {
    **dict.fromkeys(("countplot", "barplot", "boxplot", "violinplot", "stripplot", "swarmplot"), _XY),
    **dict.fromkeys(("pointplot", "scatterplot", "lineplot", "catplot", "relplot"), _XY),
    **dict.fromkeys(("regplot", "residplot"), ("x", "y", "data")),
    **dict.fromkeys(("lmplot", "jointplot"), ("x", "y", "data")),
    "kdeplot": ("x", "y"),
}


def _seaborn(sns: Any) -> None:
    for name, places in _PLOTS.items():
        if hasattr(sns, name):
            setattr(sns, name, _by_place(getattr(sns, name), places))


def _by_place(plot: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """Data by their places, as before seaborn 0.12; and `size`, which became `height`."""

    @functools.wraps(plot)
    def drawn(*places: Any, **options: Any) -> Any:
        if len(places) == 1 and hasattr(places[0], "columns"):
            options.setdefault("data", places[0])
        elif places and "data" not in options and plot.__name__ == "countplot" and len(places) == 1:
            options.setdefault("x", places[0])
        else:
            for name, value in zip(names, places, strict=False):
                options.setdefault(name, value)
        if plot.__name__ in ("catplot", "lmplot", "jointplot", "relplot") and "size" in options:
            options["height"] = options.pop("size")
        if plot.__name__ == "kdeplot" and "shade" in options:
            options["fill"] = options.pop("shade")
        return plot(**options)

    return drawn


def _matplotlib_style(style: Any) -> None:
    """The styles of seaborn got a version in their names: `seaborn-darkgrid` is `seaborn-v0_8-darkgrid`."""
    use = style.use

    @functools.wraps(use)
    def used(name: Any) -> Any:
        return use(_style(name))

    style.use = used
    core = getattr(style, "core", None)
    if core is not None:
        core.use = used


def _matplotlib_axes(module: Any) -> None:
    """`ax.plot(x, axes=ax)`: the axes twice, which had no effect."""
    plot = module.Axes.plot

    @functools.wraps(plot)
    def plotted(self: Any, *arguments: Any, **options: Any) -> Any:
        options.pop("axes", None)
        return plot(self, *arguments, **options)

    module.Axes.plot = plotted


def _style(name: Any) -> Any:
    if isinstance(name, list | tuple):
        return [_style(one) for one in name]
    if isinstance(name, str) and name.startswith("seaborn") and "v0_8" not in name:
        return name.replace("seaborn", "seaborn-v0_8", 1)
    return name


_QUARTERS = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT"


def _sklearn_datasets(module: Any) -> None:
    """`load_boston()`, which scikit-learn withdrew: the same 506 rows as `keras.datasets.boston_housing` has them."""

    def load_boston(*, return_X_y: bool = False) -> Any:
        import numpy as np
        from sklearn.utils import Bunch

        from hakseup.keras.datasets import boston_housing

        (x, y), _ = boston_housing.load_data(test_split=0)
        names = np.array(_QUARTERS.split())
        if return_X_y:
            return x, y
        return Bunch(data=x, target=y, feature_names=names, DESCR=boston_housing.__doc__, filename="")

    module.load_boston = load_boston


def _sklearn_preprocessing(module: Any) -> None:
    """`OneHotEncoder(sparse=False)` is `sparse_output=False`; `categorical_features=[1]`: only these columns are spread,
    and the others stand behind them."""
    encoder = module.OneHotEncoder
    begin, fit, transform = encoder.__init__, encoder.fit, encoder.transform

    @functools.wraps(begin)
    def begun(
        self: Any, *, sparse: bool | None = None, categorical_features: Any = None, **options: Any
    ) -> None:
        if sparse is not None:
            options["sparse_output"] = sparse
        if options.get("n_values") == "auto":
            del options["n_values"]
        begin(self, **options)
        if categorical_features is not None and not isinstance(categorical_features, str):  # "all" is all
            self._chosen = categorical_features

    @functools.wraps(fit)
    def fitted(self: Any, X: Any, y: Any = None) -> Any:
        return fit(self, _columns(self, X)[0], y)

    @functools.wraps(transform)
    def transformed(self: Any, X: Any) -> Any:
        chosen, rest = _columns(self, X)
        made = transform(self, chosen)
        if rest is None:
            return made
        import numpy as np
        from scipy import sparse

        return sparse.hstack([made, rest], "csr") if sparse.issparse(made) else np.hstack([made, rest])

    encoder.__init__, encoder.fit, encoder.transform = begun, fitted, transformed


def _columns(encoder: Any, x: Any) -> tuple[Any, Any]:
    """The columns that are spread, and the others as numbers; all and None where none were chosen."""
    places = getattr(encoder, "_chosen", None)
    if places is None:
        return x, None
    import numpy as np

    whole = np.asarray(x)
    is_chosen = np.zeros(whole.shape[1], bool)
    is_chosen[np.asarray(places)] = True
    return whole[:, is_chosen], whole[:, ~is_chosen].astype(float)


def _sklearn_scorers(module: Any) -> None:
    """`scoring="log_loss"`: the larger, the better was said without `neg_` up to scikit-learn 0.17."""
    scorers = module._SCORERS
    names = ("log_loss", "mean_squared_error", "mean_absolute_error", "median_absolute_error")
    for name in names:
        scorers.setdefault(name, scorers[f"neg_{name}"])
    known: Any = getattr(module.check_scoring, "_skl_parameter_constraints", {})  # made while it was loaded
    for choices in known.get("scoring", []):
        options: Any = getattr(choices, "options", None)
        if options is not None:
            options.update(names)


# --- SciPy -------------------------------------------------------------------------------------------------


def _scipy_misc(module: Any) -> None:
    """Pictures of `scipy.misc`, which were Pillow's: arrays of whole numbers 0 to 255."""
    import numpy as np

    def image(arr: Any, mode: str | None = None) -> Any:
        from PIL import Image

        values = np.asarray(arr)
        if values.dtype != np.uint8:  # spread over 0 to 255, as it was
            low, span = values.min(), (values.max() - values.min()) or 1
            values = ((values - low) * (255.0 / span) + 0.5).clip(0, 255).astype(np.uint8)
        made = Image.fromarray(values)
        return made if mode is None else made.convert(mode)

    def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Any:
        from PIL import Image

        made = image(arr, mode)
        if isinstance(size, int):  # per cent
            wanted = [int(n * size / 100) for n in made.size]
        elif isinstance(size, float):
            wanted = [int(n * size) for n in made.size]
        else:
            wanted = [int(size[1]), int(size[0])]
        ways = {"nearest": "NEAREST", "lanczos": "LANCZOS", "bilinear": "BILINEAR", "bicubic": "BICUBIC"}
        way = Image.Resampling[ways.get(interp, "BICUBIC")]
        return np.asarray(made.resize((wanted[0], wanted[1]), way))

    def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Any:
        from PIL import Image

        with Image.open(name) as opened:
            if flatten:
                return np.asarray(opened.convert("F"))
            plain = opened.convert("RGB") if opened.mode == "P" else opened
            return np.asarray(plain if mode is None else plain.convert(mode))

    if not hasattr(module, "imresize"):  # up to SciPy 1.2 they were there
        module.imresize, module.toimage, module.imread = imresize, image, imread
        module.imsave = lambda name, arr: image(arr).save(name)
