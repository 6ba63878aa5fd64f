"""`Recipe`: everything about a training, one object per section; made from nested values, every one checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hakseup.errors import CallError, nearest
from hakseup.settings.augmentation import AugmentationSettings
from hakseup.settings.preparation import PreparationSettings
from hakseup.settings.sections import (
    SECTIONS,
    CheckpointSettings,
    DataSettings,
    NetworkSettings,
    PredictionSettings,
    SplitSettings,
    StoppingSettings,
    TrainingSettings,
)
from hakseup.settings.table import check, setting
from hakseup.words import Words


@dataclass(frozen=True)
class Recipe:
    """Everything about a training except the data themselves. `name` is what it is called in lists."""

    name: str = "recipe"
    title: Mapping[str, str] = field(default_factory=dict)
    data: DataSettings = field(default_factory=DataSettings)
    split: SplitSettings = field(default_factory=SplitSettings)
    preparation: PreparationSettings = field(default_factory=PreparationSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    stopping: StoppingSettings = field(default_factory=StoppingSettings)
    checkpoint: CheckpointSettings = field(default_factory=CheckpointSettings)
    prediction: PredictionSettings = field(default_factory=PredictionSettings)

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, as they stand in a TOML file; `network.parameters` lie beside the name."""
        out: dict[str, Any] = {"name": self.name}
        if self.title:
            out["title"] = dict(self.title)
        for section in SECTIONS:
            part = getattr(self, section)
            values = {f.name: getattr(part, f.name) for f in dataclasses.fields(part) if f.name != "said"}
            if section == "network":
                parameters = values.pop("parameters")
                kept = {k: values[k] for k in ("layers", "weights") if values[k]}
                values = kept if values["layers"] else {**values, **parameters}
            out[section] = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        return out

    def flat(self) -> dict[str, Any]:
        """Every setting as `section.key`, as `--set` names it."""
        return {
            f"{section}.{key}": value
            for section, part in self.as_dict().items()
            if section in SECTIONS
            for key, value in part.items()
        }


def build(values: Mapping[str, Any], *, base: Recipe | None = None, where: str = "recipe") -> Recipe:
    """A recipe from nested values (as TOML gives them), every one checked.

    Args:
        values: {"name": …, "section": {"key": value}}.
        base: what is not said is taken from here; without it, from the table's defaults.
        where: the file the values came from, for messages.

    Raises:
        CallError: an unknown section or key, or a value that is not possible.
    """
    base = base or Recipe()
    changed: dict[str, Any] = {}
    for section, content in values.items():
        if section == "name":
            changed["name"] = str(content)
            continue
        if section == "title" and isinstance(content, Mapping):
            changed["title"] = dict(content)
            continue
        if section in SECTIONS and not isinstance(content, Mapping):
            raise CallError(
                "bad-section",
                Words(
                    f"{where}: {section} = {content!r} is not possible: expected a section.",
                    f"{where}: {section} = {content!r} 값은 쓸 수 없습니다. 항목이어야 합니다.",
                ),
                Words(
                    f"Write [{section}] on a line of its own, and its keys below.",
                    f"[{section}]만 적은 줄 아래에 설정을 적으세요.",
                ),
            )
        if section not in SECTIONS:
            near = nearest(section, list(SECTIONS))
            raise CallError(
                "unknown-section",
                Words(f"{where}: there is no section [{section}].", f"{where}: [{section}] 항목은 없습니다."),
                Words(f"Did you mean [{near}]?", f"[{near}]을(를) 뜻하셨나요?")
                if near
                else Words("Sections: " + ", ".join(SECTIONS), "항목: " + ", ".join(SECTIONS)),
            )
        part = getattr(base, section)
        fields = {f.name for f in dataclasses.fields(part) if "about" in f.metadata}
        given: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for key, value in content.items():
            if section == "network" and key not in fields and key != "parameters":
                extra[key] = value  # a parameter of a catalog network: the catalog checks it
            elif section == "network" and key == "parameters":
                extra.update(value)
            else:
                given[key] = check(f"{section}.{key}", value)
        if section == "network":
            if "name" in given or given.get("layers"):  # who names a network gets it, whatever the data
                given.setdefault("small", "")
            if "name" in given and given["name"] != part.name:
                given = {"layers": (), "weights": "", **given}
                given["parameters"] = extra
            elif given.get("layers"):
                given["parameters"] = extra
            else:
                given["parameters"] = {**part.parameters, **extra}
        if section == "augmentation":
            if "kind" in given:  # a kind said anew starts anew: it decides whatever is not said with it
                part = type(part)()
            given["said"] = tuple(sorted({*part.said, *(key for key in given if key != "kind")}))
        changed[section] = dataclasses.replace(part, **given)
    return dataclasses.replace(base, **changed)


def assign(recipe: Recipe, assignments: Mapping[str, Any]) -> Recipe:
    """The recipe with `{"section.key": value}` put over it (the command line's `--set`)."""
    nested: dict[str, dict[str, Any]] = {}
    for key, value in assignments.items():
        section, dot, name = key.partition(".")
        if not dot or section not in SECTIONS:
            setting(key)  # raises, and names the nearest
        nested.setdefault(section, {})[name] = (
            _plain(value) if section == "network" and name not in ("layers", "weights") else value
        )
    return build(nested, base=recipe, where="--set")


def _plain(text: Any) -> Any:
    """A catalog parameter typed as text: a number where it reads as one."""
    if not isinstance(text, str):
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
