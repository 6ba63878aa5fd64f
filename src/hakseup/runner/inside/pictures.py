"""Windows, fonts and Colab: what a machine without a screen and without Korean fonts lacks, answered with a picture.

`cv2.imshow` and `cv2_imshow` show below the block; keys are "pressed" (Esc), so that a loop that waits for one ends.
Fonts that a document names and that are not here (NanumGothic, Malgun Gothic, AppleGothic) are Nanum Gothic.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from hakseup.words import Words

ESCAPE = 27
# How Korean fonts are called on Windows, macOS and Linux, and in Colab.
KOREAN = (
    *("NanumGothic", "Nanum Gothic", "NanumBarunGothic", "NanumMyeongjo", "NanumSquare", "NanumSquareRound"),
    *("NanumGothicCoding", "Malgun Gothic", "AppleGothic", "Apple SD Gothic Neo", "Gulim", "Dotum", "Batang"),
    *(
        "Gungsuh",
        "H2GTRM",
        "H2HDRM",
        "HYGothic-Medium",
        "Noto Sans KR",
        "Noto Sans CJK KR",
        "UnDotum",
        "D2Coding",
    ),
)
_FILES = (
    "nanum",
    "malgun",
    "applegothic",
    "gulim",
    "dotum",
    "batang",
    "h2gtrm",
    "h2hdrm",
    "ngulim",
    "notosanskr",
)


def show(picture: Any) -> None:
    """Show a picture as OpenCV holds it (blue, green, red; or gray) below the block.

    Args:
        picture: (h, w), (h, w, 3) or (h, w, 4); floats as cv2.imshow takes them, 0 to 1.
    """
    import cv2
    import numpy as np
    from IPython.display import Image, display

    if picture is None:
        raise ValueError(
            str(
                Words(
                    "There is no picture to show: cv2.imread gives None where the file is not there or is no picture.",
                    "보여 줄 그림이 없습니다. 파일이 없거나 그림이 아니면 cv2.imread는 None을 돌려줍니다.",
                )
            )
        )
    pixels = np.asarray(picture)
    if pixels.dtype.kind == "f":
        pixels = np.clip(pixels * 255 if pixels.size and pixels.max() <= 1 else pixels, 0, 255)
    done, encoded = cv2.imencode(".png", pixels.astype(np.uint8))
    if done:
        display(Image(encoded.tobytes()))


def cv2(module: Any) -> None:
    """Give OpenCV the windows that the headless build refuses."""

    def imshow(_name: Any = None, picture: Any = None) -> None:
        show(picture)

    module.imshow = imshow
    for name in ("waitKey", "waitKeyEx", "pollKey"):
        setattr(module, name, _pressed)
    for name in (
        *(
            "destroyAllWindows",
            "destroyWindow",
            "namedWindow",
            "moveWindow",
            "resizeWindow",
            "startWindowThread",
        ),
        *("setMouseCallback", "createTrackbar", "setTrackbarPos", "setWindowTitle", "setWindowProperty"),
    ):
        setattr(module, name, _nothing)
    module.getTrackbarPos = lambda *_arguments: 0
    module.getWindowProperty = lambda *_arguments: -1.0


def _pressed(*_arguments: Any, **_options: Any) -> int:
    return ESCAPE


def _nothing(*_arguments: Any, **_options: Any) -> None:
    return None


# --- fonts and figures -------------------------------------------------------------------------------------


def fonts(module: Any) -> None:
    """Nanum Gothic, under every Korean name that is not on this machine, and for font files that are not there."""
    from hakseup.files import korean_font

    regular, bold = korean_font(), korean_font(bold=True)
    if regular is None:
        return
    manager = module.fontManager
    here = {entry.name for entry in manager.ttflist}
    missing = [name for name in KOREAN if name not in here]
    for path, weight in ((regular, 400), (bold, 700)):
        for name in missing if path is not None else ():
            manager.ttflist.append(
                module.FontEntry(
                    fname=str(path),
                    name=name,
                    style="normal",
                    variant="normal",
                    weight=weight,
                    stretch="normal",
                    size="scalable",
                )
            )
    _files(module, str(regular))
    _letters(manager, str(regular))


def _files(module: Any, ours: str) -> None:
    """`FontProperties(fname="C:/Windows/Fonts/malgun.ttf")` where there is no such file."""
    set_file = module.FontProperties.set_file

    @functools.wraps(set_file)
    def set_ours(self: Any, file: Any) -> Any:
        return set_file(self, _font_file(file, ours))

    module.FontProperties.set_file = set_ours
    add = module.fontManager.addfont

    @functools.wraps(add)
    def added(path: Any, *arguments: Any, **options: Any) -> Any:
        return add(_font_file(path, ours), *arguments, **options)

    module.fontManager.addfont = added


def _font_file(file: Any, ours: str) -> Any:
    if file is None or Path(os.fspath(file)).exists():
        return file
    stem = str(file).replace("\\", "/").rpartition("/")[2].lower().replace(" ", "").replace("-", "")
    return ours if stem.startswith(_FILES) else file


def _letters(manager: Any, ours: str) -> None:
    """Letters that the chosen font lacks come from ours, and the minus sign that ours lacks from matplotlib's own."""
    find = getattr(manager, "_find_fonts_by_props", None)
    if find is None:  # a matplotlib without fonts to fall back on
        return

    @functools.wraps(find)
    def found(*arguments: Any, **options: Any) -> list[Any]:
        paths = list(find(*arguments, **options))
        spare = manager.findfont(manager.defaultFamily["ttf"])
        return [*paths, *(path for path in (ours, spare) if path not in paths)]

    manager._find_fonts_by_props = found
    cache: Any = getattr(manager, "_findfont_cached", None)
    if hasattr(cache, "cache_clear"):  # what was looked for before is looked for anew
        cache.cache_clear()


def matplotlib(module: Any) -> None:
    """`matplotlib.use("TkAgg")`: there is no screen; figures show below the block."""
    use = module.use

    @functools.wraps(use)
    def used(backend: Any, *arguments: Any, **options: Any) -> Any:
        if str(backend).lower() in _SCREENS:
            return None
        return use(backend, *arguments, **options)

    module.use = used


_SCREENS = {
    "tkagg",
    "qt4agg",
    "qt5agg",
    "qtagg",
    "gtk3agg",
    "gtk4agg",
    "wxagg",
    "macosx",
    "nbagg",
    "webagg",
    "agg",
}


def pillow(module: Any) -> None:
    """`Image.show()`: below the block."""

    def shown(self: Any, title: str | None = None) -> None:
        from IPython.display import display

        display(self)

    module.Image.show = shown


# --- Colab -------------------------------------------------------------------------------------------------


class _Here(Mapping[str, bytes]):
    """What `files.upload()` gives: the files of this folder, read when they are asked for."""

    def _paths(self) -> list[Path]:
        return sorted(path for path in Path().iterdir() if path.is_file() and not path.name.startswith("."))

    def __getitem__(self, name: str) -> bytes:
        path = Path(name)
        if not path.is_file():
            raise KeyError(name)
        return path.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._paths())

    def __len__(self) -> int:
        return len(self._paths())


def colab() -> dict[str, ModuleType]:
    """The modules of `google.colab`, by name."""

    def upload(*_arguments: Any) -> _Here:
        _say(
            Words(
                "This is not Colab: the files of the current folder stand for those that were uploaded.",
                "코랩이 아닙니다. 업로드한 파일 대신 현재 폴더의 파일을 씁니다.",
            )
        )
        return _Here()

    def download(name: str) -> None:
        _say(
            Words(f"{name} lies in the current folder already.", f"{name} 파일은 이미 현재 폴더에 있습니다.")
        )

    def mount(*_place: str, **_options: Any) -> None:
        _say(
            Words(
                "This is not Colab: the current folder stands for the Drive. Put the files there.",
                "코랩이 아니어서 드라이브 대신 현재 폴더를 씁니다. 파일을 그곳에 두세요.",
            )
        )

    def cv2_imshow(picture: Any) -> None:
        show(picture)

    content: dict[str, dict[str, Any]] = {
        "google.colab": {},
        "google.colab.patches": {"cv2_imshow": cv2_imshow},
        "google.colab.files": {"upload": upload, "download": download},
        "google.colab.drive": {"mount": mount, "flush_and_unmount": _nothing},
        "google.colab.output": {"clear": _nothing, "eval_js": _nothing},
        "google.colab.userdata": {"get": lambda name: os.environ.get(name, "")},
    }
    made: dict[str, ModuleType] = {}
    for name, inside in content.items():
        module = ModuleType(name)
        module.__path__ = []
        vars(module).update(inside)
        made[name] = module
        head, _, leaf = name.rpartition(".")
        if head in made:
            setattr(made[head], leaf, module)
    return made


def install_colab() -> None:
    """Make `google.colab` importable; a `google` package that is installed (protobuf) stays what it is."""
    made = colab()
    try:
        google = importlib.import_module("google")
    except ImportError:
        google = ModuleType("google")
        google.__path__ = []
        sys.modules["google"] = google
    sys.modules.update(made)
    vars(google)["colab"] = made["google.colab"]


def _say(words: Words) -> None:
    print(words)
