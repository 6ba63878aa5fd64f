"""The download against a server of its own: whole, resumed, wrong, refused, and two at once."""

from __future__ import annotations

import errno
import hashlib
import io
import multiprocessing
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakseup.errors import DownloadError
from hakseup.sources import download, part_file
from hakseup.words import Words, speak

CONTENT = bytes(range(256)) * 1500  # 384,000 bytes: several chunks
SHA = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What the server does next, and what it was asked."""

    address: str = ""
    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)  # after so many bytes of an answer the connection is cut
    statuses: list[int] = field(default_factory=list)  # answers to give before the real one
    ranges: bool = True
    lengths: bool = True
    wrong_start: bool = False
    shrinks: int | None = None  # bytes of the file after the first cut
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path, Range

    def handler(self) -> type[BaseHTTPRequestHandler]:
        plan = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None: ...

            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                plan.asked.append((self.path, wanted))
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "/file")
                    self.end_headers()
                    return
                status = plan.statuses.pop(0) if plan.statuses else 200
                if self.path == "/missing":
                    status = 404
                if status != 200:
                    self.send_error(status)
                    return
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and plan.ranges else 0
                if start >= len(plan.content) > 0 and start:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(plan.content)}")
                    self.end_headers()
                    return
                if start and plan.wrong_start:
                    start, plan.wrong_start = start + 7, False
                body = plan.content[start:]
                self.send_response(206 if start else 200)
                if start:
                    self.send_header(
                        "Content-Range", f"bytes {start}-{len(plan.content) - 1}/{len(plan.content)}"
                    )
                if plan.lengths:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if plan.cuts:
                    self.wfile.write(body[: plan.cuts.pop(0)])
                    self.wfile.flush()
                    plan.content = plan.content[: plan.shrinks]
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.wfile.write(body)

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    plan = Server()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), plan.handler())
    plan.address = f"http://127.0.0.1:{httpd.server_port}"
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield plan
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.001)


class Listener:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.rounds: list[tuple[int | None, int]] = []  # total, advanced
        self.open = False

    def note(self, words: Words) -> None: ...

    def begin(self, what: Words, total: int | None, unit: str) -> None:
        assert unit == "bytes"
        assert not self.open
        self.open = True
        self.rounds.append((total, 0))

    def advance(self, amount: int) -> None:
        total, done = self.rounds[-1]
        self.rounds[-1] = (total, done + amount)

    def end(self) -> None:
        self.open = False

    def epoch_begin(self, *args: object) -> None: ...
    def step(self, *args: object) -> None: ...
    def epoch_end(self, *args: object) -> None: ...


def nothing_left_but(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_whole_file_with_progress(server: Server, tmp_path: Path) -> None:
    heard = Listener()
    target = tmp_path / "new" / "file.npz"
    assert download.fetch(f"{server.address}/file", SHA, target, progress=heard) == target
    assert target.read_bytes() == CONTENT
    assert heard.rounds == [(len(CONTENT), len(CONTENT))]
    assert not heard.open
    nothing_left_but(target.parent, "file.npz")


def test_what_is_there_is_not_fetched_again_and_what_is_damaged_is(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file.npz"
    target.write_bytes(CONTENT)
    download.fetch(f"{server.address}/file", SHA, target)
    assert server.asked == []
    target.write_bytes(CONTENT[:-1])
    download.fetch(f"{server.address}/file", SHA, target)
    assert len(server.asked) == 1
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("lengths", [True, False])
def test_resumes_after_a_cut(server: Server, tmp_path: Path, lengths: bool) -> None:
    """Without a length a cut looks like an end: only the SHA-256 tells, and it starts again."""
    server.cuts, server.lengths = [100_000, 50_000], lengths
    heard = Listener()
    target = (
        download.fetch(f"{server.address}/file", SHA, tmp_path / "file", progress=heard, size=len(CONTENT))
        if lengths
        else None
    )
    if target is None:
        with pytest.raises(DownloadError) as caught:
            download.fetch(f"{server.address}/file", SHA, tmp_path / "file")
        assert caught.value.code == "wrong-checksum"
        nothing_left_but(tmp_path)
        return
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert heard.rounds == [(384_000, 100_000), (384_000, 150_000), (384_000, 384_000)]


def test_many_cuts_are_no_failure_while_each_attempt_brings_something(server: Server, tmp_path: Path) -> None:
    server.cuts = [20_000] * 15
    target = download.fetch(f"{server.address}/file", SHA, tmp_path / "file")
    assert target.read_bytes() == CONTENT


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server: Server, tmp_path: Path) -> None:
    server.cuts = [200_000] + [0] * 50
    with pytest.raises(DownloadError):
        download.fetch(f"{server.address}/file", SHA, tmp_path / "file")
    nothing_left_but(tmp_path, ".file.part")
    server.cuts, server.asked = [], []
    assert download.fetch(f"{server.address}/file", SHA, tmp_path / "file").read_bytes() == CONTENT
    assert server.asked == [("/file", "bytes=200000-")]
    nothing_left_but(tmp_path, "file")


def test_an_interrupted_download_keeps_what_came(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupt(Listener):
        def advance(self, amount: int) -> None:
            super().advance(amount)
            if self.rounds[-1][1] > 150_000:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch(f"{server.address}/file", SHA, tmp_path / "file", progress=Interrupt())
    have = (tmp_path / ".file.part").stat().st_size
    assert have > 150_000
    download.fetch(f"{server.address}/file", SHA, tmp_path / "file")
    assert server.asked[-1] == ("/file", f"bytes={have}-")


def test_leftovers_of_another_file_start_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".file.part").write_bytes(b"something else entirely")
    assert download.fetch(f"{server.address}/file", SHA, tmp_path / "file").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == ["bytes=23-", None]


@pytest.mark.parametrize("extra", [0, 10])
def test_416(server: Server, tmp_path: Path, extra: int) -> None:
    """The leftover is already whole (416 means done), or longer than the file (it starts again)."""
    (tmp_path / ".file.part").write_bytes(CONTENT + b"x" * extra)
    assert download.fetch(f"{server.address}/file", SHA, tmp_path / "file").read_bytes() == CONTENT
    assert len(server.asked) == (1 if extra == 0 else 2)


def test_a_whole_leftover_of_known_size_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".file.part").write_bytes(CONTENT)
    download.fetch(f"{server.address}/file", SHA, tmp_path / "file", size=len(CONTENT))
    assert server.asked == []


def test_server_that_ignores_range(server: Server, tmp_path: Path) -> None:
    server.cuts, server.ranges = [100_000], False
    assert download.fetch(f"{server.address}/file", SHA, tmp_path / "file").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100000-"]


@pytest.mark.parametrize("sha256", [SHA, None])
def test_server_that_sends_another_piece(server: Server, tmp_path: Path, sha256: str | None) -> None:
    server.cuts, server.wrong_start = [100_000], True
    assert download.fetch(f"{server.address}/file", sha256, tmp_path / "file").read_bytes() == CONTENT


def test_file_that_became_shorter_on_the_way(server: Server, tmp_path: Path) -> None:
    """Without a SHA-256 nothing but the answer 416 tells."""
    server.cuts, server.shrinks = [300_000], 100_000
    assert download.fetch(f"{server.address}/file", None, tmp_path / "file").read_bytes() == CONTENT[:100_000]
    assert [wanted for _, wanted in server.asked] == [None, "bytes=300000-", None]


def test_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.statuses = [503, 429]
    assert download.fetch(f"{server.address}/file", SHA, tmp_path / "file").read_bytes() == CONTENT


def test_redirect(server: Server, tmp_path: Path) -> None:
    assert download.fetch(f"{server.address}/moved", SHA, tmp_path / "file").read_bytes() == CONTENT


def test_wrong_hash(server: Server, tmp_path: Path) -> None:
    server.content = b"<html>please log in to the guest network</html>"
    with pytest.raises(DownloadError) as caught:
        download.fetch([f"{server.address}/a", f"{server.address}/b"], SHA, tmp_path / "file")
    assert caught.value.code == "wrong-checksum"
    for text in (caught.value.message.en, caught.value.message.ko):
        assert SHA in text
        assert hashlib.sha256(server.content).hexdigest() in text
        assert f"{server.address}/b" in text
    assert len(server.asked) == 2  # each address once: another try would bring the same
    nothing_left_but(tmp_path)


def test_404_goes_to_the_next_address_at_once(server: Server, tmp_path: Path) -> None:
    urls = [f"{server.address}/missing", f"{server.address}/file"]
    assert download.fetch(urls, SHA, tmp_path / "file").read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["/missing", "/file"]


def test_404_everywhere(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        download.fetch(f"{server.address}/missing", SHA, tmp_path / "file")
    assert caught.value.code == "download-failed"
    assert "404" in caught.value.message.en
    nothing_left_but(tmp_path)


def test_no_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DownloadError) as caught, speak("ko"):
        download.fetch(f"http://127.0.0.1:{port}/file", SHA, tmp_path / "file")
    assert caught.value.code == "offline"
    assert f"http://127.0.0.1:{port}/file" in caught.value.message.ko
    assert caught.value.hint is not None
    assert str(tmp_path / "file") in caught.value.hint.ko
    nothing_left_but(tmp_path)


def test_silent_server_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file"
        with pytest.raises(DownloadError) as caught:
            download.fetch(url, SHA, tmp_path / "file", timeout=0.05)
    assert caught.value.code == "offline"


def test_other_schemes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(DownloadError) as caught:
        download.fetch((tmp_path / "secret").as_uri(), None, tmp_path / "file")
    assert caught.value.code == "download-failed"


@pytest.mark.parametrize("lengths", [True, False])
def test_a_file_larger_than_known_is_cut_off(server: Server, tmp_path: Path, lengths: bool) -> None:
    server.lengths = lengths
    with pytest.raises(DownloadError) as caught:
        download.fetch(f"{server.address}/file", SHA, tmp_path / "file", size=100_000)
    assert "larger than expected" in caught.value.message.en
    held = tmp_path / ".file.part"
    assert not held.exists() or held.stat().st_size <= 100_000


def test_full_disk(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(part_file.io, "FileIO", Full)
    with pytest.raises(DownloadError) as caught:
        download.fetch(f"{server.address}/file", SHA, tmp_path / "file", size=len(CONTENT))
    assert caught.value.code == "disk-full"
    assert "384,000" in caught.value.message.en
    assert len(server.asked) == 1
    nothing_left_but(tmp_path)


def test_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DownloadError) as caught:
        download.fetch(f"{server.address}/file", SHA, tmp_path / "taken" / "file")
    assert caught.value.code == "cannot-write"
    assert server.asked == []


def _fetch_in_process(url: str, sha256: str, target: str) -> None:
    download.fetch(url, sha256, Path(target))


def test_two_processes_at_once(server: Server, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    jobs = [
        context.Process(
            target=_fetch_in_process, args=(f"{server.address}/file", SHA, str(tmp_path / "file"))
        )
        for _ in range(3)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(30)
    assert [job.exitcode for job in jobs] == [0, 0, 0]
    assert (tmp_path / "file").read_bytes() == CONTENT
    nothing_left_but(tmp_path, "file")


def test_a_part_that_is_being_written_is_left_alone(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "file"
    with part_file.own_part(target, keep=True) as (part, stream):
        stream.write(b"of the other one")
        assert download.fetch(f"{server.address}/file", SHA, target).read_bytes() == CONTENT
        assert part.read_bytes() == b"of the other one"
    assert [wanted for _, wanted in server.asked] == [None]


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 6000), max_size=8),
    left=st.integers(0, 6000),
    ranges=st.booleans(),
    size=st.integers(1, 5000),
)
def test_whatever_happens_the_file_is_right_or_absent(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], left: int, ranges: bool, size: int
) -> None:
    content = CONTENT[3 : 3 + size]
    sha = hashlib.sha256(content).hexdigest()
    plan = Server(content=content, cuts=list(cuts), ranges=ranges)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), plan.handler())
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    folder = tmp_path_factory.mktemp("any")
    target = folder / "file"
    (folder / ".file.part").write_bytes(content[:left])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "PAUSE", 0.0)
        try:
            download.fetch(f"http://127.0.0.1:{httpd.server_port}/file", sha, target)
        except DownloadError:
            assert not target.exists()
            assert len(cuts) >= download.ATTEMPTS_OFFLINE
        else:
            assert target.read_bytes() == content
        finally:
            httpd.shutdown()
            httpd.server_close()
