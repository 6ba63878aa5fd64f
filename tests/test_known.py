"""Known data sets: where they are found, what is checked, and how they are fetched from a server of our own."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import hashlib
import io
import struct
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hakseup import files, sources
from hakseup.errors import CallError, DataError, DownloadError
from hakseup.sources import archive, download, known
from hakseup.sources.known_table import TABLE, Bundle, Known, Remote


def entry(name: str) -> Known:
    return next(one for one in TABLE if one.name == name)


def make_arrays(n: int = 40, size: int = 28, classes: int = 10) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    out = {}
    for part, count in (("train", n), ("test", n // 2)):
        out[f"x_{part}"] = random.integers(0, 256, (count, size, size), dtype=np.uint8)
        out[f"y_{part}"] = (np.arange(count) % classes).astype(np.uint8)
    return out


def idx(array: np.ndarray) -> bytes:
    """The IDX form of an array of bytes, written out by hand."""
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.tobytes(), mtime=0)


def png(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (24, 24), (shade, shade, shade, 255)).save(out, "PNG")
    return out.getvalue()


def shapes(n: int = 3) -> dict[str, bytes]:
    """The files of a small set of shapes, by name below the folder."""
    return {
        f"{part}/{kind}/{kind}{i:03d}.png": png(60 * place + 10 * i + (5 if part == "test" else 0))
        for part in ("train", "test")
        for place, kind in enumerate(("circle", "rectangle", "triangle"))
        for i in range(n)
    }


def digest_of(contents: dict[str, bytes]) -> str:
    """A second, plain implementation of the content digest."""
    text = "".join(sorted(f"{name} {hashlib.sha256(c).hexdigest()}\n" for name, c in contents.items()))
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What HAKSEUP_DATA names."""
    place = tmp_path / "데이터 폴더"
    place.mkdir()
    monkeypatch.setenv("HAKSEUP_DATA", str(place))
    return place


@dataclasses.dataclass
class Server:
    folder: Path
    address: str
    asked: list[str]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serves a folder, and remembers what was asked for."""
    monkeypatch.setattr(download, "PAUSE", 0.001)
    place = tmp_path / "served"
    place.mkdir()
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(place)))
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Server(place, f"http://127.0.0.1:{httpd.server_port}", asked)
    httpd.shutdown()
    httpd.server_close()


def put(monkeypatch: pytest.MonkeyPatch, changed: Known) -> None:
    """Put a changed entry into the table, for one test."""
    monkeypatch.setattr(known, "TABLE", tuple(changed if one.name == changed.name else one for one in TABLE))


# --- the table ---------------------------------------------------------------------------------------------


def test_names_and_classes() -> None:
    assert known.NAMES == ["mnist", "fashion_mnist", "cifar10", "digits", "shapes"]
    korean = [c.words.ko for c in entry("fashion_mnist").classes]
    # As the tutorial writes them.
    assert korean == [
        "티셔츠",
        "바지",
        "스웨터",
        "드레스",
        "코트",
        "샌달",
        "셔츠",
        "스니커즈",
        "가방",
        "앵클 부츠",
    ]
    assert [c.key for c in entry("mnist").classes] == [str(digit) for digit in range(10)]


@pytest.mark.parametrize("one", TABLE, ids=known.NAMES)
def test_every_entry_is_whole(one: Known) -> None:
    keys = [c.key for c in one.classes]
    assert len(set(keys)) == len(keys) >= 2
    assert len({c.words.en for c in one.classes}) == len({c.words.ko for c in one.classes}) == len(keys)
    assert one.citation
    assert one.page.startswith("http")
    for bundle in one.bundles:
        assert (bundle.place, bundle.form) in one.places  # what was fetched is found again
        for remote in bundle.remotes:
            assert remote.urls
            assert all(url.startswith(("http://", "https://")) for url in remote.urls)
            assert remote.sha256 is None or len(bytes.fromhex(remote.sha256)) == 32
            assert remote.sha256 is not None or one.content is not None  # something is always checked


@pytest.mark.parametrize("typed", ["fashion_mnist", "Fashion-MNIST", " fashion mnist "])
def test_a_name_may_be_typed_as_people_write_it(typed: str) -> None:
    assert known.canonical(typed) == "fashion_mnist"


def test_unknown_name() -> None:
    assert known.canonical("minst") is None
    with pytest.raises(CallError) as caught:
        known.find("minst")
    assert caught.value.code == "unknown-data"
    assert caught.value.hint is not None
    assert "mnist" in caught.value.hint.en


# --- what lies on this machine -----------------------------------------------------------------------------


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    found = known.find("digits")
    (piece,) = found.pieces
    assert piece.part is None
    assert isinstance(piece.pixels, np.ndarray)
    assert piece.pixels.dtype == np.uint8
    assert piece.pixels.shape == (1797, 8, 8)
    truth = load_digits()
    np.testing.assert_array_equal(np.round(piece.pixels / 255 * 16), truth.images)  # nothing is lost
    assert piece.pixels.max() == 255
    assert piece.pixels[0, 0, 2] == round(truth.images[0, 0, 2] * 255 / 16)
    np.testing.assert_array_equal(piece.labels(), truth.target)


def test_a_file_in_the_data_folder_comes_first(folder: Path) -> None:
    here, there = make_arrays(), make_arrays(n=60)
    np.savez(folder / "fashion_mnist.npz", **here)
    known.cache().mkdir(parents=True)
    np.savez(known.cache() / "fashion_mnist.npz", **there)
    found = known.find("fashion_mnist")
    assert [(piece.part, piece.n) for piece in found.pieces] == [("train", 40), ("test", 20)]
    assert found.classes == entry("fashion_mnist").classes
    assert (found.source, found.name, found.known, found.licence) == ("fashion_mnist",) * 3 + ("MIT",)
    said = " ".join(note.en for note in found.notes)
    assert hashlib.sha256((folder / "fashion_mnist.npz").read_bytes()).hexdigest() in said
    assert "60,000" in said  # it is not as many as published
    (folder / "fashion_mnist.npz").unlink()
    assert known.find("fashion_mnist").pieces[0].n == 60  # the user folder comes next


def test_the_published_file_is_said_to_be_that(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(folder / "mnist.npz", **make_arrays())
    assert "as published" not in known.find("mnist").notes[0].en
    sha256 = hashlib.sha256((folder / "mnist.npz").read_bytes()).hexdigest()
    bundle = entry("mnist").bundles[0]
    remote = dataclasses.replace(bundle.remotes[0], sha256=sha256)
    put(
        monkeypatch,
        dataclasses.replace(entry("mnist"), bundles=(dataclasses.replace(bundle, remotes=(remote,)),)),
    )
    assert "as published" in known.find("mnist").notes[0].en


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        (make_arrays(size=32), "28x28"),
        (make_arrays(classes=9), "classes"),
        ({k: v for k, v in make_arrays().items() if "train" in k}, "parts"),
    ],
    ids=["size", "classes", "parts"],
)
def test_something_else_under_its_name_is_refused(
    folder: Path, arrays: dict[str, np.ndarray], what: str
) -> None:
    np.savez(folder / "mnist.npz", **arrays)
    with pytest.raises(DataError) as caught:
        known.find("mnist")
    assert caught.value.code == "not-the-known-data"
    assert what in caught.value.message.en
    assert str(folder / "mnist.npz") in caught.value.message.ko


def test_labels_of_the_test_part_are_not_read(folder: Path) -> None:
    """They are nonsense here: whoever read them would fail."""
    arrays = make_arrays()
    arrays["y_test"] = np.full(20, 77, np.uint8)
    np.savez(folder / "mnist.npz", **arrays)
    found = known.find("mnist", classes=("3", "5"))
    with pytest.raises(DataError):
        found.pieces[1].labels()


def test_classes_may_be_called_by_their_korean_names(folder: Path) -> None:
    np.savez(folder / "fashion_mnist.npz", **make_arrays())
    found = known.find("fashion_mnist", classes=("가방", "Sandal"))
    assert [c.key for c in found.classes] == ["5", "8"]
    np.testing.assert_array_equal(np.unique(found.pieces[0].labels()), [0, 1])


def test_idx_files_and_picture_folders_are_found_too(folder: Path) -> None:
    arrays = make_arrays()
    (folder / "mnist").mkdir()
    names = {"x_train": "train-images-idx3", "y_train": "train-labels-idx1"}
    names |= {"x_test": "t10k-images-idx3", "y_test": "t10k-labels-idx1"}
    for key, name in names.items():
        (folder / "mnist" / f"{name}-ubyte.gz").write_bytes(idx(arrays[key]))
    found = known.find("mnist")
    assert found.format == "idx"
    np.testing.assert_array_equal(found.pieces[0].labels(), arrays["y_train"])

    for name, content in shapes().items():
        path = folder / "handwriting_shape" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    drawn = known.find("shapes")
    assert [c.words.ko for c in drawn.classes] == ["원", "사각형", "삼각형"]
    assert {piece.part: piece.n for piece in drawn.pieces} == {"train": 9, "test": 9}
    assert known.fingerprint(folder / "handwriting_shape") == digest_of(shapes())


def test_a_folder_of_pictures_called_mnist_is_not_taken_for_it(folder: Path) -> None:
    (folder / "mnist" / "7").mkdir(parents=True)
    assert known.locate(entry("mnist")) is None


def test_sources_find_takes_names(folder: Path) -> None:
    np.savez(folder / "mnist.npz", **make_arrays())
    assert sources.find("mnist").known == "mnist"
    assert sources.find("MNIST", classes=["1", "7"]).classes[1].key == "7"


def test_describe_says_where_each_lies(folder: Path) -> None:
    np.savez(folder / "mnist.npz", **make_arrays())
    known.cache().mkdir(parents=True)
    np.savez(known.cache() / "fashion_mnist.npz", **make_arrays())
    rows = {row["name"]: row for row in known.describe()}
    assert [row["found"] for row in rows.values()] == [
        "HAKSEUP_DATA",
        "cache",
        "download",
        "package",
        "download",
    ]
    assert rows["mnist"]["path"] == str(folder / "mnist.npz")
    assert rows["mnist"]["bytes"] == (folder / "mnist.npz").stat().st_size
    assert rows["shapes"]["path"] is rows["digits"]["path"] is None
    (folder / "mnist.npz").unlink()
    assert {row["name"]: row for row in known.describe()}["mnist"]["bytes"] == 11_490_434


# --- fetching ----------------------------------------------------------------------------------------------


def fetchable(server: Server, name: str, contents: dict[str, bytes], bundle: Bundle) -> Known:
    """The entry with these files on our server; the first address of each is a dead one."""
    remotes = []
    for file, content in contents.items():
        (server.folder / file).write_bytes(content)
        urls = (f"{server.address}/gone/{file}", f"{server.address}/{file}")
        remotes.append(Remote(file, urls, hashlib.sha256(content).hexdigest(), len(content)))
    whole = dataclasses.replace(bundle, remotes=tuple(remotes))
    return dataclasses.replace(entry(name), bundles=(whole,))


def test_npz_is_fetched_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    np.savez(out, **make_arrays())
    changed = fetchable(server, "mnist", {"mnist.npz": out.getvalue()}, entry("mnist").bundles[0])
    put(monkeypatch, changed)
    assert known.find("mnist").pieces[0].n == 40
    assert server.asked == ["/gone/mnist.npz", "/mnist.npz"]
    assert known.find("mnist").pieces[0].n == 40
    assert len(server.asked) == 2  # it lies in the user folder now
    assert known.describe()[0]["found"] == "cache"
    assert (files.user_home() / "data" / "mnist.npz").is_file()


def test_the_four_idx_files_are_fetched(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = make_arrays()
    names = [remote.name for remote in entry("fashion_mnist").bundles[0].remotes]
    contents = {
        name: idx(arrays[key])
        for name, key in zip(names, ("x_train", "y_train", "x_test", "y_test"), strict=True)
    }
    put(monkeypatch, fetchable(server, "fashion_mnist", contents, entry("fashion_mnist").bundles[0]))
    found = known.find("fashion_mnist")
    assert found.format == "idx"
    np.testing.assert_array_equal(found.pieces[1].labels(), arrays["y_test"])


def test_a_download_that_broke_off_between_two_files_goes_on(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = make_arrays()
    names = [remote.name for remote in entry("fashion_mnist").bundles[0].remotes]
    contents = {
        name: idx(arrays[key])
        for name, key in zip(names, ("x_train", "y_train", "x_test", "y_test"), strict=True)
    }
    put(monkeypatch, fetchable(server, "fashion_mnist", contents, entry("fashion_mnist").bundles[0]))
    (server.folder / names[2]).rename(server.folder / "away")
    with pytest.raises(DownloadError):
        known.find("fashion_mnist")
    (server.folder / "away").rename(server.folder / names[2])
    server.asked.clear()
    assert known.find("fashion_mnist").pieces[1].n == 20
    assert not any(names[0] in path or names[1] in path for path in server.asked)  # they lay there already


def test_the_next_publisher_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    np.savez(out, **make_arrays())
    good = fetchable(server, "mnist", {"mnist.npz": out.getvalue()}, entry("mnist").bundles[0]).bundles[0]
    gone = Remote("mnist.npz", (f"{server.address}/nowhere",), "0" * 64, 5)
    bad = dataclasses.replace(good, remotes=(gone,))
    put(monkeypatch, dataclasses.replace(entry("mnist"), bundles=(bad, good)))
    assert known.find("mnist").pieces[0].n == 40


def test_without_a_network_it_says_where_to_put_the_files(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = [remote.name for remote in entry("fashion_mnist").bundles[0].remotes]
    changed = fetchable(
        server, "fashion_mnist", dict.fromkeys(names, b"x"), entry("fashion_mnist").bundles[0]
    )
    for name in names:
        (server.folder / name).unlink()
    put(monkeypatch, changed)
    with pytest.raises(DownloadError) as caught:
        known.find("fashion_mnist")
    hint = caught.value.hint
    assert hint is not None
    for text in (hint.ko, hint.en):
        assert str(Path("<HAKSEUP_DATA>") / "fashion_mnist") in text
        assert str(files.user_home() / "data" / "fashion_mnist") in text
        assert all(f"/{name}" in text for name in names)
    monkeypatch.setenv("HAKSEUP_DATA", str(tmp_path / "mine"))
    with pytest.raises(DownloadError) as caught:
        known.find("fashion_mnist")
    assert caught.value.hint is not None
    assert str(tmp_path / "mine" / "fashion_mnist") in caught.value.hint.en


def zipped(contents: dict[str, bytes], prefix: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in contents.items():
            opened.writestr(prefix + name, content)
    return out.getvalue()


def offer_shapes(server: Server, monkeypatch: pytest.MonkeyPatch, content: bytes, expected: str) -> None:
    (server.folder / "shapes.zip").write_bytes(content)
    remote = Remote("shapes.zip", (f"{server.address}/shapes.zip",), None, None)
    bundle = Bundle("handwriting_shape", "folder", (remote,))
    put(monkeypatch, dataclasses.replace(entry("shapes"), bundles=(bundle,), content=expected))


@pytest.mark.parametrize("prefix", ["", "handwriting_shape/", "warehouse/2017/handwriting_shape/", "a\\b\\"])
def test_shapes_are_unpacked_wherever_they_lie(
    server: Server, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    contents = shapes()
    content = zipped(
        {prefix + name: c for name, c in contents.items()}
        | {"__MACOSX/" + prefix + "train/circle/._circle000.png": b"junk", prefix + ".DS_Store": b"junk"}
        | {prefix + "train/circle/notes.txt": b"junk", "../../train/evil.png": b"junk"}
    )
    offer_shapes(server, monkeypatch, content, digest_of(contents))
    found = known.find("shapes")
    assert {piece.part: piece.n for piece in found.pieces} == {"train": 9, "test": 9}
    assert any("as published" in note.en for note in found.notes)
    lying = {p.relative_to(known.cache()).as_posix() for p in known.cache().rglob("*") if p.is_file()}
    assert lying == {f"handwriting_shape/{name}" for name in contents}  # and no archive, no leftovers
    known.find("shapes")
    assert len(server.asked) == 1


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    """Names that climb or name a drive: only part, class and file name ever become a path."""
    contents = {"train/../evil.png": b"x", "/train/C:/evil.png": b"x", "x/train/../../evil.png": b"x"}
    contents |= {"train/ok/fine.png": b"fine", "../train/ok/up.png": b"up"}
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.zip").write_bytes(zipped(contents))
    archive.unpack(tmp_path / "in" / "a.zip", tmp_path / "in" / "out", check=lambda digests: True)
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"in/a.zip", "in/out/train/ok/fine.png"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>not found</html>", "cannot be read"),
        (zipped(shapes())[:-30], "cannot be read"),
        (zipped(shapes(n=2)), "not the expected ones"),
        (zipped({f"train/circle/{i}.png": b"x" for i in range(archive.MOST_FILES + 1)}), "too large"),
        (zipped({"train/circle/big.png": b"\0" * (archive.LARGEST_FILE + 1)}), "too large"),
    ],
    ids=["page", "cut", "other-pictures", "many-files", "large-file"],
)
def test_an_archive_of_something_else_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch, content: bytes, why: str
) -> None:
    offer_shapes(server, monkeypatch, content, digest_of(shapes()))
    with pytest.raises(DownloadError) as caught:
        known.find("shapes")
    assert caught.value.code == "wrong-content"
    assert why in caught.value.message.en
    assert not [path for path in known.cache().rglob("*") if path.is_file()]  # nothing is left of it
    assert not (known.cache() / "handwriting_shape").exists()


def test_a_quota_is_a_full_disk() -> None:
    for number in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        with pytest.raises(DownloadError) as caught, archive.unpacking(Path("a.zip"), Path("a")):
            raise OSError(number, "no room")
        assert caught.value.code == "disk-full"


# --- the real ones -----------------------------------------------------------------------------------------


def test_real_data_sets(real_data: Path) -> None:
    for name in ("mnist", "fashion_mnist"):
        found = known.find(name)
        assert {piece.part: piece.n for piece in found.pieces} == entry(name).n
    assert known.fingerprint(real_data / "handwriting_shape") == entry("shapes").content
    assert any("as published" in note.en for note in known.find("shapes").notes)
