"""Names that a document imports and that mean something else here: `keras`, `tensorflow`, and modules that are gone.

One finder at the head of `sys.meta_path`. With the engine hakseup, `keras`, `tf_keras`, `tensorflow.keras` and
`tensorflow.python.keras` are `hakseup.keras`, whether or not a TensorFlow or a Keras is installed; with the engine
keras they are left as they are. Modules that libraries gave up answer with what took their place.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Literal

from hakseup.runner import renames
from hakseup.words import Words

Engine = Literal["hakseup", "keras"]
FACADE = "hakseup.keras"
_SCIKERAS = {"scikeras": "keras.wrappers", "scikeras.wrappers": "keras.wrappers.scikeras"}
# Libraries that are built upon TensorFlow or Keras itself: with hakseup in their place they would break somewhere inside
UPON_TENSORFLOW = (
    *("tensorflow_datasets", "tensorflow_hub", "tensorflow_addons", "tensorflow_probability"),
    *("tensorflow_decision_forests", "keras_tuner", "kerastuner", "keras_contrib", "autokeras"),
    *("keras_cv", "keras_hub", "keras_nlp", "efficientnet", "classification_models"),
)


class Names(importlib.abc.MetaPathFinder):
    """Answers the imports of a document.

    Args:
        engine: whose Keras it is.
        after: what is done to a module once it is loaded, by its name.
    """

    def __init__(self, engine: Engine, after: dict[str, Callable[[ModuleType], None]]) -> None:
        self._engine, self._after = engine, after
        self._asking: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module that is answered here; None: it is what it always was.

        Raises:
            ModuleNotFoundError: it works on TensorFlow alone; the sentence says how hakseup does it.
        """
        if fullname in self._asking:
            return None
        top = fullname.partition(".")[0]
        if self._engine == "hakseup" and top in ("keras", "tf_keras", "tensorflow"):
            return self._of_facade(fullname)
        if self._engine == "hakseup" and fullname in _SCIKERAS:
            return _spec(fullname, lambda: facade(_SCIKERAS[fullname]))
        if self._engine == "hakseup" and top in UPON_TENSORFLOW:
            raise ModuleNotFoundError(with_hint(_upon_tensorflow(top), top), name=fullname)
        if top in renames.ENDED and not self._exists(top):
            said = Words(
                f"The library {top} has ended and is not installed.",
                f"{top} 라이브러리는 개발이 끝났고 설치되어 있지 않습니다.",
            )
            raise ModuleNotFoundError(with_hint(said, top), name=fullname)
        moved = renames.MODULES.get(fullname)
        if moved is not None and top not in ("keras", "tensorflow") and not self._exists(fullname):
            return _spec(fullname, lambda: importlib.import_module(moved))
        if fullname in self._after:
            return self._watched(fullname)
        return None

    def _of_facade(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        plain = renames.canonical(fullname)
        if plain.partition(".")[0] == "tensorflow" or fullname == "tensorflow.python":
            from hakseup.runner.inside import tensorflow

            return _spec(fullname, lambda: tensorflow.module(fullname))
        return _spec(fullname, lambda: facade(plain))

    def _exists(self, fullname: str) -> bool:
        with self._asked(fullname):
            try:
                return importlib.util.find_spec(fullname) is not None
            except (ImportError, ValueError):
                return False

    def _watched(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        with self._asked(fullname):
            spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Then(spec.loader, self._after[fullname])
        return spec

    @contextmanager
    def _asked(self, fullname: str) -> Iterator[None]:
        self._asking.add(fullname)
        try:
            yield
        finally:
            self._asking.discard(fullname)


def facade(name: str) -> ModuleType:
    """The module of hakseup that is meant by `keras.x.y`; where it is gone, the one that took its place.

    Raises:
        ModuleNotFoundError: hakseup has none; the sentence says so.
    """
    if (
        name.partition(".")[2].partition(".")[0] == "src"
    ):  # where today's Keras keeps its modules, and those of old
        name = name.replace("keras.src.legacy", "keras", 1).replace("keras.src", "keras", 1)
    for plain in (name, renames.MODULES.get(name)):
        if plain is None:
            continue
        inside = FACADE + plain.removeprefix("keras")
        try:
            return importlib.import_module(inside)
        except ModuleNotFoundError as error:
            if error.name is None or not inside.startswith(error.name):
                raise
            whole = _as_attribute(inside)
            if whole is not None:
                return whole
    said = Words(
        f"hakseup has no module '{name}': it is outside of what hakseup knows of Keras.",
        f"hakseup에는 '{name}' 모듈이 없습니다. hakseup이 아는 케라스 범위 밖의 것입니다.",
    )
    raise ModuleNotFoundError(with_hint(said, name), name=name)


def _upon_tensorflow(library: str) -> Words:
    return Words(
        f"The library {library} works on TensorFlow alone: it is outside of hakseup.",
        f"{library}은(는) 텐서플로에서만 쓰는 라이브러리라서 hakseup에서는 쓸 수 없습니다.",
    )


def with_hint(said: object, name: str) -> str:
    """The sentence, and behind it how hakseup does what a dotted name stands for, where that is known."""
    from hakseup.keras.outside import instead

    hint = instead(name)
    return str(said) if hint is None else f"{said} {hint}"


def _as_attribute(name: str) -> ModuleType | None:
    """A namespace that is no module of its own: `keras.preprocessing.image` may be an attribute."""
    head, _, leaf = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(head), leaf, None)
    except ImportError:
        return None
    return found if isinstance(found, ModuleType) else None


def _spec(fullname: str, load: Callable[[], ModuleType]) -> importlib.machinery.ModuleSpec:
    return importlib.machinery.ModuleSpec(fullname, _Alias(load), is_package=True)


class _Alias(importlib.abc.Loader):
    """Hands over a module that exists already, unchanged."""

    def __init__(self, load: Callable[[], ModuleType]) -> None:
        self._load = load
        self._own: tuple[object, object] | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module."""
        made = self._load()
        self._own = (made.__spec__, made.__loader__)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """The import system wrote its own spec into the module: its true one is put back."""
        if self._own is not None and self._own[0] is not None:
            module.__spec__, module.__loader__ = self._own  # type: ignore[assignment]


class _Then(importlib.abc.Loader):
    """The loader of a library, and what is done afterwards."""

    def __init__(self, loader: importlib.abc.Loader, then: Callable[[ModuleType], None]) -> None:
        self._loader, self._then = loader, then

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """As the library's own loader does it."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Load it, then change what has to be changed."""
        self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)  # resource readers and the like


def install(engine: Engine, after: dict[str, Callable[[ModuleType], None]]) -> None:
    """Put the finder at the head; what was loaded before it is changed at once."""
    sys.meta_path.insert(0, Names(engine, after))
    for name, change in after.items():
        if name in sys.modules:
            change(sys.modules[name])
