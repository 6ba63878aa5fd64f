"""The one table of settings, and the recipes that are made of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakseup import recipes
from hakseup.api.training import with_settings
from hakseup.errors import CallError
from hakseup.settings import Recipe, assign, build, check, table


def test_every_row_has_words_in_both_languages_and_a_default_that_passes() -> None:
    rows = list(table())
    assert len({row.key for row in rows}) == len(rows) > 30
    for row in rows:
        assert row.about.words.en and row.about.words.ko, row.key
        assert check(row.key, row.default) == row.default
        assert row.expected.en and row.expected.ko


def test_every_numeric_bound_holds_on_both_sides() -> None:
    for row in table():
        a = row.about
        if row.kind in ("int", "float"):
            step = 1 if row.kind == "int" else 1e-3
            if a.low is not None:
                assert check(row.key, a.low) == a.low
                with pytest.raises(CallError):
                    check(row.key, a.low - step)
            if a.high is not None:
                assert check(row.key, a.high) == a.high
                with pytest.raises(CallError):
                    check(row.key, a.high + step)
            if a.above is not None:
                with pytest.raises(CallError):
                    check(row.key, a.above)


@pytest.mark.parametrize(
    ("key", "value", "near"),
    [
        ("training.epoch", 3, "training.epochs"),
        ("trainning.epochs", 3, "training.epochs"),
        ("lerning_rate", 3, "training.learning_rate"),
        ("training.optimizer", "adm", "adam"),
        ("data.mode", "greyscale", "grayscale"),
    ],
)
def test_a_misspelt_name_is_an_error_that_names_the_nearest(key: str, value: object, near: str) -> None:
    with pytest.raises(CallError) as caught:
        assign(Recipe(), {key: value})
    assert near in caught.value.hint.en and near in caught.value.hint.ko
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("training.epochs", "-1"),
        ("training.epochs", "two"),
        ("training.epochs", 2.5),
        ("training.epochs", True),
        ("training.learning_rate", "nan"),
        ("training.learning_rate", float("inf")),
        ("data.size", "28"),
        ("data.size", "28,0"),
        ("augmentation.flip", "perhaps"),
        ("training.optimizer", 3),
    ],
)
def test_a_value_that_is_not_possible_is_refused_with_what_was_expected(key: str, value: object) -> None:
    with pytest.raises(CallError) as caught:
        assign(Recipe(), {key: value})
    assert "expected" in caught.value.message.en and str(value) in caught.value.message.ko


def test_text_as_typed_becomes_the_type_of_the_setting() -> None:
    made = assign(
        Recipe(),
        {
            "training.epochs": "3",
            "training.learning_rate": "1e-3",
            "augmentation.flip": "true",
            "data.size": "24,32",
        },
    )
    assert made.training.epochs == 3 and made.training.learning_rate == 0.001
    assert made.augmentation.flip is True and made.data.size == (24, 32)


def test_a_list_of_layers_as_typed_is_cut_between_the_layers_only() -> None:
    made = assign(Recipe(), {"network.layers": "Conv2D(8, 3, padding='same'), Flatten(), Dense(10)"})
    assert made.network.layers == ("Conv2D(8, 3, padding='same')", "Flatten()", "Dense(10)")


def test_parameters_of_a_catalog_network_stand_beside_its_name() -> None:
    made = build({"network": {"name": "fast", "width": 16}})
    assert dict(made.network.parameters) == {"width": 16}
    assert made.as_dict()["network"]["width"] == 16
    other = build({"network": {"layers": ["Dense(2)"]}}, base=made)
    assert other.network.layers == ("Dense(2)",) and not other.network.parameters


@pytest.mark.parametrize("name", recipes.names())
def test_a_ready_recipe_survives_being_written_and_read(name: str, tmp_path: Path) -> None:
    recipe = recipes.load(name)
    assert recipe.name == name and set(recipe.title) == {"en", "ko"}
    path = tmp_path / "recipe.toml"
    path.write_text(recipes.dump(recipe), "utf-8")
    assert recipes.load(path) == recipe
    assert recipes.load(tmp_path) == recipe  # a run folder


def test_a_recipe_with_other_layers_is_no_longer_called_after_its_author() -> None:
    lecture = recipes.load("shapes-cnn")
    same = {"network.layers": list(lecture.network.layers), "training.epochs": 3}
    assert with_settings(lecture, same).name == "shapes-cnn"
    other = with_settings(lecture, {"network.layers": ["Flatten()", "Dense(3, activation='softmax')"]})
    assert other.name == "own" and other.training == lecture.training
    assert "as the lecture wrote" not in other.title["en"] and "shapes-cnn" in other.title["ko"]
    assert with_settings(other, {"network.layers": ["Dense(3)"]}).title == other.title


@pytest.mark.parametrize("name", ["fast", "table"])
def test_a_recipe_that_promises_seconds_says_what_takes_longer(name: str) -> None:
    title = recipes.load(name).title
    assert re.search("minutes|longer", title["en"]) and re.search("몇 분|오래", title["ko"])


@given(st.integers(1, 1000), st.floats(1e-6, 1), st.booleans())
def test_any_recipe_survives_being_written_and_read(epochs: int, rate: float, flip: bool) -> None:
    recipe = assign(
        recipes.load(),
        {
            "training.epochs": epochs,
            "training.learning_rate": rate,
            "augmentation.flip": flip,
            "network.width": 8,
        },
    )
    assert build(tomllib.loads(recipes.dump(recipe))) == recipe


def test_the_default_comes_first_and_an_unknown_recipe_names_the_nearest() -> None:
    assert recipes.names()[0] == recipes.DEFAULT
    with pytest.raises(CallError, match="mnist-cnn") as caught:
        recipes.load("mnist-cn")
    assert caught.value.code == "unknown-recipe"


def test_no_sentence_names_a_recipe_that_is_not_there() -> None:
    named = set()
    for source in Path(recipes.__file__).parents[1].rglob("*.py"):
        named |= set(re.findall(r"--recipe ([a-z][a-z0-9-]+)", source.read_text("utf-8")))
    assert len(named) >= 4 and named - {"out"} <= {*recipes.names()}  # "Leave --recipe out"


def test_a_file_that_is_no_recipe_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[training\nepochs = 3", "utf-8")
    with pytest.raises(CallError, match=r"mine\.toml.*line 1"):
        recipes.load(path)
    path.write_text("[traning]\nepochs = 3", "utf-8")
    with pytest.raises(CallError, match=r"mine\.toml.*\[traning\]") as caught:
        recipes.load(path)
    assert "[training]" in caught.value.hint.en


def test_a_value_where_a_section_belongs_is_named() -> None:
    with pytest.raises(CallError) as raised:
        build({"training": 3}, where="mine.toml")
    assert raised.value.code == "bad-section"
    assert "training = 3" in raised.value.message.en
