"""Beginners' scripts in the habits of 2016 to 2024 run through `hakseup run`; what today's Keras still runs prints the same lines.

They stand in tests/scripts_of_the_years as somebody would have written them then, and run one behind the other as
the blocks of one document; `slow` runs each by itself.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_iris

from hakseup.cli import main
from hakseup.runner import run

SCRIPTS = sorted((Path(__file__).parent / "scripts_of_the_years").glob("*.py"))
# Lines that must be printed, numbers that training decides left out
SAYS = {
    "y2016_mlp": ["1347 train samples", "(5,) (450, 10) True", "4 4", "Test accuracy: #"],
    "y2016_cnn": ["picture: True", "Saved model to disk", "accuracy: #%", "same: True"],
    "y2017_cats_and_dogs": [
        "Found 24 images belonging to 2 classes.",
        "{'cats': 0, 'dogs': 1}",
        "True (24, 24)",
        "-- Predict --",
    ],
    "y2017_pima_kfold": ["accuracy: #%", "#% (+/- #%)", "loaded weights-improvement", "True 150"],
    "y2017_wrappers": ["3 True", "['epochs', 'optimizer', 'units']", "(150,) (150, 3)", "True"],
    "y2018_housing": ["processing fold # 2", "4 True", "(2,)", "True"],
    "y2018_resnet": [
        "Learning rate:  0.01",
        "ResNet6v1",
        "Epoch 1: val_acc improved from None to #, saving model to #",
        "(3, 10)",
        "6 (1, 8, 8, 4) (1, 4, 4, 8)",
    ],
    "y2018_own_callbacks": ["True", "20 #", " - val_f1: #", "epoch 1 True True", "300 2"],
    "y2020_wide_and_deep": ["val/train: #", "# (3, 1) True", "5 (10, 30) ['kernel', 'bias']"],
    "y2021_auto_mpg": ["2", "(1, 7)", "Normalized: (1, 7)", "['loss', 'val_loss', 'epoch']", "True"],
    "y2022_tf_data": [
        "(64, 8, 8, 1) (64,) <dtype: 'float32'> True",
        "10 2",
        "(100, 10) True",
        "[(2, 8, 8, 8), (2, 8, 8, 8)]",
        "[2 3] [4 6]",
    ],
    "y2019_tensorflow_2": [
        "Reached 60% accuracy so cancelling training!",
        "(1, 10)",
        "True True",
        "Restored model, accuracy: #%",
    ],
    "y2020_callbacks": ["Epoch #: LearningRateScheduler setting learning rate to #.", "(10, 10) True"],
    "y2021_functional": ["(None, 8) (None, 8, 8, 1) (None, 10)", "(3, 8) predictions", "True"],
    "y2023_image_dataset": ["['cats', 'dogs']", "(8, 24, 24, 3) (8,)", "2 2", "True"],
    "y2023_functional_guide": ["(None, 16) float32", "(1,) 0.5", "hits 1.0"],
    "y2024_table": ["begin ['epochs', 'steps', 'verbose']", "(8, 16) (16,)", "True"],
}
# What today's Keras runs, imports repaired. Not y2020_callbacks: what its callbacks say follows from the figures.
NOW = ("y2021_functional", "y2023_functional_guide", "y2024_table")
WITHOUT = ('keras.utils.plot_model(model, "my_first_model.png", show_shapes=True)\n',)  # pydot is not there


def folder_of_a_reader(folder: Path) -> None:
    """What the scripts expect beside them: pictures in folders, two tables."""
    rng = np.random.default_rng(0)
    for part, each in {"train": 12, "validation": 6}.items():
        for kind, shade in {"cats": 80, "dogs": 170}.items():
            place = folder / "data" / part / kind
            place.mkdir(parents=True)
            for number in range(each):
                pixels = np.clip(rng.normal(shade, 30, (30, 32, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{kind[:-1]}.{number}.png")
    with (folder / "auto-mpg.data").open("w", encoding="utf-8") as cars:
        for number in range(150):
            cylinders, power = rng.choice([4, 6, 8]), "?" if number in (7, 70) else "95.0"
            mpg, year, origin = 55 - 5 * cylinders + rng.normal(0, 1), rng.integers(70, 83), number % 3 + 1
            cars.write(
                f'{mpg:.1f}   {cylinders}   {power}   {cylinders * 480}.   {year}  {origin}\t"car {number}"\n'
            )
    iris = load_iris()
    rows = [
        ",".join([*(f"{v:.1f}" for v in row), f"Iris-{iris.target_names[k]}"])
        for row, k in zip(iris.data, iris.target, strict=True)
    ]
    (folder / "iris.csv").write_text("\n".join(rows) + "\n", "utf-8")
    table = rng.integers(0, 100, (150, 8))
    ill = (table[:, 1] + rng.normal(0, 20, 150) > 50).astype(int)
    np.savetxt(folder / "pima-indians-diabetes.csv", np.column_stack([table, ill]), "%d", ",")


def told(result: run.Result, number: int) -> str:
    """What a block printed, as it stands on a screen in the end: lines that were drawn over are gone."""
    outputs = result.document.notebook.cells[result.document.blocks[number].cell].outputs
    text = ""
    for o in outputs:
        if o.output_type == "stream" and o.name == "stdout":
            text += o.text
        elif o.output_type == "display_data" and "image/png" not in o.data:  # the real summary, drawn by rich
            text += o.data.get("text/plain", "")
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    return "\n".join(re.split(r"[\r\x08]+", line)[-1].rstrip() for line in text.splitlines())


def lines(text: str) -> list[str]:
    """The printed lines, figures and bars apart."""
    plain = re.sub(r"\d[\d.,]*(e[+-]?\d+)?", "#", text)
    plain = re.sub(r"[━╸ ]+|(?<=#)(us|ms|s)(?=/step|\b)", " ", plain)
    return [line.strip() for line in plain.splitlines() if line.strip()]


def runs(folder: Path, names: list[str], engine: Any, without: tuple[str, ...] = ()) -> run.Result:
    """All these scripts, one behind the other, as one document in this folder; some of their text left out."""
    blocks = [(SCRIPTS[0].parent / f"{name}.py").read_text("utf-8") for name in names]
    for part in without:
        assert any(part in block for block in blocks), part
        blocks = [block.replace(part, "") for block in blocks]
    (folder / "scripts.md").write_text("\n".join(f"```python\n{block}```\n" for block in blocks), "utf-8")
    return run.run("scripts.md", engine=engine)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("years")
    folder_of_a_reader(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield runs(folder, [path.stem for path in SCRIPTS], "hakseup")


@pytest.mark.parametrize("number", range(len(SCRIPTS)), ids=[path.stem for path in SCRIPTS])
def test_the_script_runs_and_prints_its_lines(ours: run.Result, number: int) -> None:
    failure = ours.ran[number + 1].failure
    assert failure is None, f"{failure.error} (line {failure.line})"
    text = told(ours, number)
    for want in SAYS[SCRIPTS[number].stem]:
        pattern = re.escape(want).replace(r"\#", r"\S+?")
        assert re.search(f"^{pattern}$", text, re.MULTILINE), f"{want!r} is not among:\n{text}"


def test_what_todays_keras_still_runs_prints_the_same_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("keras") is None:
        pytest.skip("the real Keras is not installed")
    folder_of_a_reader(tmp_path)
    monkeypatch.chdir(tmp_path)
    both = [runs(tmp_path, list(NOW), engine, WITHOUT) for engine in ("hakseup", "keras")]
    for number, name in enumerate(NOW):
        assert all(result.ran[number + 1].failure is None for result in both), (
            name,
            both[1].as_dict()["failed"],
        )
        here, there = (lines(told(result, number)) for result in both)
        assert here == there, name


@pytest.mark.slow
@pytest.mark.parametrize("path", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_each_runs_by_itself(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder_of_a_reader(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / path.name).write_bytes(path.read_bytes())
    assert main(["run", path.name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["failed"] == []
