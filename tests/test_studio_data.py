"""Data sets in the studio: made, filled, changed, and every change taken back."""

from __future__ import annotations

import io
import json
import os
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from studio_makers import client, drawing, files_below

from hakseup import api
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
