"""What `get`, `serialize` and `deserialize` have in common: initialisers, regularisers, constraints, losses, metrics, optimisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hakseup.errors import HakseupError
from hakseup.keras.own_objects import get_custom_objects
from hakseup.layers.checks import did_you_mean, shown
from hakseup.words import Words

T = TypeVar("T")


def folded(name: str) -> str:
    """Keras' spellings of one name made the same: "HeNormal", "he_normal"."""
    return name.replace("_", "").lower()


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The classes of one kind, and the ways to an object of them.

    Args:
        module: as it stands in files, "keras.losses".
        one: what one of them is called.
        base: the class they share.
        kinds: by the names of the classes.
        error: what is raised where there is none, with the code "unknown-" and the word.
        known: names that are offered then.
        named: what a name means, or None; left out: the class of that name, however it is spelt.
        wrapped: what a function of one's own becomes; None: it is taken for a mistake.
    """

    module: str
    one: Words
    base: type[Any]
    kinds: Mapping[str, type[Any]]
    error: type[HakseupError]
    known: Sequence[str]
    named: Callable[[str], T | None] | None = None
    wrapped: Callable[[Callable[..., Any]], T] | None = None

    def get(self, identifier: Any) -> T:
        """What a name, an object, a class, a config or a function means.

        Raises:
            HakseupError: there is none.
        """
        found: T | None = None
        if isinstance(identifier, str):
            identifier = get_custom_objects().get(identifier, identifier)
        if isinstance(identifier, self.base):
            found = identifier
        elif isinstance(identifier, type) and issubclass(identifier, self.base):
            found = identifier()
        elif isinstance(identifier, Mapping):
            found = self.deserialize(identifier)
        elif isinstance(identifier, str):
            found = (self.named or self.spelt)(identifier)
        elif callable(identifier) and self.wrapped is not None:
            found = self.wrapped(identifier)
        if found is None:
            raise self.unknown(identifier)
        return found

    def optional(self, identifier: Any) -> T | None:
        """As `get`; None stays None.

        Raises:
            HakseupError: there is none.
        """
        return None if identifier is None else self.get(identifier)

    def spelt(self, name: str) -> T | None:
        """An object of the class of this name, however it is spelt."""
        for kind, cls in self.kinds.items():
            if folded(kind) == folded(name):
                made: T = cls()
                return made
        return None

    def unknown(self, identifier: Any) -> HakseupError:
        """The error for what there is none of."""
        return self.error(
            f"unknown-{self.one.en}",
            Words(
                f"There is no {self.one.en} called {shown(identifier)}.",
                f"{shown(identifier)}(이)라는 {self.one.ko}은(는) 없습니다.",
            ),
            did_you_mean(identifier if isinstance(identifier, str) else "", self.known),
        )

    def serialize(self, thing: Any) -> dict[str, Any]:
        """The form that Keras writes into files."""
        return {
            "module": self.module,
            "class_name": type(thing).__name__,
            "config": thing.get_config(),
            "registered_name": None,
        }

    def deserialize(self, config: Any, custom_objects: Mapping[str, Any] | None = None) -> T:
        """What `serialize`, or Keras 1 to 3, wrote: a config, or a name.

        Raises:
            HakseupError: there is none of this name.
        """
        own = {**get_custom_objects(), **(custom_objects or {})}
        if not isinstance(config, Mapping):
            return self.get(own.get(config, config))
        kind: str = str(config.get("class_name")).rpartition(">")[2]
        arguments: Any = config.get("config") or {}
        if kind == "function":  # a plain function: its name stands in the config
            return self.get(own.get(arguments, arguments))
        cls: Any = own.get(kind, self.kinds.get(kind))
        if not (isinstance(cls, type) and issubclass(cls, self.base)):
            cls = type(self.get(kind))  # another spelling, or the error
        try:
            made: T = cls.from_config(arguments)
        except TypeError as error:  # a file may hold anything; of a class of one's own one wants to see all
            if cls not in self.kinds.values():
                raise
            raise self.error(
                "bad-config",
                Words(
                    f"{kind} does not take these arguments: {error}.",
                    f"{kind}에 쓸 수 없는 인자입니다: {error}.",
                ),
            ) from error
        return made
