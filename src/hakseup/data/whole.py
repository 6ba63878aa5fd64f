"""The whole data set of a run: pictures, their split, and their labels with the test part's sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hakseup import sources
from hakseup.data import identity
from hakseup.data.labels import Labels
from hakseup.data.load import load
from hakseup.data.pictures import Pictures
from hakseup.data.split import Split, split
from hakseup.errors import RunError
from hakseup.progress import Progress
from hakseup.settings import Recipe
from hakseup.sources.found import PARTS
from hakseup.words import Words


@dataclass(frozen=True)
class Data:
    """Pictures, their split and their labels (the test part's sealed)."""

    pictures: Pictures
    split: Split
    labels: Labels

    @staticmethod
    def read(source: Any, recipe: Recipe, progress: Progress) -> Data:
        """Find, decode and divide."""
        found = sources.find(source, classes=recipe.data.classes, group=recipe.data.group, progress=progress)
        pictures = load(found, recipe.data, progress)
        divided, labels = split(pictures, recipe.split, recipe.training.seed)
        return Data(pictures, divided, labels)

    @cached_property
    def sha256(self) -> str:
        """Hash of everything but the sealed labels."""
        return identity.fingerprint(self.pictures, self.labels, self.split)

    @cached_property
    def test_id(self) -> str:
        """Hash of the test pictures."""
        return identity.test_id(self.pictures, self.split)

    def require_same(self, about: Mapping[str, Any]) -> None:
        """See the function."""
        require_same(self.sha256, about)

    def facts(self) -> dict[str, Any]:
        """source.json."""
        p = self.pictures
        keys = [c.key for c in p.classes]
        counts: dict[str, dict[str, int]] = {}
        for part in PARTS:
            index = self.split.parts()[part]
            if part == "test":
                counts[part] = {"n": len(index)}
            else:
                tally = np.bincount(self.labels.of(index), minlength=len(keys))
                counts[part] = {key: int(n) for key, n in zip(keys, tally, strict=True)}
        return {
            "source": p.source,
            "name": p.name,
            "format": p.format,
            "known": p.known,
            "title": p.title.as_dict() if p.title else None,
            "licence": p.licence,
            "n": len(p) - len(self.split.left_out),
            "classes": [{"key": c.key, **c.words.as_dict()} for c in p.classes],
            "counts": counts,
            "size": list(p.size),
            "channels": p.channels,
            "seen": p.seen,
            "official_test": self.split.official_test,
            "left_out": len(self.split.left_out),
            "refused_n": len(p.refused),
            "refused": [{"where": r.where, "code": r.code, **r.reason.as_dict()} for r in p.refused[:200]],
            "notes": [n.as_dict() for n in p.notes],
        }


def require_same(sha256: str, about: Mapping[str, Any]) -> None:
    """The data with this hash are those that a run was trained on.

    Args:
        about: the "data" of its run.json.

    Raises:
        RunError: they have changed since.
    """
    if sha256 == about.get("sha256"):
        return
    raise RunError(
        "data-changed",
        Words(
            f"The data at {about.get('source')} have changed since this run was trained on them.",
            f"이 실행이 학습한 뒤에 {about.get('source')}의 데이터가 바뀌었습니다.",
        ),
        Words(
            "Bring the old data back, or train again on the new ones.",
            "예전 데이터를 되돌리거나 새 데이터로 다시 학습하세요.",
        ),
    )
