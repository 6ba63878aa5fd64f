"""Pictures of networks: well-formed, complete, in both languages, the same in SVG and PNG."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image

from hakseup import files
from hakseup.errors import RunError
from hakseup.layers import Conv2D, Dense, Flatten, parse
from hakseup.models import drawing, strokes
from hakseup.models.sequential import Sequential
from hakseup.words import speak

LINES = [
    "Conv2D(32, 3, activation='relu')",
    "BatchNormalization()",
    "MaxPooling2D(2)",
    "Dropout(0.25)",
    "Flatten()",
    "Dense(128, activation='relu')",
    "Dense(10, activation='softmax')",
]
NETWORK = Sequential(parse(LINES), (28, 28, 1))
SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("draw", [drawing.svg, drawing.strip])
def test_every_layer_stands_in_the_picture(draw: object) -> None:
    for language, said in (("en", ["Input", "32 filters"]), ("ko", ["입력", "필터 32개"])):
        svg = draw(NETWORK, language=language)
        written = " | ".join(words(svg))
        for expected in [
            *said,
            "Conv2D",
            "BatchNormalization",
            "Dropout",
            "Dense",
            "26 × 26 × 32",
            "13 × 13 × 32",
        ]:
            assert expected in written
        assert f"{NETWORK.parameters:,}" in written
        root = ElementTree.fromstring(svg)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and description is not None
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text == ("The network" if language == "en" else "신경망")
        assert "26 × 26 × 32" in (description.text or "")


def test_names_and_shapes_can_be_left_out() -> None:
    full = " | ".join(words(drawing.svg(NETWORK)))
    bare = " | ".join(words(drawing.svg(NETWORK, show_shapes=False, show_names=False)))
    assert "max_pooling2d" in full and "13 × 13 × 32" in full
    assert "max_pooling2d" not in bare and "13 × 13 × 32" not in bare


def test_the_language_spoken_is_the_default() -> None:
    with speak("ko"):
        assert drawing.svg(NETWORK) == drawing.svg(NETWORK, language="ko")
    assert drawing.svg(NETWORK, language="ko") != drawing.svg(NETWORK, language="en")


def test_texts_are_escaped_and_nothing_runs() -> None:
    hostile = "<text><script>alert(1)<b>&\"'"  # a name may hold neither . nor /
    network = Sequential([Flatten(), Dense(3, name=hostile)], (4, 4, 1))
    for svg in (drawing.svg(network), drawing.strip(network)):
        root = ElementTree.fromstring(svg)
        names = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert names <= {"svg", "title", "desc", "style", "rect", "polygon", "line", "text", "tspan"}
        assert not re.search(r"\son\w+=|javascript:|https?://(?!www\.w3\.org/2000/svg)", svg)
    assert any(hostile[:20] in text for text in words(drawing.svg(network)))


def test_two_pictures_on_a_page_share_no_ids() -> None:
    ids = re.findall(r'id="([^"]+)"', drawing.svg(NETWORK) + drawing.strip(NETWORK))
    assert len(set(ids)) == len(ids) == 4


def test_nothing_is_painted_outside() -> None:
    wide = Sequential([Conv2D(2048, 3, name="a_" * 90), Flatten(), Dense(1_000_000), Dense(1)], (299, 20, 3))
    for picture in (drawing._column(wide, True, True), drawing._row(wide)):
        for stroke in picture.strokes:
            if isinstance(stroke, strokes.Text):
                width = sum(strokes.text_width(run.text, run.size, run.bold) for run in stroke.runs)
                left = stroke.x - {"start": 0, "middle": width / 2, "end": width}[stroke.anchor]
                spots = [(left, stroke.y), (left + width, stroke.y)]
            elif isinstance(stroke, strokes.Box):
                spots = [(stroke.x, stroke.y), (stroke.x + stroke.width, stroke.y + stroke.height)]
            else:
                spots = (
                    list(stroke.points) if isinstance(stroke, strokes.Polygon) else [stroke.start, stroke.end]
                )
            for x, y in spots:
                assert 0 <= x <= picture.width + 0.1 and 0 <= y <= picture.height + 0.1, stroke


def test_blocks_grow_with_height_width_and_channels() -> None:
    shapes = [(28, 28, 1), (14, 14, 8), (14, 7, 64), (10,), (500,)]
    scale = drawing._Scale.of(shapes)
    assert scale.face(28, 40) == pytest.approx(40)
    assert scale.face(28, 40) > scale.face(14, 40) > scale.face(7, 40) > 4
    assert scale.depth(64, 40) == pytest.approx(40)
    assert scale.depth(64, 40) > scale.depth(8, 40) > scale.depth(1, 40) > 1
    assert scale.length(500, 90) == pytest.approx(90)
    assert len(drawing._tensor((10,), "dense", scale, (0, 0))) == 10
    assert len(drawing._tensor((500,), "dense", scale, (0, 0))) == 1


def test_the_png_is_the_same_picture_twice_as_large(tmp_path: Path) -> None:
    content = drawing.png(NETWORK, tmp_path / "network.png", language="ko")
    assert (tmp_path / "network.png").read_bytes() == content
    image = Image.open(io.BytesIO(content))
    root = ElementTree.fromstring(drawing.svg(NETWORK, language="ko"))
    assert image.size == tuple(round(2 * float(root.get(side, "0"))) for side in ("width", "height"))
    assert image.getpixel((0, 0)) == (255, 255, 255)
    blue = sum(1 for pixel in image.resize((290, 300)).get_flattened_data() if pixel[2] > pixel[0] + 60)
    assert blue > 100  # the convolution's block
    assert drawing.png(NETWORK, language="ko") == content
    with pytest.raises(RunError):
        drawing.png(NETWORK, tmp_path / "missing" / "network.png")


def test_hangul_is_painted_with_a_font_that_has_it() -> None:
    assert (files.korean_font() or Path()).name == "NanumGothic.ttf"
    assert (files.korean_font(bold=True) or Path()).name == "NanumGothicBold.ttf"
    picture = strokes.Drawing(60, 30, (strokes.Text(5, 20, (strokes.Run("한", 18),)),))
    missing = strokes.Drawing(60, 30, (strokes.Text(5, 20, (strokes.Run("\uabcd", 18),)),))
    assert strokes.png(picture) != strokes.png(missing)


def test_without_the_font_the_png_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "korean_font", lambda bold=False: None)
    assert drawing.png(NETWORK, language="ko") == drawing.png(NETWORK, language="en")


def test_long_texts_are_cut_with_a_mark() -> None:
    assert strokes.cut("short", 12, 100) == "short"
    cut = strokes.cut("합성곱층의이름" * 9, 12, 100)
    assert cut.endswith("…") and strokes.text_width(cut, 12) <= 100


def test_a_drawing_needs_no_torch() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from hakseup.layers import Dense; from hakseup.models import drawing;"
        "from hakseup.models.sequential import Sequential;"
        "n = Sequential([Dense(3)], (4,)); drawing.svg(n); drawing.png(n); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
