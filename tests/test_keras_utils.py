"""keras.utils, keras.datasets, keras.backend and keras.config: as the real ones, and with sentences for what is wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import random
import tarfile
import threading
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hakseup.errors import CallError, DataError, DownloadError, HakseupError, NetworkError
from hakseup.keras import backend, config, datasets, utils
from hakseup.keras.models import Sequential
from hakseup.layers import Conv2D, Dense, Flatten, Input
from hakseup.sources import cifar, known
from hakseup.sources.known_table import TABLE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user folder, and nothing in HAKSEUP_DATA."""
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HAKSEUP_DATA", raising=False)
    return tmp_path / "home"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder that a server of our own gives out, its address, and what was asked for."""
    place = tmp_path / "served"
    place.mkdir()
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(place)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield place, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


# --- arrays ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "classes"),
    [
        ([0, 2, 1], None),
        ([[0], [3]], None),
        ([[0, 1], [2, 0]], 5),
        (np.array([1.0, 0.0]), 2),
        (4, 6),
        ([0, 1], 2),
    ],
)
def test_one_hot_rows_are_those_of_keras(real: Any, x: Any, classes: int | None) -> None:
    ours, theirs = utils.to_categorical(x, classes), real.utils.to_categorical(x, classes)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(utils.np_utils.to_categorical(x, nb_classes=classes), theirs)
    assert utils.to_categorical(x, classes, dtype="float32").dtype == np.float32


@pytest.mark.parametrize(
    ("x", "classes", "said"),
    [([0, 10], 10, "class 10.*0 to 9"), ([-1, 0], None, "class -1"), ([0.5], None, "0.5"), (["cat"], None, "LabelEncoder"),
     (np.arange(0, 10**9, 10**4), None, "amounts")],
)  # fmt: skip
def test_what_is_no_class_is_said(x: Any, classes: int | None, said: str) -> None:
    with pytest.raises(DataError, match=said):
        utils.to_categorical(x, classes)


def test_normalize_as_keras(real: Any) -> None:
    x = np.random.default_rng(1).normal(size=(4, 5))
    x[2] = 0
    for axis, order in ((-1, 2), (0, 2), (1, 1)):
        ours = utils.normalize(x, axis, order)
        np.testing.assert_allclose(np.linalg.norm(ours, order, axis).round(9) % 1, 0)
        if axis:
            np.testing.assert_allclose(ours, real.utils.normalize(x, axis, order))


def test_a_seed_repeats_everything() -> None:
    def draw() -> tuple[float, float, int, np.ndarray]:
        from hakseup.keras.seeds import next_seed

        utils.set_random_seed(7)
        model = Sequential([Input((3,)), Dense(2)])
        return random.random(), np.random.rand(), next_seed("x"), model.get_weights()[0]

    one, other = draw(), draw()
    assert one[:3] == other[:3]
    np.testing.assert_array_equal(one[3], other[3])


# --- pictures of networks ----------------------------------------------------------------------------------------


def model() -> Sequential:
    return Sequential(
        [Input((8, 8, 1)), Conv2D(4, 3, activation="relu"), Flatten(), Dense(3, activation="softmax")]
    )


def test_a_network_is_drawn_into_any_format(tmp_path: Path) -> None:
    for ending, kind in {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}.items():
        utils.plot_model(model(), to_file=str(tmp_path / f"m.{ending}"), show_shapes=True)
        assert Image.open(tmp_path / f"m.{ending}").format == kind
    utils.plot_model(model(), tmp_path / "m.svg", show_shapes=True, show_layer_names=True)
    text = (tmp_path / "m.svg").read_text("utf-8")
    assert "6 × 6 × 4" in text and "conv2d" in text
    utils.plot_model(model(), tmp_path / "m.pdf")
    assert (tmp_path / "m.pdf").read_bytes().startswith(b"%PDF")
    utils.plot_model(model(), tmp_path / "bare.svg")
    shown = ElementTree.fromstring((tmp_path / "bare.svg").read_text("utf-8")).iter(
        "{http://www.w3.org/2000/svg}text"
    )
    assert not any("6 × 6 × 4" in "".join(text.itertext()) for text in shown)
    utils.plot_model(model(), tmp_path / "wide.png", rankdir="LR")
    width, height = Image.open(tmp_path / "wide.png").size
    assert width > height
    with pytest.raises(CallError, match="tikz"):
        utils.plot_model(model(), tmp_path / "m.tikz")


def test_the_line_of_the_lecture_gives_svg() -> None:
    from hakseup.keras.utils.vis_utils import model_to_dot

    content = model_to_dot(model(), show_shapes=True).create(prog="dot", format="svg")
    assert isinstance(content, bytes)
    assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
    display = pytest.importorskip("IPython.display", reason="a notebook's display")
    assert display.SVG(content).data.startswith("<svg")
    assert model_to_dot(model()).create_png().startswith(b"\x89PNG")


def test_a_network_without_a_shape_is_not_drawn() -> None:
    with pytest.raises(NetworkError, match="input_shape"):
        utils.plot_model(Sequential([Dense(3)]))


# --- downloads ---------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_once_and_checked(
    home: Path, served: tuple[Path, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address, asked = served
    (folder / "data.csv").write_bytes(b"1,2\n")
    sha, md5 = hashlib.sha256(b"1,2\n").hexdigest(), hashlib.md5(b"1,2\n").hexdigest()
    path = utils.get_file("data.csv", f"{address}/data.csv", file_hash=sha)
    assert Path(path).read_bytes() == b"1,2\n" and Path(path).is_relative_to(home)
    assert utils.get_file(origin=f"{address}/data.csv", md5_hash=md5) == path
    assert len(asked) == 1
    utils.get_file("data.csv", f"{address}/data.csv", force_download=True)
    assert len(asked) == 2
    (folder / "data.csv").write_bytes(b"other")
    with pytest.raises(DownloadError, match="expected"):
        utils.get_file("new.csv", f"{address}/data.csv", md5_hash=md5)
    assert not list(home.rglob("new.csv"))
    (folder / "data.csv").unlink()
    for wanted in (None, md5):  # the file that is there stays when the new one does not come
        with pytest.raises(DownloadError):
            utils.get_file("data.csv", f"{address}/data.csv", force_download=True, md5_hash=wanted)
        assert Path(path).read_bytes() == b"1,2\n"
    own = folder.parent / "own"
    own.mkdir()
    (own / "data.csv").write_bytes(b"mine")
    monkeypatch.setenv("HAKSEUP_DATA", str(own))
    assert Path(utils.get_file("data.csv", f"{address}/data.csv")) == own / "data.csv"
    for name, origin in (("../up", f"{address}/x"), (None, None), (None, f"{address}/")):
        with pytest.raises(CallError):
            utils.get_file(name, origin)


def test_archives_are_unpacked_and_stay_inside(home: Path, served: tuple[Path, str, list[str]]) -> None:
    folder, address, _asked = served
    with tarfile.open(folder / "flowers.tgz", "w:gz") as tar:
        for name, content in {"flowers/rose/a.txt": b"rose", "flowers/lily/b.txt": b"lily"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    place = Path(utils.get_file("flowers", f"{address}/flowers.tgz", untar=True))
    assert (place / "flowers" / "rose" / "a.txt").read_bytes() == b"rose"
    with zipfile.ZipFile(folder / "z.zip", "w") as opened:
        opened.writestr("a/b.txt", "b")
        opened.writestr("../outside.txt", "o")
    place = Path(utils.get_file("z.zip", f"{address}/z.zip", extract=True))
    assert (place / "a" / "b.txt").is_file() and not (place.parent / "outside.txt").exists()
    with tarfile.open(folder / "evil.tar", "w") as tar:
        info = tarfile.TarInfo("../evil.txt")
        tar.addfile(info, io.BytesIO())
    with pytest.raises(DownloadError, match="cannot be unpacked"):
        utils.get_file("evil.tar", f"{address}/evil.tar", extract=True)
    assert not list(home.rglob("evil.txt"))


# --- data sets ---------------------------------------------------------------------------------------------------


def records(n: int, start: int) -> bytes:
    """CIFAR-10's records, written out one by one."""
    out = b""
    for row in range(n):
        label = (start + row) % 10
        planes = [bytes((place * (plane + 1) + label) % 256 for place in range(1024)) for plane in range(3)]
        out += bytes([label]) + b"".join(planes)
    return out


def test_cifar10_comes_from_the_binary_archive(
    home: Path, served: tuple[Path, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address, asked = served
    name = "cifar-10-binary.tar.gz"
    with tarfile.open(folder / name, "w:gz") as tar:
        files = {f"data_batch_{k}.bin": records(4, 2 * k) for k in range(1, 6)} | {
            "test_batch.bin": records(10, 0)
        }
        for inside, content in (files | {"batches.meta.txt": b"airplane"}).items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{inside}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    entry = next(one for one in TABLE if one.name == "cifar10")
    remote = dataclasses.replace(
        entry.bundles[0].remotes[0],
        urls=(f"{address}/{name}",),
        sha256=hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        size=None,
    )
    changed = dataclasses.replace(entry, bundles=(dataclasses.replace(entry.bundles[0], remotes=(remote,)),))
    monkeypatch.setattr(known, "TABLE", tuple(changed if one.name == "cifar10" else one for one in TABLE))
    (x_train, y_train), (x_test, y_test) = datasets.cifar10.load_data()
    assert x_train.shape == (20, 32, 32, 3) and x_test.shape == (10, 32, 32, 3)
    assert y_train.shape == (20, 1) and y_test.shape == (10, 1)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(y_train[:, 0], [(2 * k + r) % 10 for k in range(1, 6) for r in range(4)])
    assert x_test[3, 2, 5].tolist() == [(69 * (plane + 1) + 3) % 256 for plane in range(3)]  # 69 = 2 * 32 + 5
    datasets.cifar10.load_data()
    assert asked == [f"/{name}"]
    assert not (home / "data" / name).exists()
    (home / "data" / "cifar-10-batches-bin" / "test_batch.bin").write_bytes(b"123")
    with pytest.raises(DataError, match="no whole number of pictures"):
        datasets.cifar10.load_data()


def test_cifar100_comes_from_the_binary_archive(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hakseup.keras.datasets import cifar100

    own = home.parent / "own"
    own.mkdir()
    plain = np.frombuffer(records(6, 0), np.uint8).reshape(
        6, -1
    )  # the class in front; here the group is, too
    whole = np.concatenate([plain[:, :1] // 2, plain], 1).tobytes()
    with tarfile.open(own / "cifar-100-binary.tar.gz", "w:gz") as tar:
        half = len(whole) // 6 * 4
        for inside, content in {
            "train.bin": whole[:half],
            "test.bin": whole[half:],
            "a.txt": b"apple",
        }.items():
            info = tarfile.TarInfo(f"cifar-100-binary/{inside}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    monkeypatch.setenv("HAKSEUP_DATA", str(own))
    digest = hashlib.sha256((own / "cifar-100-binary.tar.gz").read_bytes()).hexdigest()
    monkeypatch.setattr(cifar100, "_SHA256", digest)
    (x_train, y_train), (x_test, y_test) = datasets.cifar100.load_data()
    assert x_train.shape == (4, 32, 32, 3) and x_test.shape == (2, 32, 32, 3) and x_train.dtype == np.uint8
    assert y_train.tolist() == [[0], [1], [2], [3]] and y_test.tolist() == [[4], [5]]
    assert x_test[1, 2, 5].tolist() == [(69 * (plane + 1) + 5) % 256 for plane in range(3)]  # 69 = 2 * 32 + 5
    assert datasets.cifar100.load_data(label_mode="coarse")[0][1].tolist() == [[0], [0], [1], [1]]
    with pytest.raises(HakseupError, match="coarse"):
        datasets.cifar100.load_data("rough")


def test_another_archive_is_refused_and_removed(tmp_path: Path) -> None:
    for content in (b"no archive", b"\x1f\x8b broken"):
        (tmp_path / "a.tar.gz").write_bytes(content)
        with pytest.raises(DownloadError):
            cifar.unpack(tmp_path / "a.tar.gz", tmp_path / "out")
        assert not (tmp_path / "a.tar.gz").exists() and not (tmp_path / "out").exists()


def test_mnist_as_keras_hands_it_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {
        "x_train": np.random.default_rng(1).integers(0, 256, (30, 28, 28), dtype=np.uint8),
        "y_train": np.arange(30, dtype=np.uint8) % 10,
        "x_test": np.random.default_rng(2).integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "y_test": np.arange(10, dtype=np.uint8)[::-1],
    }
    own = home.parent / "own"
    own.mkdir()
    for name in ("mnist.npz", "fashion_mnist.npz"):
        np.savez(own / name, **made)
    monkeypatch.setenv("HAKSEUP_DATA", str(own))
    for loaded in (
        datasets.mnist.load_data(),
        datasets.mnist.load_data("x.npz"),
        datasets.fashion_mnist.load_data(),
    ):
        (x_train, y_train), (x_test, y_test) = loaded
        for got, name in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
            np.testing.assert_array_equal(got, made[name])
            assert got.dtype == np.uint8 and got.flags.writeable
    np.savez(home.parent / "other.npz", **(made | {"y_test": np.full(10, 3, np.uint8)}))
    assert set(datasets.mnist.load_data(str(home.parent / "other.npz"))[1][1]) == {3}


def test_the_real_mnist(real_data: Path) -> None:
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9] and y_test[:3].tolist() == [7, 2, 1]


@pytest.mark.parametrize(
    ("module", "name"),
    [("datasets", "reuters"), ("datasets", "imdb"), ("utils", "to_categoricl"), ("backend", "conv2d"),
     ("preprocessing", "sequence"), ("preprocessing.image", "random_zom"), ("config", "set_floatY")],
)  # fmt: skip
def test_what_is_not_there_says_so(module: str, name: str) -> None:
    with pytest.raises(ImportError, match=name) as caught:
        exec(f"from hakseup.keras.{module} import {name}")
    assert isinstance(caught.value, HakseupError)
    with pytest.raises(AttributeError, match=name):
        exec(f"import hakseup.keras.{module} as m; m.{name}")


# --- backend and config ------------------------------------------------------------------------------------------


def test_the_backend_and_its_switches(real: Any) -> None:
    for name in ("epsilon", "floatx", "image_data_format"):
        assert getattr(backend, name)() == getattr(real.backend, name)() == getattr(config, name)()
    assert backend.cast_to_floatx([1, 2]).dtype == np.float32
    assert backend.image_dim_ordering() == "tf"
    backend.set_image_dim_ordering("tf")
    backend.set_image_data_format("channels_last")
    for call, said in [
        (lambda: backend.set_image_dim_ordering("th"), "reshape"),
        (lambda: backend.set_image_data_format("channels_first"), "channels_last"),
        (lambda: config.set_floatx("float64"), "float32"),
        (lambda: config.enable_unsafe_deserialization(), "never executed"),
        (lambda: config.set_dtype_policy("float23"), "float32"),
        (lambda: backend.set_value(3.0, 4.0), "learning_rate"),
    ]:  # fmt: skip
        with pytest.raises(CallError, match=said):
            call()


def test_clear_session_begins_the_names_anew() -> None:
    backend.clear_session()
    assert [model().layers[0].name, model().layers[0].name] == ["conv2d", "conv2d_1"]
    backend.clear_session()
    assert model().layers[0].name == "conv2d"


def test_the_precision_is_the_engines_choice_until_it_is_said() -> None:
    assert config.policy() is None
    config.set_dtype_policy("float32")
    try:
        assert config.policy() == "float32"
    finally:
        config.set_dtype_policy(None)
    assert config.policy() is None


def test_values_behind_variables() -> None:
    import torch

    held = torch.nn.Parameter(torch.zeros(2))
    backend.set_value(held, [1.0, 2.0])
    np.testing.assert_array_equal(backend.get_value(held), [1, 2])
    array = np.zeros(2)
    backend.set_value(array, 3)
    assert backend.get_value(array).tolist() == [3, 3]
    assert backend.get_value(0.5) == 0.5
