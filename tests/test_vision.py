"""A kernel over a picture: against the loop of books written out plainly, OpenCV, Keras' layer, and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from hakseup import layers, vision
from hakseup.cli import main
from hakseup.errors import HakseupError
from hakseup.vision.drawing import strongest

DIAGONAL = [[0, 0, -1], [0, 1, 0], [0, 0, 0]]


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)


def by_loop(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The loop that books print: x runs over the first axis, the kernel is read as [row of y][column of x]."""
    pixels = image.tolist()
    out = np.zeros((26, 26))
    for y in range(26):
        for x in range(26):
            out[x][y] = sum(
                pixels[x + across][y + down] * kernel[down][across]
                for down in range(3)
                for across in range(3)
            )
    return out


@pytest.mark.parametrize("rows", [DIAGONAL, [[1, 1, 1], [-1, -1, -1], [1, 1, 1]]])
def test_the_loop_of_the_book_gives_the_same_array_transposed_as_it_is(
    picture: np.ndarray, rows: list[list[int]]
) -> None:
    looped = by_loop(picture, np.array(rows))
    assert np.array_equal(vision.convolve(picture, rows, transposed=True), looped)
    assert np.array_equal(vision.convolve(picture, np.array(rows).T), looped)
    assert np.array_equal(vision.convolve(picture.T, rows).T, looped)
    assert not np.array_equal(vision.convolve(picture, rows), looped)


@pytest.mark.parametrize(
    ("stride", "padding"), [(1, "valid"), (2, "valid"), (3, "same"), (2, 2), (1, "same")]
)
def test_it_is_what_the_layer_of_a_network_does_and_the_steps_say_how(
    picture: np.ndarray, stride: int, padding: str | int
) -> None:
    kernel = np.array([[1.0, -2, 3], [0.5, 4, -1]])
    out = vision.convolve(picture, kernel, stride=stride, padding=padding)
    if isinstance(padding, str):
        layer = layers.Conv2D(1, (2, 3), strides=stride, padding=padding, use_bias=False)
        module = layer.build((28, 28, 1), torch.Generator()).double()
        with torch.no_grad():
            next(module.parameters()).copy_(torch.from_numpy(kernel)[None, None])
            theirs = module(torch.from_numpy(picture.astype(float))[None, None])[0, 0].numpy()
        assert np.allclose(out, theirs, rtol=0, atol=1e-9)
    stepped = np.full(out.shape, np.nan)
    for step in vision.steps(picture, kernel, stride=stride, padding=padding):
        assert np.array_equal(step.products, step.window * kernel)
        stepped[step.row, step.column] = step.total
    assert np.allclose(out, stepped, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", sorted(vision.KERNELS))
def test_known_kernels_are_opencv_s_and_known_by_korean_names(picture: np.ndarray, name: str) -> None:
    kernel = vision.kernel(name)
    assert np.array_equal(kernel, vision.kernel(vision.KERNELS[name].title.ko))
    assert np.array_equal(kernel, vision.kernel(vision.KERNELS[name].title.en.upper()))
    by_opencv = cv2.filter2D(picture.astype(float), -1, kernel, borderType=cv2.BORDER_CONSTANT)
    assert np.allclose(vision.convolve(picture, name, padding="same"), by_opencv, atol=1e-9)


def test_the_numbers_of_known_kernels_are_the_textbooks() -> None:
    across, down = (cv2.getDerivKernels(*order, 3) for order in ((1, 0), (0, 1)))
    assert np.array_equal(vision.kernel("sobel_x"), across[1] @ across[0].T)
    assert np.array_equal(vision.kernel("sobel_y"), down[1] @ down[0].T)
    ramp = np.tile(np.arange(5.0), (5, 1))
    assert (vision.convolve(ramp, "sobel_x") == 8).all() and (vision.convolve(ramp, "prewitt_y") == 0).all()
    bell = cv2.getGaussianKernel(3, 0)
    assert np.allclose(vision.kernel("gaussian"), bell @ bell.T)
    for name, total in {"box_blur": 1, "gaussian": 1, "sharpen": 1, "emboss": 1, "laplacian": 0}.items():
        assert vision.kernel(name).sum() == pytest.approx(total)


def test_colours_are_done_each_by_itself() -> None:
    colours = np.random.default_rng(1).integers(0, 256, (6, 7, 3), np.uint8)
    out = vision.convolve(colours, "sobel_x")
    assert out.shape == (4, 5, 3)
    for channel in range(3):
        assert np.array_equal(out[..., channel], vision.convolve(colours[..., channel], "sobel_x"))


def test_pooling_and_dropout_by_hand() -> None:
    image = np.array([[1, 5, 2, 0, 9], [3, 4, 8, 1, 9], [0, 0, 1, 1, 9]], np.uint8)
    assert vision.max_pool(image).tolist() == [[5, 8]]
    assert vision.average_pool(image).tolist() == [[3.25, 2.75]]
    assert vision.max_pool(image, 3, 1).tolist() == [[8, 8, 9]]
    ones = np.ones((100, 100))
    left = vision.dropout(ones, 0.25, seed=3)
    assert set(np.unique(left)) == {0.0, 1 / 0.75}
    assert (left == 0).mean() == pytest.approx(0.25, abs=0.02) and left.mean() == pytest.approx(1, abs=0.03)
    assert np.array_equal(left, vision.dropout(ones, 0.25, seed=3))
    assert not np.array_equal(left, vision.dropout(ones, 0.25, seed=4))


def test_canny_and_blur_are_opencv_s_under_a_korean_name_too(tmp_path: Path) -> None:
    drawn = np.full((40, 40), 255, np.uint8)
    cv2.circle(drawn, (20, 20), 10, 0, -1)
    path = tmp_path / "동그라미.png"
    Image.fromarray(drawn).save(path)
    assert np.array_equal(vision.canny(path, 100, 200), cv2.Canny(drawn, 100, 200))
    assert vision.canny(path).any()
    assert np.array_equal(vision.gaussian_blur(path, 5, 8), cv2.GaussianBlur(drawn, (5, 5), 8))
    assert np.array_equal(vision.canny(drawn / 255), vision.canny(path))


def test_drawings_show_the_numbers_and_frame_the_strongest_place(picture: np.ndarray) -> None:
    figure = vision.draw_kernel(picture, DIAGONAL, stride=2)
    result = vision.convolve(picture, DIAGONAL, stride=2)
    left, middle, right = figure.axes
    assert np.array_equal(left.images[0].get_array(), picture)
    assert np.array_equal(right.images[0].get_array(), result)
    assert [text.get_text() for text in middle.texts] == ["0", "0", "-1", "0", "1", "0", "0", "0", "0"]
    row, column = strongest(result)
    assert abs(result[row, column]) == abs(result).max()
    assert left.patches[0].get_xy() == (2 * column - 0.5, 2 * row - 0.5)
    for drawn in (
        vision.draw_pooling(picture),
        vision.draw_dropout(picture),
        vision.draw_edges(np.dstack([picture] * 3)),
    ):
        assert len(drawn.axes) == 3 and all(axes.images and axes.get_title() for axes in drawn.axes)


@pytest.fixture
def file(tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(picture).save("five.png")
    return "five.png"


def test_the_command_draws_and_says_the_step(
    file: str, picture: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["look", file, "--kernel", "0 0 -1; 0 1 0; 0 0 0", "--transposed", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["result"] == by_loop(picture, np.array(DIAGONAL)).tolist()
    assert sum(sum(row) for row in answer["strongest"]["products"]) == answer["strongest"]["total"]
    assert Image.open(answer["png"]).size[0] > 1000 and answer["png"] == "five-kernel.png"
    for png in ("five-sobel_x.png", "five-sobel_x-2.png"):  # nothing is overwritten unasked
        assert (
            main(["look", file, "--kernel", "소벨 x", "--stride", "2", "--padding", "1", "--lang", "ko"]) == 0
        )
        out = capsys.readouterr().out
        assert "Σ = " in out and "결과는 14칸씩 14줄" in out and png in out
        assert Path(png).is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--kernel", "1 2; 3"], "bad-kernel", "2, 1 numbers"),
        (["--kernel", "1 zwei; 3 4"], "bad-kernel", '"zwei"'),
        (["--kernel", "sharpn"], "bad-kernel", '"sharpen"'),
        (["--kernel", ""], "bad-kernel", ""),
        (["--kernel", "1 nan; 3 4"], "bad-kernel", "finite"),
        (["--kernel", " ".join(["1"] * 30)], "kernel-too-large", "30"),
        (["--kernel", "sharpen", "--stride", "0"], "bad-number", "--stride 0"),
        (["--kernel", "sharpen", "--padding", "full"], "bad-padding", "full"),
        (["--kernel", "sharpen", "--png", "a.jpg"], "bad-output", "a.jpg"),
        (["--kernel", "sharpen", "--html", "a.html"], "option-without-effect", "--html"),
        (["--stride", "2"], "option-without-effect", "--stride"),
    ],
)
def test_wrong_calls_are_told(
    file: str, words: list[str], code: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["look", file, *words, "--json", "--lang", "en"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code and said in error["message"]
    assert [path.name for path in Path().iterdir()] == ["five.png"]


def test_what_is_no_picture_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").write_text("no picture", "utf-8")
    for name in ("a.png", "none.png", "."):
        assert main(["look", str(tmp_path / name), "--kernel", "sharpen", "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["error"]["message"]
    for wrong in (np.zeros((2, 3, 4, 5)), np.zeros((0, 3)), np.array([["a"]])):
        with pytest.raises(HakseupError):
            vision.convolve(wrong, "sharpen")
