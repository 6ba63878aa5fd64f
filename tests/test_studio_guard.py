"""Who is let in to the studio, and how much they may bring."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from studio_makers import BASE, DOOR, KEY, PORT, client, drawing, files_below

from hakseup import files
from hakseup.studio import app, guard, server
from hakseup.studio.guard import Door
from hakseup.studio.workspace import Workspace


@pytest.fixture
def studio(tmp_path: Path) -> TestClient:
    return client(tmp_path / "work")


def error(answer: object) -> str:
    body = answer.json()  # type: ignore[attr-defined]
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint", "en", "ko"}
    return str(body["error"]["code"])


def test_only_the_address_with_its_token_opens(
    studio: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    monkeypatch.setattr(app, "PAGE", tmp_path)
    stranger = TestClient(studio.app, base_url=BASE)
    for path in ("/", "/?token=guessed", "/page/main.js", "/api/data", "/api/openapi.json"):
        answer = stranger.get(path)
        assert answer.status_code == 401 and error(answer) == "no-token"
    opened = stranger.get(f"/?token={DOOR.token}")
    assert opened.status_code == 200
    cookie = opened.headers["set-cookie"]
    assert f"hakseup-{PORT}={DOOR.token}" in cookie
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert stranger.get("/api/data").status_code == 200  # the cookie is enough from now on
    assert stranger.get(f"/api/data?token={DOOR.token}", headers={"Cookie": ""}).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:1", "127.0.0.1.nip.io", "", "[::2]"]
)
def test_another_name_for_this_machine_is_refused(studio: TestClient, host: str) -> None:
    answer = studio.get("/api/data", headers={"Host": host})
    assert answer.status_code == 403 and error(answer) == "wrong-host"


@pytest.mark.parametrize(
    "host", [f"localhost:{PORT}", f"127.0.0.1:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"]
)
def test_its_own_names_are_known(studio: TestClient, host: str) -> None:
    assert studio.get("/api/data", headers={"Host": host}).status_code == 200


def test_a_server_for_others_knows_numbers_but_no_foreign_names(tmp_path: Path) -> None:
    open_door = client(tmp_path, Door(DOOR.token, PORT, "0.0.0.0"))
    assert open_door.get("/api/data", headers={"Host": f"192.168.1.7:{PORT}"}).status_code == 200
    assert open_door.get("/api/data", headers={"Host": f"evil.example:{PORT}"}).status_code == 403
    without = TestClient(open_door.app, base_url=f"http://192.168.1.7:{PORT}")
    assert without.get("/api/data").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": f"https://127.0.0.1:{PORT}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_site_may_not_ask(
    studio: TestClient, headers: dict[str, str], method: str, tmp_path: Path
) -> None:
    answer = studio.request(
        method, "/api/data", headers=headers, json={"name": "x"} if method == "POST" else None
    )
    assert answer.status_code == 403 and error(answer) == "wrong-origin"
    assert not list((tmp_path / "work" / "data").iterdir())


def test_its_own_page_may_ask(studio: TestClient) -> None:
    headers = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert studio.post("/api/data", json={"name": "x"}, headers=headers).status_code == 201


def test_every_answer_has_the_headers(studio: TestClient) -> None:
    for path in ("/api/data", "/api/runs/none", "/nowhere", "/page/../app.py"):
        answer = studio.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_what_says_that_it_is_too_large_is_not_read(studio: TestClient) -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("the body was asked for")
        yield b""

    gigabyte = {"Content-Length": str(1 << 30), "Content-Type": "multipart/form-data; boundary=x"}
    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    answer = studio.post("/api/data/x/classes/a/pictures", headers=gigabyte, content=never())
    assert answer.status_code == 413 and error(answer) == "too-large"


def test_what_grows_too_large_is_cut_off(
    studio: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(guard, "REQUEST_BYTES", 1 << 20)
    monkeypatch.setattr(guard, "JSON_BYTES", 1 << 20)
    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 << 20:
            sent += 1 << 16
            yield b" " * (1 << 16)

    for path, kind in (
        ("/api/data/x/classes/a/pictures", "multipart/form-data; boundary=x"),
        ("/api/data", "application/json"),
    ):
        sent = 0
        answer = studio.post(path, headers={"Content-Type": kind}, content=endless())
        assert answer.status_code == 413 and error(answer) == "too-large"
    assert not list((tmp_path / "work" / "data" / "x" / "a").iterdir())


def bomb(side: int) -> bytes:
    """A valid PNG of side x side black pixels: a few hundred kilobytes that would unpack to gigabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer, out = zlib.compressobj(9), b""
    for _ in range(side // 1000):
        out += packer.compress(bytes(1000 * (side + 1)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", out + packer.flush())
        + chunk(b"IEND", b"")
    )


def test_a_picture_that_would_fill_the_memory_is_refused_unopened(studio: TestClient, tmp_path: Path) -> None:
    import resource

    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    content = bomb(8_000)  # 64 million pixels in some 60 kB
    assert len(content) < 1 << 17
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for sent in (
        {"files": {"files": ("b.png", content)}},
        {"content": content, "headers": {"Content-Type": "image/png"}},
    ):
        answer = studio.post("/api/data/x/classes/a/pictures", **sent)  # type: ignore[arg-type]
        assert answer.status_code == 413 and error(answer) == "too-large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # kilobytes
    assert not list((tmp_path / "work" / "data" / "x" / "a").iterdir())


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"GIF89a<script>alert(1)</script>",
        b"",
        os.urandom(2000),
    ],
)
def test_what_is_no_picture_is_not_kept(studio: TestClient, tmp_path: Path, content: bytes) -> None:
    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    answer = studio.post("/api/data/x/classes/a/pictures", files={"files": ("a.png", io.BytesIO(content))})
    assert answer.status_code == 422
    error(answer)
    assert not list((tmp_path / "work" / "data" / "x" / "a").iterdir())


def test_a_picture_with_a_page_behind_it_is_served_as_a_picture_only(studio: TestClient) -> None:
    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    content = drawing("box", 0) + b"<script>alert(1)</script>"
    sent = studio.post("/api/data/x/classes/a/pictures", files={"files": ("evil.html", content, "text/html")})
    picture = sent.json()["added"][0]
    assert picture["id"] == "a/evil.png"  # called after what it is, not after what it says
    served = studio.get(picture["url"])
    assert served.headers["content-type"] == "image/png"
    assert b"script" not in served.content


NAMES = [
    "../evil",
    "..",
    ".",
    "a/../../evil",
    "..\\evil",
    "/etc/passwd",
    "C:\\evil",
    "x\0y",
    ".hidden",
    "con",
    "a" * 300,
    "",
    "a\nb",
    "\u202etxt",
    "\ud800",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_workspace(studio: TestClient, tmp_path: Path, name: str) -> None:
    import json
    from urllib.parse import quote

    studio.post("/api/data", json={"name": "x", "classes": ["a", "b"]})
    studio.post("/api/data/x/classes/a/pictures", files={"files": ("p.png", drawing("box", 1))})
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "p.png").write_bytes(drawing("box", 2))
    before = files_below(tmp_path)
    kind = {"Content-Type": "application/json"}

    def post(path: str, body: object, method: str = "POST") -> int:
        return studio.request(method, path, content=json.dumps(body), headers=kind).status_code

    assert post("/api/data", {"name": name}) in (400, 422)
    assert post("/api/data/x/classes", {"name": name}) in (400, 422)
    assert post("/api/data/x/classes/a", {"name": name}, "PATCH") in (400, 422)
    assert post("/api/data/x/move", {"pictures": ["a/p.png"], "class": name}) in (400, 404, 422)
    for which in (name, f"a/{name}", f"{name}/p.png", f"../{name}"):
        assert post("/api/data/x/remove", {"pictures": [which]}) in (400, 404, 422)
    assert post("/api/undo", {"undo": name}) in (400, 404)
    assert post("/api/runs", {"data": name}) in (400, 404)
    assert post("/api/runs", {"data": "x", "recipe": name}) in (400, 404, 422)
    assert post("/api/compare", {"runs": [name, name + "x"]}) in (400, 404)
    assert post("/api/runs/r/evaluate", {"open_the_test_part": True}) == 404
    if "\ud800" not in name:
        text = quote(name, safe="")
        for path in (
            f"/api/data/{text}",
            f"/api/data/{text}/pictures",
            f"/api/data/x/pictures/{text}",
            f"/api/data/x/pictures/a/{text}",
            f"/api/data/{text}/look",
            f"/api/data/{text}/rows",
            f"/api/runs/{text}",
            f"/api/runs/{text}/report",
            f"/api/runs/{text}/download",
            f"/api/runs/{text}/pictures/validation/0",
            f"/api/events?run={text or 'none'}",
            f"/page/{text}",
        ):
            status = studio.get(path, follow_redirects=False).status_code
            assert status in (400, 404, 409) or (status == 200 and name in ("", ".", "..")), (path, status)
        assert studio.delete(f"/api/data/{text}", follow_redirects=False).status_code in (400, 404, 405)
        put = studio.post(
            f"/api/data/x/classes/{text}/pictures", files={"files": ("p.png", drawing("box", 3))}
        )
        assert put.status_code in (404, 405)
        sent = studio.post(
            "/api/data/x/classes/b/pictures", files={"files": (name or "n", drawing("box", 4))}
        )
        assert sent.status_code == 201
        kept = tmp_path / "work" / "data" / "x" / "b" / Path(sent.json()["added"][0]["name"])
        assert kept.is_file()
        kept.unlink()
    after = files_below(tmp_path)
    assert after == before


def test_links_out_of_the_workspace_are_not_followed(studio: TestClient, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    (outside / "a" / "p.png").write_bytes(drawing("box", 1))
    studio.post("/api/data", json={"name": "x", "classes": ["a"]})
    data = tmp_path / "work" / "data"
    (data / "link").symlink_to(outside)
    (data / "x" / "b").symlink_to(outside / "a")
    (data / "x" / "a" / "q.png").symlink_to(outside / "a" / "p.png")
    assert studio.get("/api/data/link").status_code == 404
    assert studio.get("/api/data/link/pictures").status_code == 404
    assert [c["name"] for c in studio.get("/api/data/x").json()["classes"]] == ["a"]
    for which in ("b/p.png", "a/q.png"):
        assert studio.get(f"/api/data/x/pictures/{which}").status_code == 404
        assert studio.post("/api/data/x/remove", json={"pictures": [which]}).status_code == 404
    assert "link" not in [one["name"] for one in studio.get("/api/data").json()["data"]]
    assert (outside / "a" / "p.png").is_file()


def test_wrong_json_is_refused_in_words(studio: TestClient) -> None:
    kind = {"Content-Type": "application/json"}
    for body in (
        b"{",
        b"[]",
        b"null",
        b'{"name": 7}',
        b'{"nam": "x"}',
        b"\xff\xfe",
        b'{"name": "x", "classes": [[]]}',
    ):
        answer = studio.post("/api/data", content=body, headers=kind)
        assert answer.status_code == 400 and error(answer) == "bad-request"
    answer = studio.post("/api/data", content=b'{"name": "x"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400  # a form of another site could send that


def test_the_language_is_that_of_the_request(studio: TestClient) -> None:
    assert "없습니다" in studio.get("/api/runs/r?lang=ko").json()["error"]["message"]
    assert "no run" in studio.get("/api/runs/r?lang=en").json()["error"]["message"]
    korean = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}
    assert "없습니다" in studio.get("/api/runs/r", headers=korean).json()["error"]["message"]
    both = studio.get("/api/runs/r").json()["error"]
    assert both["ko"]["message"] != both["en"]["message"] == both["message"]


def test_a_fault_of_ours_is_written_down_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = client(tmp_path)

    def broken(_self: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("hakseup.studio.sets.Sets.all", broken)
    answer = studio.get("/api/data")
    assert answer.status_code == 500 and error(answer) == "bug"
    assert answer.headers["x-content-type-options"] == "nosniff"
    written = list((Path(os.environ["HAKSEUP_HOME"]) / "crash").iterdir())
    assert len(written) == 1 and "a fault" in written[0].read_text("utf-8")
    assert "GET /api/data" in written[0].read_text("utf-8")


def test_the_key_is_compared_whole(studio: TestClient) -> None:
    for wrong in ("", DOOR.token[:-1], DOOR.token + "x", "비밀"):
        bare = TestClient(studio.app, base_url=BASE)
        answer = bare.get("/api/data", headers={"Authorization": f"Bearer {wrong}".encode()})
        assert answer.status_code == 401
    assert TestClient(studio.app, base_url=BASE, headers=KEY).get("/api/data").status_code == 200


def test_the_next_server_has_the_address_of_the_last(tmp_path: Path) -> None:
    space = Workspace.at(tmp_path)
    bound, first = server._opened(space, "127.0.0.1", 0)
    taken, second = server._opened(space, "127.0.0.1", 0)  # both at once: never the same secret on two ports
    assert second.port != first.port and second.token != first.token
    for one in (bound, taken):
        one.close()
    bound, again = server._opened(space, "127.0.0.1", 0)
    bound.close()
    assert (again.port, again.token) == (second.port, second.token)
    (kept,) = (files.user_home() / "studio").iterdir()
    if os.name != "nt":
        assert kept.stat().st_mode & 0o777 == 0o600
    bound, open_to_all = server._opened(space, "0.0.0.0", second.port)
    bound.close()
    assert open_to_all.token != second.token and open_to_all.token not in kept.read_text("utf-8")
    for damaged in (
        '{"port": 1',
        '{"port": "80", "token": "x"}',
        "[]",
        f'{{"port": {again.port}, "token": "short"}}',
    ):
        kept.write_text(damaged, "utf-8")
        bound, other = server._opened(space, "127.0.0.1", 0)
        bound.close()
        assert other.token not in (second.token, "short") and len(other.token) >= 24
