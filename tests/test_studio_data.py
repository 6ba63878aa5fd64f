"""Data sets in the studio: made, filled, changed, and every change taken back."""

from __future__ import annotations

import io
import json
import os
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from studio_makers import client, drawing, files_below

from hakseup import api, recipes
from hakseup.runs.folder import RunFolder
from hakseup.studio import galleries

PNG = {"Content-Type": "image/png"}


@pytest.fixture
def studio(tmp_path: Path) -> TestClient:
    return client(tmp_path)


def fill(
    studio: TestClient, name: str = "도형", classes: tuple[str, ...] = ("원", "box"), n: int = 3
) -> None:
    assert studio.post("/api/data", json={"name": name, "classes": list(classes)}).status_code == 201
    for c, of in enumerate(classes):
        for i in range(n):
            sent = studio.post(
                f"/api/data/{name}/classes/{of}/pictures", content=drawing("box", 10 * c + i), headers=PNG
            )
            assert sent.status_code == 201


def ids(studio: TestClient, name: str = "도형", of: str | None = None) -> list[str]:
    answer = studio.get(f"/api/data/{name}/pictures", params={} if of is None else {"class": of})
    return [one["id"] for one in answer.json()["pictures"]]


def test_what_is_drawn_here_is_what_the_command_line_reads(studio: TestClient, tmp_path: Path) -> None:
    fill(studio)
    facts = api.look(tmp_path / "data" / "도형")
    assert facts["n"] == 6 and [c["key"] for c in facts["classes"]] == ["box", "원"]
    seen = studio.get("/api/data/도형/look").json()
    assert seen["verdict"] == facts["verdict"] and seen["counts"] == facts["counts"]


def order(studio: TestClient, name: str = "하늘") -> list[str]:
    return [one["name"] for one in studio.get(f"/api/data/{name}").json()["classes"]]


def test_classes_stand_in_the_order_they_were_named(studio: TestClient, tmp_path: Path) -> None:
    fill(studio, "하늘", ("해", "달", "별"), n=1)
    assert order(studio) == ["해", "달", "별"]
    studio.post("/api/data/하늘/classes", json={"name": "구름"})
    renamed = studio.patch("/api/data/하늘/classes/해", json={"name": "태양"}).json()
    assert order(studio) == ["태양", "달", "별", "구름"]
    gone = studio.delete("/api/data/하늘/classes/달").json()
    for change in (gone, renamed):  # taken back, they stand where they stood
        studio.post("/api/undo", json={"undo": change["undo"]})
    assert order(client(tmp_path)) == ["해", "달", "별", "구름"]
    for made in ("10", "9"):  # by another program, in natural order
        (tmp_path / "data" / "하늘" / made).mkdir()
    assert order(studio) == ["해", "달", "별", "구름", "9", "10"]


def test_an_order_that_cannot_be_read_is_the_natural_one(studio: TestClient, tmp_path: Path) -> None:
    fill(studio, "하늘", ("b", "a"), n=1)
    (tmp_path / ".studio" / "order" / "하늘.json").write_text("{", "utf-8")
    assert order(studio) == ["a", "b"]


def test_a_drawing_comes_back_pixel_for_pixel(studio: TestClient) -> None:
    fill(studio, n=1)
    picture = studio.get("/api/data/도형/pictures?class=원").json()["pictures"][0]
    served = studio.get(picture["url"] + "&side=512")
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(served.content))),
        np.asarray(Image.open(io.BytesIO(drawing("box", 0)))),
    )
    small = Image.open(io.BytesIO(studio.get(picture["url"] + "&side=24").content))
    assert max(small.size) == 24


def test_every_change_can_be_taken_back(studio: TestClient, tmp_path: Path) -> None:
    fill(studio)
    before = files_below(tmp_path / "data")
    first, second, *_ = ids(studio, of="원")
    changes = [
        studio.post("/api/data/도형/remove", json={"pictures": [first, second]}).json()["undo"],
        studio.post("/api/data/도형/move", json={"pictures": ids(studio, of="원"), "class": "box"}).json()[
            "undo"
        ],
        studio.patch("/api/data/도형/classes/원", json={"name": "circle"}).json()["undo"],
        studio.delete("/api/data/도형/classes/box").json()["undo"],
        studio.delete("/api/data/도형").json()["undo"],
    ]
    assert studio.get("/api/data/도형").status_code == 404
    again = client(tmp_path)  # the server was started anew meanwhile
    for token in reversed(changes):
        assert again.post("/api/undo", json={"undo": token}).status_code == 200
    assert files_below(tmp_path / "data") == before
    twice = again.post("/api/undo", json={"undo": changes[0]})
    assert twice.status_code == 404 and twice.json()["error"]["code"] == "nothing-to-undo"


def rename(studio: TestClient, name: str, new: str) -> Any:
    return studio.patch(f"/api/data/{quote(name, safe='')}", json={"name": new})


def learned(root: Path, run: str, source: str, **more: str) -> Path:
    """What tells of the data in the folder of a run that learned from them."""
    folder = root / "runs" / run
    folder.mkdir(parents=True)
    about = {"source": source, "name": Path(source).stem, **more}
    RunFolder(folder).write_json("run.json", {"format": 1, "data": about})
    RunFolder(folder).write_json("source.json", {"kind": "pictures", **about})
    recipe = recipes.load("fast")
    recipe = replace(recipe, data=replace(recipe.data, source=source))
    (folder / "recipe.toml").write_text(recipes.dump(recipe), "utf-8")
    return folder


def sources(folder: Path) -> set[str]:
    run, source = (json.loads((folder / name).read_text("utf-8")) for name in ("run.json", "source.json"))
    assert run["data"]["name"] == source["name"]
    return {run["data"]["source"], source["source"], recipes.load(folder).data.source}


def test_a_set_is_renamed_and_what_knows_it_goes_along(studio: TestClient, tmp_path: Path) -> None:
    fill(studio, "하늘", ("해", "달"), n=2)
    aside = studio.post("/api/data/하늘/remove", json={"pictures": ids(studio, "하늘", "달")[:1]}).json()[
        "undo"
    ]
    mine = learned(tmp_path, "하늘-1", str(tmp_path / "data" / "하늘"))
    other = learned(tmp_path, "하늘빛-1", str(tmp_path / "data" / "하늘빛"))
    before = files_below(tmp_path / "runs")
    answer = rename(studio, "하늘", " My sky ").json()
    assert answer["name"] == "My sky" and order(studio, "My sky") == ["해", "달"]
    assert studio.get("/api/data/하늘").status_code == 404
    assert studio.get("/api/data").json()["renamed"] == {"하늘": "My sky"}
    assert sources(mine) == {str(tmp_path / "data" / "My sky")}
    assert sources(other) == {str(tmp_path / "data" / "하늘빛")}
    (run,) = [one for one in studio.get("/api/runs").json()["runs"] if one["run"] == "하늘-1"]
    assert run["data"] == "My sky"
    studio.post(
        "/api/undo", json={"undo": aside}
    )  # from before it had this name: it comes back where it is now
    assert len(ids(studio, "My sky", "달")) == 2 and not (tmp_path / "data" / "하늘").exists()
    again = client(tmp_path)  # the server was started anew meanwhile
    assert again.post("/api/undo", json={"undo": answer["undo"]}).status_code == 200
    assert order(again, "하늘") == ["해", "달"] and again.get("/api/data").json()["renamed"] == {
        "My sky": "하늘"
    }
    assert files_below(tmp_path / "runs") == before


def test_names_follow_one_another(studio: TestClient) -> None:
    for name in ("a", "b"):
        studio.post("/api/data", json={"name": name, "classes": ["2", "1"]})
    rename(studio, "a", "c")
    rename(studio, "c", "d")
    assert studio.get("/api/data").json()["renamed"] == {"a": "d", "c": "d"}
    rename(studio, "b", "a")  # a page on the first a is told what became of that one no more
    assert studio.get("/api/data").json()["renamed"] == {"b": "a", "c": "d"}
    assert rename(studio, "d", "D").json()["name"] == "D"  # only its capitals
    # The order of one that was put aside is not that of the next with its name, and comes back with it.
    aside = studio.delete("/api/data/a").json()["undo"]
    studio.post("/api/data", json={"name": "e", "classes": ["1", "2"]})
    renamed = rename(studio, "e", "a").json()["undo"]
    assert order(studio, "a") == ["1", "2"]
    assert studio.post("/api/undo", json={"undo": aside}).status_code == 409
    for change in (renamed, aside):
        assert studio.post("/api/undo", json={"undo": change}).status_code == 200
    assert order(studio, "a") == ["2", "1"] and order(studio, "e") == ["1", "2"]


def test_a_table_keeps_its_ending_and_a_run_its_sheet(studio: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "homes.csv").write_text("a,b\n1,2\n", "utf-8")
    run = learned(tmp_path, "homes-1", str(tmp_path / "data" / "homes.csv") + "#1", name="homes 1")
    assert rename(studio, "homes.csv", "집").json()["name"] == "집.csv"
    assert sources(run) == {str(tmp_path / "data" / "집.csv") + "#1"}
    assert json.loads((run / "run.json").read_text("utf-8"))["data"]["name"] == "집 1"
    assert rename(studio, "집.csv", "b.CSV").json()["name"] == "b.CSV"
    assert rename(studio, "b.CSV", "  ").status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc",
        ".studio",
        "CON",
        "nul.txt",
        "x" * 81,
        "가" * 81,
        "a\0b",
        "a\u202eb",
    ],
)
def test_a_set_cannot_be_called_so(studio: TestClient, tmp_path: Path, name: str) -> None:
    studio.post("/api/data", json={"name": "a", "classes": ["1"]})
    before = files_below(tmp_path)
    answer = rename(studio, "a", name)
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "bad-name"
    assert answer.json()["error"]["en"]["message"] and answer.json()["error"]["ko"]["message"]
    assert files_below(tmp_path) == before and (tmp_path / "data" / "a" / "1").is_dir()


def test_a_rename_that_cannot_be_is_refused(studio: TestClient, tmp_path: Path) -> None:
    for name in ("a", "B"):
        studio.post("/api/data", json={"name": name, "classes": ["1"]})
    for new in ("b", "MNIST", "fashion-mnist"):
        assert rename(studio, "a", new).json()["error"]["code"] == "data-exists"
    assert rename(studio, "a", "x" * 300).status_code == 400
    for name in ("mnist", "none", "..", "a/1", "../data/a"):
        assert rename(studio, name, "z").status_code == 404
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["B", "a"]


def test_data_that_something_is_at_work_on_keep_their_name_and_place(
    studio: TestClient, tmp_path: Path
) -> None:
    studio.post("/api/data", json={"name": "a", "classes": ["1"]})
    run = learned(tmp_path, "a-1", str(tmp_path / "data" / "a"))
    token = rename(studio, "a", "b").json()["undo"]
    with RunFolder(run).alone():  # by the command line
        back = studio.post("/api/undo", json={"undo": token})
        for answer in (rename(studio, "b", "c"), studio.delete("/api/data/b"), back):
            assert answer.status_code == 409 and answer.json()["error"]["code"] == "data-in-use"
    assert rename(studio, "b", "c").status_code == 200


def test_a_rename_that_the_disk_refuses_leaves_everything_as_it_was(
    studio: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.post("/api/data", json={"name": "a", "classes": ["2", "1"]})
    runs = [learned(tmp_path, f"a-{i}", str(tmp_path / "data" / "a")) for i in range(2)]
    before, write = files_below(tmp_path / "runs"), RunFolder.write_json

    def full(self: RunFolder, name: str, value: Any) -> None:
        if self.path == runs[1] and "b" in str(value["data"]["source"]).rpartition("/")[2]:
            raise OSError(28, "No space left on device")
        write(self, name, value)

    monkeypatch.setattr(RunFolder, "write_json", full)
    assert rename(studio, "a", "b").status_code in (503, 507)
    assert files_below(tmp_path / "runs") == before and order(studio, "a") == ["2", "1"]
    assert studio.get("/api/data/b").status_code == 404


def test_undo_overwrites_nothing(studio: TestClient, tmp_path: Path) -> None:
    fill(studio)
    token = studio.delete("/api/data/도형/classes/원").json()["undo"]
    studio.post("/api/data/도형/classes", json={"name": "원"})
    answer = studio.post("/api/undo", json={"undo": token})
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "place-taken"
    assert list((tmp_path / "data" / "도형" / "원").iterdir()) == []


def test_files_of_equal_names_do_not_replace_one_another(studio: TestClient) -> None:
    studio.post("/api/data", json={"name": "x", "classes": ["a", "b"]})
    for of in ("a", "a", "b"):
        for seed in (1, 2):
            sent = studio.post(
                f"/api/data/x/classes/{of}/pictures", files=[("files", ("그림.png", drawing("box", seed)))]
            )
            assert sent.status_code == 201
    assert sorted(ids(studio, "x", "a")) == ["a/그림-2.png", "a/그림-3.png", "a/그림-4.png", "a/그림.png"]
    moved = studio.post(
        "/api/data/x/move", json={"pictures": ["b/그림.png", "b/그림-2.png"], "class": "a"}
    ).json()
    assert [one["id"] for one in moved["pictures"]] == ["a/그림-5.png", "a/그림-2-2.png"]


def test_of_many_files_the_good_ones_are_kept_and_the_others_named(studio: TestClient) -> None:
    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    whole = drawing("box", 1)
    sent = studio.post(
        "/api/data/x/classes/a/pictures",
        files=[
            ("files", ("good.png", whole)),
            ("files", ("cut.png", whole[:60])),
            ("files", ("notes.txt", b"hello")),
        ],
    )
    assert sent.status_code == 201
    body = sent.json()
    assert [one["name"] for one in body["added"]] == ["good.png"]
    assert [(one["name"], one["code"]) for one in body["refused"]] == [
        ("cut.png", "truncated"),
        ("notes.txt", "not-a-picture"),
    ]
    assert all(one["en"] and one["ko"] for one in body["refused"])
    for names in (["cut.png"], ["cut.png", "notes.txt"]):
        none = studio.post(
            "/api/data/x/classes/a/pictures", files=[("files", (name, whole[:60])) for name in names]
        )
        assert none.status_code == 422
        assert none.json()["error"]["en"]["message"] == f"cut.png: {body['refused'][0]['en']}"
        assert "picture:" not in none.json()["error"]["en"]["message"]


def test_what_exists_already_is_said(studio: TestClient) -> None:
    fill(studio)
    for body in ({"name": "도형"}, {"name": "mnist"}, {"name": "Fashion-MNIST"}):
        answer = studio.post("/api/data", json=body)
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "data-exists"
    for name in ("원", "BOX", unicodedata.normalize("NFD", "원")):
        answer = studio.post("/api/data/도형/classes", json={"name": name})
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "class-exists"
    assert studio.patch("/api/data/도형/classes/box", json={"name": "원"}).status_code == 409
    assert studio.patch("/api/data/도형/classes/box", json={"name": "Box"}).status_code == 200
    assert studio.post("/api/data/도형/classes", json={"name": "train"}).status_code == 422


def test_hangul_in_parts_is_found(studio: TestClient, tmp_path: Path) -> None:
    """As macOS stores it: every syllable in its letters."""
    parts = unicodedata.normalize("NFD", "동그라미")
    folder = tmp_path / "data" / "x" / parts
    folder.mkdir(parents=True)
    (folder / "p.png").write_bytes(drawing("box", 1))
    assert studio.get("/api/data/x/pictures", params={"class": "동그라미"}).json()["n"] == 1


def test_data_in_parts_are_shown_without_the_test_part_and_not_changed(
    studio: TestClient, tmp_path: Path
) -> None:
    for part in ("train", "test"):
        for of in ("a", "b"):
            folder = tmp_path / "data" / "x" / part / of
            folder.mkdir(parents=True)
            for i in range(2):
                (folder / f"{part}{i}.png").write_bytes(drawing("box", i))
    facts = studio.get("/api/data/x").json()
    assert facts["editable"] is False and facts["n"] == 4
    assert ids(studio, "x") == ["a/train0.png", "a/train1.png", "b/train0.png", "b/train1.png"]
    assert studio.get("/api/data/x/pictures/a/test0.png").status_code == 404
    before = files_below(tmp_path / "data")
    for method, path, body in (
        ("POST", "/api/data/x/classes", {"name": "c"}),
        ("DELETE", "/api/data/x/classes/a", None),
        ("PATCH", "/api/data/x/classes/a", {"name": "c"}),
        ("POST", "/api/data/x/remove", {"pictures": ["a/train0.png"]}),
    ):
        answer = studio.request(method, path, json=body)
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "not-editable"
    assert files_below(tmp_path / "data") == before


def test_known_data_are_one_click_away_and_cannot_be_changed(studio: TestClient) -> None:
    listed = {one["name"]: one for one in studio.get("/api/data").json()["data"]}
    assert listed["digits"]["here"] and listed["digits"]["known"] and not listed["mnist"]["here"]
    facts = studio.get("/api/data/digits").json()
    assert sum(c["n"] for c in facts["classes"]) == facts["n"] == 1797
    page = studio.get("/api/data/digits/pictures?class=3&offset=10&limit=2").json()
    assert page["n"] == next(c["n"] for c in facts["classes"] if c["name"] == "3")
    from sklearn.datasets import load_digits

    labels = load_digits().target
    assert [int(one["id"]) for one in page["pictures"]] == np.flatnonzero(labels == 3)[10:12].tolist()
    assert studio.get(page["pictures"][0]["url"]).headers["content-type"] == "image/png"
    assert studio.delete("/api/data/digits/classes/3").status_code == 409
    assert studio.delete("/api/data/digits").status_code == 404
    away = studio.get("/api/data/mnist/pictures")
    assert away.status_code == 409 and away.json()["error"]["code"] == "not-here"


def test_a_table_is_taken_looked_at_and_its_rows_shown(studio: TestClient, tmp_path: Path) -> None:
    lines = ["크기,색,값", *(f"{i},{'빨강' if i % 2 else '파랑'},{i * 2}" for i in range(40))]
    sent = studio.post("/api/tables", files={"file": ("집 값.csv", "\n".join(lines).encode("cp949"))})
    assert sent.status_code == 201 and sent.json()["name"] == "집 값.csv" and sent.json()["n"] == 40
    rows = studio.get("/api/data/집 값.csv/rows?offset=2&limit=2").json()
    assert [c["name"] for c in rows["columns"]] == ["크기", "색", "값"] and rows["n"] == 40
    assert rows["rows"] == [[2.0, "파랑", 4.0], [3.0, "빨강", 6.0]]
    seen = studio.get("/api/data/집 값.csv/look", params={"target": "색"}).json()
    assert seen["kind"] == "table"
    assert studio.post("/api/tables", files={"file": ("집 값.csv", b"a,b\n1,2\n")}).status_code == 409
    for name, content in (("x.exe", b"a,b\n1,2\n"), ("../x.csv", b""), ("x.html", b"<table>")):
        refused = studio.post("/api/tables", files={"file": (name, content)})
        assert refused.status_code == 422, refused.json()
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["집 값.csv"]


def test_a_full_disk_is_said_and_nothing_is_half_there(
    studio: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(studio, n=1)
    before = files_below(tmp_path / "data")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    sent = studio.post("/api/data/도형/classes/원/pictures", content=drawing("box", 5), headers=PNG)
    table = studio.post("/api/tables", files={"file": ("t.csv", b"a,b\n1,2\n")})
    for answer in (sent, table):
        assert answer.status_code == 507 and answer.json()["error"]["code"] == "cannot-write"
        assert "--out" not in answer.json()["error"]["hint"]  # that is for the command line
    assert files_below(tmp_path / "data") == before


def test_a_folder_of_data_that_was_deleted_is_made_anew(studio: TestClient, tmp_path: Path) -> None:
    fill(studio, n=1)
    shutil.rmtree(tmp_path / "data")
    assert all(one["known"] for one in studio.get("/api/data").json()["data"])
    gone = studio.post("/api/data/도형/classes/원/pictures", content=drawing("box", 5), headers=PNG)
    assert gone.status_code == 404 and gone.json()["error"]["code"] == "no-such-data"
    fill(studio, n=1)
    shutil.rmtree(tmp_path / "data")
    assert studio.post("/api/tables", files={"file": ("t.csv", b"a,b\n1,2\n2,3\n")}).status_code == 201


def test_two_browsers_at_once_lose_nothing(studio: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(galleries, "_stem", lambda _name: "same")  # both want the same name
    fill(studio, n=1)
    send = [("원", seed) for seed in range(12)]

    def one(of: str, seed: int) -> int:
        answer = studio.post(
            f"/api/data/도형/classes/{of}/pictures", content=drawing("box", seed), headers=PNG
        )
        return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda given: one(*given), send)) == {201}
    assert studio.get("/api/data/도형").json()["n"] == 14
    there = ids(studio, of="원")
    removed = [
        studio.post("/api/data/도형/remove", json={"pictures": [there[0]]}).status_code for _ in range(2)
    ]
    assert removed == [200, 404]  # the second browser is told


def test_open_pages_hear_that_the_data_have_changed(
    studio: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hakseup.studio.follow.LISTS", 0.0)

    def version() -> str:
        lines = studio.get("/api/events?once=true").text.splitlines()
        return str(json.loads(lines[lines.index("event: sets") + 1][6:])["version"])

    seen = [version()]
    fill(studio)
    seen.append(version())
    assert version() == seen[-1]
    place = tmp_path / "data" / "도형"
    for change in (
        lambda: (place / "box" / "x.png").write_bytes(drawing("box", 9)),
        lambda: (place / "box").rename(place / "square"),
        lambda: (tmp_path / "data" / "rows.csv").write_text("a,b\n1,2\n"),
        lambda: place.rename(tmp_path / "elsewhere"),
    ):
        change()
        seen.append(version())
    assert len(set(seen)) == len(seen)


def test_an_empty_class_is_said_before_the_work(studio: TestClient) -> None:
    studio.post("/api/data", json={"name": "x", "classes": ["a", "b"]})
    for answer in (studio.get("/api/data/x/look"), studio.post("/api/runs", json={"data": "x"})):
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "empty-class"
