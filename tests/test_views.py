"""Predictions that also look at the mirror image."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from test_evaluation import make, small_cnn
from test_whole_way import QUICK, arrays

import hakseup
from hakseup.data.preparation import Preparation
from hakseup.evaluation import watching
from hakseup.models import catalog
from hakseup.models.inference import logits


def test_a_mirrored_answer_is_the_mean_of_both_and_the_same_for_both(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn()
    images = case.pictures.images
    both = dataclasses.replace(case.preparation, mirrored=True)
    plain = torch.cat(list(logits(module, images, None, case.preparation)))
    turned = torch.cat(list(logits(module, images[:, :, ::-1].copy(), None, case.preparation)))
    found = torch.cat(list(logits(module, images, None, both)))
    torch.testing.assert_close(found, (plain + turned) / 2)
    again = torch.cat(list(logits(module, images[:, :, ::-1].copy(), None, both)))
    torch.testing.assert_close(found, again)
    assert not torch.allclose(found, plain)


def test_what_is_unlike_training_is_judged_by_the_picture_itself(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn()
    both = dataclasses.replace(case.preparation, mirrored=True)
    seen = []
    for preparation in (case.preparation, both):
        with watching.watch(module, preparation) as looking:
            for _block in logits(module, case.pictures.images, None, preparation, batch_size=32):
                pass
            seen.append(looking.take())
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("flip", "mirrored"), [(True, True), (False, False)])
def test_auto_looks_twice_where_mirror_images_were_learned(
    tmp_path: Path, flip: bool, mirrored: bool
) -> None:
    run = hakseup.train(
        arrays(90), settings={**QUICK, "augmentation.flip": flip, "augmentation.kind": "none"}, out=tmp_path
    )
    kept = Preparation.from_dict(json.loads((run.path / "preparation.json").read_text("utf-8")))
    assert kept.mirrored is mirrored
    assert f'views = "{"mirrored" if mirrored else "one"}"' in (run.path / "recipe.toml").read_text("utf-8")


def test_a_preparation_from_before_looks_once(tmp_path: Path) -> None:
    values = make(tmp_path).preparation.as_dict()
    del values["mirrored"]
    assert Preparation.from_dict(values).mirrored is False


def test_small_data_take_the_parameters_that_their_network_has(tmp_path: Path) -> None:
    settings = {**QUICK, "training.small_below": 1000, "network.detail": 1, "network.depth": 2}
    run = hakseup.train(arrays(90), settings=settings, out=tmp_path)
    recipe = (run.path / "recipe.toml").read_text("utf-8")
    assert 'name = "pooled"' in recipe and "width = 8" in recipe
    assert "detail" not in recipe and "depth" not in recipe


def test_depth_is_the_number_of_convolutions_in_a_stage() -> None:
    once, twice = (catalog.network("fast", {"depth": depth}, (28, 28, 1), 10) for depth in (1, 2))
    assert catalog.network("fast", {"detail": 0}, (28, 28, 1), 10).layers == once.layers  # the default, said
    names = [[type(layer).__name__ for layer in net.layers].count("Conv2D") for net in (once, twice)]
    assert names == [3, 5]
