"""What a recipe does with few pictures: said where a call takes it back, and decided by the whole for every fold."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from test_augment import shapes

import hakseup
from hakseup import recipes
from hakseup.api.beginning import prepared
from hakseup.api.training import with_settings
from hakseup.progress import Silence
from hakseup.settings import assign
from hakseup.training import decided
from hakseup.words import Words


def pictures() -> np.ndarray:
    """40 frames, no two the same."""
    images = shapes(40)
    images[:, 0, 0, 0] = np.arange(40)
    return images


def test_epochs_that_ruin_few_pictures_are_said_and_what_keeps_the_steps(tmp_path: Path) -> None:
    images = pictures()
    usual = assign(recipes.load(), {"training.small_steps": 60, "training.min_steps": 30})

    def said(settings: dict[str, int]) -> str | None:
        asked = with_settings(usual, settings)
        chosen, whole, *_ = prepared(asked, (images, np.arange(40) % 2), Silence())
        assert len(whole.split.train) == 28  # of 40 pictures 8 test and 4 validate: two steps of 16
        note = decided.cut_short(usual.training, chosen.training, whole.split)
        return None if note is None else note.en

    note = said({"training.epochs": 3})
    assert note is not None and "6 steps of 16" in note and "takes 60" in note
    assert "--epochs 3 --set training.steps_per_epoch=20" in note
    assert said({"training.epochs": 3, "training.steps_per_epoch": 20}) is None
    assert said({"training.epochs": 30}) is None  # as long as the recipe's own
    assert said({"training.epochs": 2, "training.min_steps": 20}) is None  # the call says how many steps
    assert said({}) is None
    heard: list[str] = []

    class Ear(Silence):
        def note(self, words: Words) -> None:
            heard.append(words.ko)

    call = {"training.epochs": 3, "network.small": "", "network.width": 4}
    hakseup.train((images, np.arange(40) % 2), recipe=usual, settings=call, out=tmp_path, progress=Ear())
    assert any("거의 배우지 못합니다" in words for words in heard)


def test_a_fold_is_learned_as_the_whole_would_be() -> None:
    images = pictures()
    recipe = assign(recipes.load(), {"training.small_below": 30})
    whole = prepared(recipe, (images, np.arange(40) % 2), Silence())[1]
    split = whole.split  # 32 pictures train and validate
    fold = dataclasses.replace(split, train=split.train[:20])
    alone, of_whole = (decided.for_these(recipe, whole.pictures, fold, of)[0] for of in (None, 32))
    assert alone.network.name == "pooled" and alone.training.final_fit
    assert of_whole.network.name == "fast" and not of_whole.training.final_fit
