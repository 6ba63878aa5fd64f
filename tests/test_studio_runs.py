"""What the studio says of runs: asked in this process, of a run that the command line's own functions have made."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx2
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from studio_makers import as_png, client, drawing

import hakseup
from hakseup.runs import lock
from hakseup.studio import models
from hakseup.studio.answers import dumps
from hakseup.studio.follow import Watched
from hakseup.studio.jobs import KEPT, ROOM, Jobs
from hakseup.studio.models import Model, Models, Seen, Together
from hakseup.studio.routes import insides
from hakseup.studio.shortcut import Shortcut
from hakseup.studio.workspace import Workspace
from hakseup.training.live import LIVE, WATCHED

LAYERS = [
    "Conv2D(8, 3, activation='relu')",
    "MaxPooling2D(2)",
    "Flatten()",
    "Dense(3, activation='softmax')",
]
SETTINGS = {
    "training.epochs": 25,
    "training.learning_rate": 0.01,
    "data.size": (20, 20),
    "augmentation.kind": "none",
    "training.final_fit": False,
    "training.small_below": 0,
    "training.precision": "fp32",
    "preparation.views": "one",
}
CLASSES = ("box", "circle", "cross")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with a data set of 60 drawings and one run, `shapes-own-1`."""
    root = tmp_path_factory.mktemp("studio")
    home = os.environ.get("HAKSEUP_HOME")
    os.environ["HAKSEUP_HOME"] = str(root / "home")
    for c, of in enumerate(CLASSES):
        folder = root / "data" / "shapes" / of
        folder.mkdir(parents=True)
        for i in range(20):
            (folder / f"{i}.png").write_bytes(drawing(of, 100 * c + i))
    hakseup.train(root / "data" / "shapes", network=LAYERS, settings=SETTINGS, out=root / "runs")
    if home is not None:
        os.environ["HAKSEUP_HOME"] = home
    yield root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A copy of it, so that a test may break it. The run knows its data by their old place."""
    shutil.copytree(made, tmp_path / "work")
    for path in (tmp_path / "work" / "runs").glob("*/*"):
        if path.suffix in (".json", ".toml"):
            path.write_text(path.read_text("utf-8").replace(str(made), str(tmp_path / "work")), "utf-8")
    return tmp_path / "work"


@pytest.fixture
def studio(root: Path) -> TestClient:
    return client(root)


RUN = "/api/runs/shapes-own-1"


def picture(content: bytes, **more: Any) -> dict[str, Any]:
    return {"png": base64.b64encode(content).decode(), **more}


def sprite(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_the_list_and_the_run_say_what_the_command_line_says(studio: TestClient, root: Path) -> None:
    run = hakseup.open_run(root / "runs" / "shapes-own-1")
    (row,) = studio.get("/api/runs").json()["runs"]
    assert row["run"] == "shapes-own-1" and row["state"] == "done" and row["data"] == "shapes"
    facts = studio.get(RUN).json()
    assert facts["validation_accuracy"] == run.scores["validation"]["metrics"]["accuracy"]
    assert facts["parameters"] == run.network.parameters  # type: ignore[union-attr]
    assert [r["output_shape"] for r in facts["network"]] == [list(s) for s in run.network.output_shapes]  # type: ignore[union-attr]
    assert [r["loss"] for r in facts["history"]] == [r["loss"] for r in run.history]
    assert facts["recipe_settings"]["training.epochs"] == 25 and facts["data_here"] is True
    assert facts["opened"] == 0 and facts["test_n"] == 12


def noise() -> bytes:
    """A picture like nothing that was learned."""
    return as_png(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)))


def test_a_file_that_is_no_picture_is_named_as_it_was_sent(studio: TestClient) -> None:
    empty, good = ("files", ("empty.png", b"")), ("files", ("good.png", drawing("cross", 1)))
    answer = studio.post(f"{RUN}/predictions", files=[empty, good]).json()
    assert answer["n"] == 1
    assert answer["refused"] == [
        {
            "input": "empty.png",
            "reason": {"en": "the file is empty (0 bytes).", "ko": "빈 파일입니다(0바이트)."},
        }
    ]
    refusal = studio.post(f"{RUN}/predictions", files=[empty])
    assert refusal.status_code == 422
    assert refusal.json()["error"]["en"]["message"].endswith(
        "picture: empty.png: the file is empty (0 bytes)."
    )


@pytest.mark.parametrize("asked", [0.01, 0.5])
def test_it_predicts_as_the_command_line_does(
    studio: TestClient, root: Path, tmp_path: Path, asked: float
) -> None:
    recipe = root / "runs" / "shapes-own-1" / "recipe.toml"
    recipe.write_text(
        recipe.read_text("utf-8").replace("false_alarms = 0.01", f"false_alarms = {asked}"), "utf-8"
    )
    run = hakseup.open_run(root / "runs" / "shapes-own-1")
    for content in (drawing("cross", 999), noise()):
        (tmp_path / "new.png").write_bytes(content)
        (wanted,) = run.predict(tmp_path / "new.png")["predictions"]
        got = studio.post(f"{RUN}/predict", json=picture(content, sequence=7)).json()
        assert got["sequence"] == 7
        for key in ("label", "known", "answer", "reason"):
            assert got[key] == wanted[key]
        for one in got["probabilities"]:
            assert one["p"] == pytest.approx(wanted["probabilities"][one["key"]], abs=1e-5)
        assert got["false_alarms"]["n"] == 6 and got["false_alarms"]["asked"] == asked
        assert sprite(got["seen"]).shape == (20, 20)
    if asked == 0.5:  # so many are refused that noise is among them
        assert got["known"] is False and got["answer"] is None and got["label"] in CLASSES
        assert got["reason"]["code"] in ("noise", "unlike") and got["reason"]["ko"]


def test_an_empty_board_gets_no_answer(studio: TestClient) -> None:
    white = as_png(Image.new("L", (64, 64), 255))
    for body in ({"strokes": []}, picture(white, drawn=True)):
        got = studio.post(f"{RUN}/predict", json=body).json()
        assert got["empty"] is True and got["answer"] is None and got["probabilities"] == []
        assert studio.post(f"{RUN}/inside", json=body).status_code == 422


def test_strokes_are_a_drawing(studio: TestClient) -> None:
    cross = [[[0.3, 0.3], [0.7, 0.7]], [[0.3, 0.7], [0.7, 0.3]]]
    got = studio.post(f"{RUN}/predict", json={"strokes": cross, "thickness": 0.04}).json()
    assert got["label"] == "cross"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"png": "@@@"},
        {"png": ""},
        {"png": base64.b64encode(b"<svg/>").decode()},
        {"png": "x", "strokes": []},
        {"strokes": [[[1]]]},
        {"strokes": [[["a", "b"]]]},
        {"strokes": [[[1e300, 0]]]},
        {"picture": "validation/999999"},
        {"picture": "test/0"},
        {"picture": "../../etc/passwd"},
        {"picture": "validation/-1"},
        {"picture": "validation/1e3"},
        {"picture": "validation/²"},
    ],
)
@pytest.mark.parametrize("route", ["predict", "inside", "where", "nearest"])
def test_what_is_no_picture_is_refused_in_words(studio: TestClient, body: dict[str, Any], route: str) -> None:
    answer = studio.post(f"{RUN}/{route}", json=body)
    assert answer.status_code in (400, 404, 409, 422)
    assert answer.json()["error"]["message"]


def test_the_matrix_counts_what_its_cells_list(studio: TestClient) -> None:
    facts = studio.get(f"{RUN}/confusion").json()
    matrix = np.array(facts["matrix"])
    assert facts["n"] == matrix.sum() == 6
    keys = [c["key"] for c in facts["classes"]]
    for i, truth in enumerate(keys):
        for j, label in enumerate(keys):
            cell = studio.get(f"{RUN}/pictures", params={"truth": truth, "label": label}).json()
            assert cell["n"] == matrix[i, j]
            assert all(p["truth"] == truth and p["label"] == label for p in cell["pictures"])
    wrong = studio.get(f"{RUN}/pictures?wrong=true").json()
    assert wrong["n"] == matrix.sum() - np.trace(matrix)
    sealed = studio.get(f"{RUN}/confusion?part=test")
    assert sealed.status_code == 409
    assert studio.get(f"{RUN}/confusion?part=nothing").status_code == 404


def test_a_picture_of_the_run_is_the_picture_of_the_data(studio: TestClient, root: Path) -> None:
    listed = studio.get(f"{RUN}/pictures").json()["pictures"]
    run = hakseup.open_run(root / "runs" / "shapes-own-1")
    for one in listed:
        served = np.asarray(Image.open(io.BytesIO(studio.get(one["url"]).content)))
        from hakseup.data.preparation import Preparation

        prepared = Preparation.from_dict(run.folder.json("preparation.json")).decode(one["where"])
        assert np.array_equal(served, prepared[..., 0])


def test_inside_shows_every_layer_and_adds_up(studio: TestClient) -> None:
    which = studio.get(f"{RUN}/pictures").json()["pictures"][0]["id"]
    facts = studio.post(f"{RUN}/inside", json={"picture": which}).json()
    conv, pool, flat, dense = facts["layers"]
    assert sprite(facts["input"]["png"]).shape == (20, 20)
    assert sprite(conv["maps"]["png"]).shape == (8 * 18, 18) and conv["low"] >= 0
    assert sprite(pool["maps"]["png"]).shape == (8 * 9, 9)
    assert len(flat["values"]) == 512 and flat["output_shape"] == [648]
    assert sum(dense["values"]) == pytest.approx(1, abs=1e-3)
    shown = (
        sprite(conv["maps"]["png"]).reshape(8, 18, 18)[5, 4, 3] / 255 * (conv["high"] - conv["low"])
        + conv["low"]
    )
    place = {"picture": which, "layer": "conv2d", "filter": 5, "row": 4, "column": 3}
    spelled = studio.post(f"{RUN}/inside/position", json=place).json()
    assert spelled["output"] == pytest.approx(shown, abs=(conv["high"] - conv["low"]) / 250)
    total = sum(v for channel in spelled["products"] for row in channel for v in row) + spelled["bias"]
    assert spelled["output"] == pytest.approx(max(0, total), abs=1e-4)
    assert studio.post(f"{RUN}/inside/position", json={**place, "row": 18}).status_code == 400


def test_where_it_looked_has_the_size_of_the_picture(studio: TestClient) -> None:
    facts = studio.post(f"{RUN}/where", json=picture(drawing("box", 4))).json()
    assert facts["class"] in CLASSES and facts["gradcam"]["layer"] == "max_pooling2d"
    for name in ("gradcam", "gradient"):
        assert sprite(facts[name]["png"]).shape == (20, 20)
    drop = np.array(facts["occlusion"]["drop"])
    assert sprite(facts["occlusion"]["png"]).shape == drop.shape
    other = studio.post(f"{RUN}/where", json={**picture(drawing("box", 4)), "class": "cross"}).json()
    assert other["class"] == "cross" and other["gradient"]["png"] != facts["gradient"]["png"]
    assert (
        studio.post(f"{RUN}/where", json={**picture(drawing("box", 4)), "class": "star"}).status_code == 400
    )


def test_a_training_picture_is_nearest_to_itself(studio: TestClient) -> None:
    for row in (0, 7, 30):
        facts = studio.post(f"{RUN}/nearest", json={"picture": f"train/{row}", "n": 3}).json()
        first, second, _third = facts["pictures"]
        assert first["id"] == f"train/{row}" and first["distance"] < 0.01 <= second["distance"]
        assert studio.get(first["url"]).status_code == 200


def test_where_the_data_are_gone_the_run_still_shows_what_it_kept(studio: TestClient, root: Path) -> None:
    wrong = studio.get(f"{RUN}/pictures").json()["pictures"]
    (root / "data" / "shapes" / "box" / "0.png").unlink()
    statuses = {studio.get(one["url"]).status_code for one in wrong}
    assert statuses <= {200, 409}
    answer = studio.post(f"{RUN}/nearest", json={"picture": "train/0"})
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "data-changed"
    got = studio.post(f"{RUN}/predict", json=picture(drawing("box", 3)))
    assert got.status_code == 200


def test_data_outside_of_the_workspace_are_not_read(studio: TestClient, root: Path) -> None:
    path = root / "runs" / "shapes-own-1" / "run.json"
    facts = json.loads(path.read_text("utf-8"))
    elsewhere = root.parent / "elsewhere"
    shutil.copytree(root / "data" / "shapes", elsewhere)
    facts["data"]["source"] = str(elsewhere)
    path.write_text(json.dumps(facts), "utf-8")
    answer = studio.post(f"{RUN}/nearest", json={"picture": "train/0"})
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "data-outside"
    assert studio.get(RUN).json()["data_here"] is False


def test_the_test_part_is_opened_by_a_deliberate_act_only(studio: TestClient) -> None:
    facts = studio.get(f"{RUN}/test").json()
    assert facts["opened"] == 0 and facts["n"] == 12 and "counted" in facts["said"]["en"]
    for body in ({}, {"open_the_test_part": False}):
        answer = studio.post(f"{RUN}/evaluate", json=body)
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "evaluate-needs-consent"
    assert studio.post(f"{RUN}/evaluate", json={"open_the_test_part": True, "x": 1}).status_code == 400
    assert studio.get(f"{RUN}/test").json()["opened"] == 0
    assert studio.get("/api/jobs").json() == {"jobs": []}


def test_the_report_can_ask_nothing_of_the_studio(studio: TestClient) -> None:
    answer = studio.get(f"{RUN}/report?lang=ko")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy and "allow-same-origin" not in policy and "connect-src" not in policy
    assert '<html lang="ko"' in answer.text
    svg = studio.get(f"{RUN}/network.svg")
    assert (
        svg.headers["content-type"] == "image/svg+xml" and "sandbox" in svg.headers["content-security-policy"]
    )
    assert studio.get(f"{RUN}/augmented.png").status_code == 404


def test_the_zip_is_a_run_that_opens_elsewhere(studio: TestClient, tmp_path: Path) -> None:
    answer = studio.get(f"{RUN}/download")
    assert "shapes-own-1.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        packed.extractall(tmp_path / "there")
    assert not any("checkpoint" in name or "/." in name for name in names)
    run = hakseup.open_run(tmp_path / "there" / "shapes-own-1")
    (tmp_path / "p.png").write_bytes(drawing("box", 3))
    assert run.predict(tmp_path / "p.png")["n"] == 1


def test_a_damaged_or_deleted_run_is_said(studio: TestClient, root: Path) -> None:
    folder = root / "runs" / "shapes-own-1"
    (folder / "weights.safetensors").write_bytes(b"nonsense")
    answer = studio.post(f"{RUN}/predict", json=picture(drawing("box", 1)))
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "run-damaged"
    for name in (
        "preparation.json",
        "network.json",
        "run.json",
        "scores.json",
        "status.json",
        "recipe.toml",
        "split.npz",
    ):
        (folder / name).write_text("{", "utf-8")
        for path in ("", "/confusion", "/test", "/report", "/download", "/network.svg", "/pictures"):
            assert studio.get(RUN + path).status_code in (200, 400, 404, 409, 422), (name, path)
        for path in ("/predict", "/inside", "/where", "/nearest"):
            assert studio.post(RUN + path, json=picture(drawing("box", 1))).status_code in (
                400,
                404,
                409,
                422,
            )
    assert studio.get("/api/runs").json()["runs"][0]["state"] == "damaged"
    shutil.rmtree(folder)
    for path in ("", "/confusion", "/test", "/report", "/download"):
        answer = studio.get(RUN + path)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "no-such-run"
    assert studio.get("/api/runs").json() == {"runs": []}


def test_layers_are_reckoned_while_they_are_typed(studio: TestClient) -> None:
    def ask(*layers: str) -> dict[str, Any]:
        body = {"layers": layers, "input_shape": [28, 28, 1], "classes": 10}
        answer = studio.post("/api/layers", json=body)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    whole = ask("Conv2D(32, 3)", "MaxPooling2D(2)", "Flatten()", "Dense(10, activation='softmax')")
    assert whole["fault"] is None
    assert [r["output_shape"] for r in whole["rows"]] == [[26, 26, 32], [13, 13, 32], [5408], [10]]
    assert whole["parameters"] == 32 * 10 + 5409 * 10
    misspelt = ask("Conv2D(32, 3)", "MaxPoling2D(2)", "Flatten()")
    assert misspelt["fault"]["number"] == 2 and "MaxPooling2D" in misspelt["fault"]["hint"]
    assert len(misspelt["rows"]) == 1 and misspelt["parameters"] == 320
    assert ask("Conv2D(8, 30)")["fault"]["number"] == 1
    assert ask("Flatten()", "Dense(9)")["fault"]["code"] == "output-does-not-fit"
    assert ask("__import__('os').system('x')")["fault"]["number"] == 1
    assert ask()["fault"]["code"] == "no-layers"


def test_every_recipe_for_pictures_shows_its_layers(studio: TestClient) -> None:
    from hakseup import recipes
    from hakseup.models import backbones

    listed = studio.get("/api/recipes?data=shapes").json()["recipes"]
    assert [one["name"] for one in listed] == recipes.names()
    assert all(one["fits"] <= (one["kind"] == "pictures") for one in listed)
    assert {one["name"] for one in listed if one["kind"] == "table"} == {
        name for name in recipes.names() if name.startswith(("table", "house", "wine", "pima"))
    }
    for one in listed:
        if one["kind"] == "pictures" and (one["name"] != "photos" or backbones.in_package()):
            facts = studio.get(f"/api/recipes/{one['name']}/layers?data=shapes").json()
            assert facts["rows"], facts
            if facts["fault"]:  # a tutorial's network is made for its own ten classes
                assert facts["fault"]["code"] == "output-does-not-fit"
            assert one["fits"] == (facts["fault"] is None)  # so it is not offered


def test_settings_that_name_a_file_cannot_be_sent(studio: TestClient) -> None:
    keys = {one["key"] for one in studio.get("/api/settings?kind=pictures").json()["settings"]}
    assert "training.epochs" in keys and not keys & {"data.source", "network.weights", "data.target"}
    for settings in (
        {"network.weights": "/etc/passwd"},
        {"data.source": "/etc"},
        {"training.epochs": "many"},
        {"training.epochs": -1},
        {"training.nothing": 1},
        {"checkpoint.pattern": "../../x"},
        {"--out": "/tmp"},
        {"network.layers": "[1"},
    ):
        answer = studio.post("/api/runs", json={"data": "shapes", "settings": settings})
        assert answer.status_code in (400, 422) or "pattern" in str(settings), (settings, answer.json())


def watched(root: Path) -> Watched:
    return Watched(Workspace.at(root).run("shapes-own-1"))


def test_a_finished_run_is_told_whole_at_once(root: Path) -> None:
    one = watched(root)
    one.look()
    facts = one.news(-1, 0)
    assert facts["state"] == "done" and len(facts["rows"]) == 25 and facts["epochs"] == 25
    assert not (root / "runs" / "shapes-own-1" / WATCHED).exists()  # nobody needs to write for us


def test_of_a_stopped_run_nobody_guesses_the_end(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "stopped"
    shutil.copytree(root / "runs" / "shapes-own-1", folder)
    (folder / LIVE).unlink(missing_ok=True)
    (folder / "status.json").write_text('{"state": "interrupted"}', "utf-8")
    one = Watched(Workspace.at(tmp_path).run("stopped"))
    one.look()
    facts = one.news(-1, 0)
    assert (facts["state"], facts["epoch"], facts["epochs"]) == ("interrupted", 25, None)


def test_a_busy_machine_makes_no_prediction_slow(studio: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    took: list[float] = []
    monkeypatch.setattr(Models, "remember", lambda self, run, seconds: took.append(seconds))
    monkeypatch.setattr(models, "say", lambda *_: time.sleep(0.1) or [{"milliseconds": 100.0}])
    body = {"strokes": [[[0.2, 0.2], [0.8, 0.8]]], "thickness": 0.05}
    assert studio.post(f"{RUN}/predict", json=body).status_code == 200
    assert 0 < took[0] < 0.1  # what others did meanwhile is not counted


def test_pictures_that_come_at_once_go_through_together_and_each_gets_its_own_answer(
    studio: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, groups = models.say, list[int]()
    monkeypatch.setattr(models, "say", lambda model, seen: groups.append(len(seen)) or said(model, seen))
    monkeypatch.setattr(Models, "is_quick", lambda self, run: True)
    drawings = [[[[0.2, 0.2], [0.8, at]]] for at in (0.2, 0.5, 0.8)] + [[]]

    async def ask() -> list[dict[str, Any]]:
        line = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(studio.app), base_url=studio.base_url, headers=studio.headers
        )
        async with line:
            asked = [
                line.post(f"{RUN}/predict", json={"strokes": one, "thickness": 0.05}) for one in drawings
            ]
            return [answer.json() for answer in await asyncio.gather(*asked)]

    together = asyncio.run(ask())
    assert sum(groups) == 4 and len(groups) < 4
    assert together[3]["empty"] and together[3]["seen"] is None
    for strokes, answer in zip(drawings, together, strict=True):
        alone = studio.post(f"{RUN}/predict", json={"strokes": strokes, "thickness": 0.05}).json()
        assert answer["seen"] == alone["seen"] and answer["label"] == alone["label"]
        assert [c["p"] for c in answer["probabilities"]] == pytest.approx(
            [c["p"] for c in alone["probabilities"]], abs=1e-5
        )


def test_who_goes_away_takes_no_answer_with_him_and_a_failure_is_heard_by_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, seen = cast(Model, object()), Seen(None)
    monkeypatch.setattr(models, "say", lambda model, pictures: [{"n": i} for i in range(len(pictures))])

    async def one_goes() -> list[Any]:
        together = Together()
        asked = [asyncio.create_task(together.say(model, seen)) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *others = asyncio.run(one_goes())
    assert isinstance(first, asyncio.CancelledError) and [said["n"] for said, _seconds in others] == [1, 2]

    def fails(*_: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr(models, "say", fails)

    async def all_hear() -> list[Any]:
        together = Together()
        return await asyncio.gather(*(together.say(model, seen) for _ in range(2)), return_exceptions=True)

    assert [type(error) for error in asyncio.run(all_hear())] == [ValueError, ValueError]


def test_a_picture_of_colours_goes_in_as_one(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (6, 4, 3)).astype(np.uint8)
    facts = insides._picture(picture)
    assert np.array_equal(sprite(facts["png"]), picture)
    assert (facts["count"], facts["shown"], facts["height"], facts["width"], facts["step"]) == (3, 1, 6, 4, 1)


def test_a_stream_asked_for_once_says_all_and_ends(studio: TestClient) -> None:
    told = studio.get("/api/events", params={"run": "shapes-own-1", "once": True}).text
    assert [line[7:] for line in told.splitlines() if line.startswith("event: ")] == [
        "jobs", "runs", "sets", "live",
    ]  # fmt: skip
    assert told.startswith("retry: 2000")
    (live,) = (json.loads(line[6:]) for line in told.splitlines() if '"whole"' in line)
    assert live["whole"] is True and len(live["rows"]) == 25


def test_what_is_new_is_told_once_and_nothing_is_lost(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root / "runs" / "shapes-own-1"
    monkeypatch.setattr("hakseup.studio.follow.EVERY", 0.0)
    rows = [{"epoch": float(e), "loss": 1 / e} for e in range(1, 40)]

    def write(start: int, losses: list[float], upto: int) -> None:
        facts = {
            "stage": "choose", "epoch": upto, "epochs": 40, "step": 1, "steps": 1, "loss": 0.1,
            "accuracy": 0.5, "per_second": 1.0, "left": 3.0, "best_epoch": 1, "rows": rows[max(0, upto - 3) : upto],
            "batches": {"from": start, "loss": losses}, "kernels": None,
        }  # fmt: skip
        (folder / LIVE).write_text(json.dumps(facts), "utf-8")
        stamp = (folder / LIVE).stat().st_mtime_ns + write.count  # type: ignore[attr-defined]
        write.count += 1_000_000  # type: ignore[attr-defined]
        os.utime(folder / LIVE, ns=(stamp, stamp))

    write.count = 1  # type: ignore[attr-defined]
    (folder / "history.csv").unlink()
    (folder / "status.json").write_text('{"state": "training"}', "utf-8")
    with lock.alone(folder):
        one = watched(root)
        write(0, [0.0, 1.0, 2.0], 1)
        one.look()
        first = one.news(-1, 0)
        assert first["state"] == "training" and first["batches"] == {"from": 0, "loss": [0.0, 1.0, 2.0]}
        assert (folder / WATCHED).exists()
        version, number = one.version, one.next
        write(1, [1.0, 2.0, 3.0, 4.0], 3)  # two of them are known already
        one.look()
        second = one.news(version, number)
        assert second["batches"] == {"from": 3, "loss": [3.0, 4.0]}
        assert [row["epoch"] for row in second["rows"]] == [2, 3]
        version, number = one.version, one.next
        write(4, [4.0, 9.0], 4)  # resumed from a checkpoint: the last batch comes again
        one.look()
        third = one.news(version, number)
        assert third["batches"] == {"from": 5, "loss": [9.0]}
        assert [row["epoch"] for row in third["rows"]] == [4]
        assert [row["epoch"] for row in one.news(-1, 0)["rows"]] == [1, 2, 3, 4]
        write(8, [5.0], 5)  # for a while nobody watched
        one.look()
        assert dumps(one.news(-1, 6)["batches"]) == b'{"from":6,"loss":[null,null,5.0]}'
        (folder / LIVE).write_text("{", "utf-8")  # caught half way: not on a file system that renames
        os.utime(folder / LIVE, ns=(1, 1))
        one.look()
        assert one.news(-1, 0)["state"] == "training"
    one.look()
    assert one.state == "stopped"  # the lock is free and nobody wrote an end: it was killed
    shutil.rmtree(folder)
    one.look()
    assert one.state == "gone"


def test_what_jobs_of_earlier_servers_said_is_not_kept_for_ever(tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    said = workspace.own / "jobs"
    said.mkdir()
    for number in range(KEPT + 3):
        for ending in (".out", ".err"):
            (said / f"{number}{ending}").touch()
            os.utime(said / f"{number}{ending}", (number, number))
    Jobs(workspace)
    stays = {str(number) for number in range(3, KEPT + 3)}
    assert {path.stem for path in said.iterdir()} == stays and len(list(said.iterdir())) == 2 * KEPT


def test_the_answer_of_a_job_fits_on_a_disk_that_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its room is taken before: an answer that says that the disk is full would not be written any more."""
    taken = []

    def spawn(_words: list[str], out: BinaryIO, _err: BinaryIO) -> subprocess.Popen[bytes]:
        taken.append(os.fstat(out.fileno()).st_size)
        out.write(b'{"error": {"code": "disk-full", "message": "full", "hint": null}}\n')
        out.flush()
        return subprocess.Popen([sys.executable, "-S", "-c", "raise SystemExit(1)"])

    monkeypatch.setattr("hakseup.studio.jobs._spawn", spawn)
    job = Jobs(Workspace.at(tmp_path)).start("train", ["train", "x"])
    job.process.wait()
    assert taken == [ROOM] and job.as_dict()["error"]["code"] == "disk-full"


def test_the_way_past_the_routing_says_what_the_route_says(studio: TestClient) -> None:
    def both(content: str, path: str = f"{RUN}/predict") -> tuple[int, dict[str, Any]]:
        found = []
        for kind in (
            "application/json",
            "application/json; charset=utf-8",
        ):  # the second goes through FastAPI
            answer = studio.post(path, content=content.encode(), headers={"Content-Type": kind})
            body = answer.json()
            body.pop("milliseconds", None)
            found.append((answer.status_code, dict(answer.headers), body))
        short, long = found
        sizes = [headers.pop("content-length") for headers in (short[1], long[1])]
        assert short == long and sizes[0]
        return short[0], short[2]

    status, said = both('{"strokes": [[[0.2, 0.2], [0.8, 0.8]]], "sequence": 3}')
    assert status == 200 and said["sequence"] == 3 and said["label"]
    assert both('{"strokes": [[["0.2", 1], [0.8, 0.8]]]}')[0] == 200
    for wrong in (
        "",
        "[",
        "[]",
        "{}",
        '{"png": "!"}',
        '{"strokes": [[[NaN, 0]]]}',
        '{"strokes": [], "png": ""}',
    ):
        status, said = both(wrong)
        assert 400 <= status < 500 and said["error"]["code"]
    assert both('{"strokes": []}', "/api/runs/none/predict")[0] == 404
    assert "/api/runs/{run}/predict" in studio.get("/api/openapi.json").json()["paths"]


def test_the_way_past_the_routing_takes_what_is_in_order_and_hands_on_all_else_as_it_came() -> None:
    async def ask(
        pieces: list[bytes], kind: bytes = b"application/json", end: str = "http.request"
    ) -> list[Any]:
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": one, "more_body": True} for one in pieces
        ]
        messages.append({"type": end, "body": b""} if end == "http.request" else {"type": end})
        coming, seen = iter(messages), list[Any]()

        async def receive() -> Any:
            return next(coming)

        async def routed(scope: Any, receive: Any, send: Any) -> None:
            seen.append("routed")
            assert [await receive() for _ in messages] == messages

        async def predict(run: str, body: Any) -> Any:
            async def answer(*_: Any) -> None:
                seen.append((run, body.strokes))

            return answer

        headers = [(b"host", b"here"), (b"content-type", kind)]
        scope = {"type": "http", "method": "POST", "path": "/api/runs/a b/predict", "headers": headers}
        await Shortcut(routed, predict)(scope, receive, receive)
        return seen

    assert asyncio.run(ask([b'{"strokes"', b": []}"])) == [("a b", [])]
    assert asyncio.run(ask([b'{"strokes"', b": ["])) == ["routed"]
    assert asyncio.run(ask([b'{"strokes": []}'], kind=b"text/plain")) == ["routed"]
    assert asyncio.run(ask([b'{"strokes"'], end="http.disconnect")) == ["routed"]
    # Who goes away behind a body that could be read is not answered either.
    assert asyncio.run(ask([b'{"strokes": []}'], end="http.disconnect")) == ["routed"]
