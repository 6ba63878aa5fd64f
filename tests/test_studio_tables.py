"""The studio on tables, asked in this process: what counts, a row, a whole file, one's own layers; and the pages to take home."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from studio_makers import client, homes

import hakseup
from hakseup import recipes
from hakseup.report import compare_page

QUICK = {"training.epochs": 12, "training.batch_size": 16, "training.learning_rate": 0.02}
LAYERS = ["Dense(8, activation='relu')", "Dense(1)"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with homes.csv and runs on it: of the price, a copy of that, of the place."""
    root = tmp_path_factory.mktemp("studio")
    home = os.environ.get("HAKSEUP_HOME")
    os.environ["HAKSEUP_HOME"] = str(root / "home")
    (root / "data").mkdir()
    source = root / "data" / "homes.csv"
    source.write_text(homes(), "utf-8")
    out = root / "runs"
    price = hakseup.train(source, network=LAYERS, settings={**QUICK, "data.target": "price"}, out=out)
    shutil.copytree(price.path, out / f"{price.name}-again")
    classes = ["Dense(8, activation='relu')", "Dense(2, activation='softmax')"]
    hakseup.train(source, network=classes, settings={**QUICK, "data.target": "place"}, out=out)
    if home is not None:
        os.environ["HAKSEUP_HOME"] = home
    yield root


@pytest.fixture
def studio(root: Path) -> TestClient:
    return client(root)


@pytest.fixture(scope="module")
def runs(root: Path) -> dict[str, str]:
    """By what they predict: price, again, place."""
    names = [path.name for path in (root / "runs").iterdir()]
    (again,) = (name for name in names if name.endswith("-again"))
    (place,) = set(names) - {again, again.removesuffix("-again")}
    return {"price": again.removesuffix("-again"), "again": again, "place": place}


def test_the_columns_that_count_are_those_that_made_the_price(
    studio: TestClient, root: Path, runs: dict[str, str]
) -> None:
    facts = studio.get(f"/api/runs/{runs['price']}/columns").json()
    kept = json.loads((root / "runs" / runs["price"] / "table.json").read_text("utf-8"))
    assert facts["importance"] == kept["importance"] and facts["details"] == kept["validation"]
    assert facts["used"] == ["door", "place", "size"] and facts["task"] == "number"
    assert facts["importance"]["columns"][0]["name"] == "size"
    assert "size" in facts["found"]["importance"]["en"] and facts["metrics"]["mae"] > 0
    shown = studio.get(f"/api/runs/{runs['price']}").json()
    assert shown["target"] == "price" and shown["task"] == "number"
    assert shown["columns"][0]["name"] == "size" and all(c["used"] for c in shown["columns"])
    (values,) = (one["values"] for one in shown["columns"] if one["name"] == "place")
    assert sorted(values) == ["country", "town"]
    of_classes = studio.get(f"/api/runs/{runs['place']}/columns").json()
    assert of_classes["task"] == "classes" and len(of_classes["classes"]) == 2
    matrix = studio.get(f"/api/runs/{runs['place']}/confusion").json()
    assert np.sum(matrix["matrix"]) == of_classes["n"]
    row = next(one for one in studio.get("/api/runs").json()["runs"] if one["run"] == runs["price"])
    assert row["validation_rmse"] == facts["metrics"]["rmse"] and row["validation_accuracy"] is None


def test_a_file_is_predicted_as_on_the_command_line(
    studio: TestClient, root: Path, tmp_path: Path, runs: dict[str, str]
) -> None:
    (tmp_path / "new.csv").write_text("size,place,door\n50,town,1\n150,country,2\n", "utf-8")
    run = hakseup.open_run(root / "runs" / runs["price"])
    run.predict(tmp_path / "new.csv", out=tmp_path / "wanted.csv")
    sent = {"files": ("new.csv", (tmp_path / "new.csv").read_bytes())}
    answer = studio.post(f"/api/runs/{runs['price']}/predictions", files=sent).json()
    assert answer["n"] == 2 and answer["csv"] == (tmp_path / "wanted.csv").read_text("utf-8")
    one = studio.post(
        f"/api/runs/{runs['price']}/rows", json={"rows": [{"size": "50", "place": "town", "door": "1"}]}
    ).json()
    (first, *_more) = csv.DictReader(io.StringIO(answer["csv"].lstrip("\ufeff")))
    assert float(first["value"]) == pytest.approx(one["predictions"][0]["value"], rel=1e-6)
    assert not list((root / ".studio" / "tmp").iterdir())
    picture = studio.post(f"/api/runs/{runs['price']}/predictions", files={"files": ("a.png", b"x")})
    assert picture.status_code == 400 and picture.json()["error"]["code"] == "not-a-table"
    other = studio.post(f"/api/runs/{runs['price']}/predictions", files={"files": ("a.csv", b"a,b\n1,2\n")})
    assert other.status_code == 422 and "size" in other.json()["error"]["message"]


def test_ones_own_layers_are_reckoned_for_a_table(studio: TestClient) -> None:
    def ask(target: str, *layers: str) -> dict[str, Any]:
        body = {"layers": layers, "data": "homes.csv", "recipe": "table", "target": target}
        found: dict[str, Any] = studio.post("/api/layers", json=body).json()
        return found

    number = ask("price", *LAYERS)
    width = number["input_shape"][0]
    assert number["fault"] is None and number["parameters"] == (width + 1) * 8 + 9
    assert ask("price", "Dense(3, activation='softmax')")["fault"]["code"] == "output-not-a-number"
    assert ask("place", *LAYERS)["fault"] is not None
    begin = studio.get("/api/recipes/table/layers?data=homes.csv&target=place").json()
    assert begin["own"] is False and begin["fault"] is None and "Dense(2" in begin["layers"][-1]
    begin = studio.get("/api/recipes/table/layers?data=homes.csv&target=price").json()
    assert begin["layers"][-1] == "Dense(1)" and begin["fault"] is None
    unknown = studio.post("/api/layers", json={"layers": LAYERS, "data": "homes.csv", "target": "nothing"})
    assert unknown.status_code in (400, 422)


def test_only_recipes_that_can_work_are_offered(studio: TestClient, root: Path) -> None:
    def offered(data: str) -> list[str]:
        listed = studio.get("/api/recipes", params={"data": data}).json()["recipes"]
        assert {one["name"] for one in listed} == set(recipes.names())
        return [one["name"] for one in listed if one["fits"]]

    assert offered("homes.csv") == ["table"]
    assert offered("house") == ["table", "house-5", "house-9"]
    assert "mnist-cnn" in offered("mnist") and "shapes-cnn" not in offered("mnist")
    (root / "data" / "three").mkdir(exist_ok=True)
    for name in "abc":
        (root / "data" / "three" / name).mkdir(exist_ok=True)
    assert offered("three")[:2] == ["fast", "best"] and "shapes-cnn" in offered("three")
    assert "mnist-cnn" not in offered("three")


def test_the_pages_of_the_command_line_can_be_taken_home(studio: TestClient, runs: dict[str, str]) -> None:
    compared = studio.get("/api/compare.html", params={"run": [runs["price"], runs["again"]], "lang": "ko"})
    found = studio.post("/api/compare", json={"runs": [runs["price"], runs["again"]]}).json()
    assert compared.text == compare_page.render(found, "ko")
    looked = studio.get("/api/data/homes.csv/look.html", params={"target": "place"})
    assert "place" in looked.text
    for page in (compared, looked):
        policy = page.headers["content-security-policy"]
        assert "sandbox" in policy and "default-src 'none'" in policy and "allow-same-origin" not in policy
    drawing = studio.get(f"/api/runs/{runs['price']}/network.png")
    assert drawing.content.startswith(b"\x89PNG") and drawing.headers["content-type"] == "image/png"
    assert studio.get(f"/api/runs/{runs['price']}/network.svg").text.lstrip().startswith("<svg")
    assert studio.get(f"/api/runs/{runs['price']}/network.exe").status_code == 400
    assert studio.get("/api/compare.html", params={"run": [runs["price"]]}).status_code == 400
