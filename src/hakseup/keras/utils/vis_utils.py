"""`plot_model` and `model_to_dot`: the picture of a network, drawn by hakseup itself. No graphviz, no pydot."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any, Protocol

from hakseup import files
from hakseup.errors import CallError, NetworkError
from hakseup.models import drawing
from hakseup.models.sequential import Sequential
from hakseup.words import Words

FORMATS = ("png", "svg", "pdf", "jpg", "jpeg", "gif", "bmp", "webp")


class Model(Protocol):
    """What a picture needs of a model."""

    @property
    def name(self) -> str: ...
    @property
    def plan(self) -> Sequential: ...
    @property
    def input_shape(self) -> tuple[int | None, ...] | None: ...


@dataclasses.dataclass(frozen=True)
class Dot:
    """The picture of a network in the form in which pydot would give it."""

    network: Sequential
    show_shapes: bool
    show_names: bool
    wide: bool

    def create(self, prog: str | None = None, format: str = "ps", encoding: str | None = None) -> bytes:
        """The picture as the content of a file.

        Args:
            prog: which program of graphviz would draw; none is needed.
            format: "svg", "png", "pdf" or "jpg".
            encoding: as in pydot; not used.

        Raises:
            CallError: another format.
        """
        kind = format.lower()
        if kind == "svg":
            return self._svg().encode()
        if kind not in FORMATS:
            raise CallError(
                "bad-format",
                Words(
                    f"A network cannot be drawn as '{format}'. There are: {', '.join(FORMATS)}.",
                    f"신경망을 '{format}' 형식으로 그릴 수 없습니다. 쓸 수 있는 것: {', '.join(FORMATS)}.",
                ),
            )
        content = drawing.png(
            self.network, show_shapes=self.show_shapes, show_names=self.show_names, wide=self.wide
        )
        if kind == "png":
            return content
        from PIL import Image

        out = io.BytesIO()
        kept = {"jpg": "jpeg"}.get(kind, kind)
        # Two pixels for each unit of the drawing, of which there are 72 to the inch.
        Image.open(io.BytesIO(content)).convert("RGB").save(out, kept, resolution=144)
        return out.getvalue()

    def _svg(self) -> str:
        if self.wide:
            return drawing.strip(self.network)
        return drawing.svg(self.network, show_shapes=self.show_shapes, show_names=self.show_names)

    def create_svg(self, prog: str | None = None) -> bytes:
        """As `create(format="svg")`."""
        return self.create(prog, "svg")

    def create_png(self, prog: str | None = None) -> bytes:
        """As `create(format="png")`."""
        return self.create(prog, "png")

    def write(self, path: str | Path, prog: str | None = None, format: str = "png") -> bool:
        """Write the picture to a file.

        Raises:
            RunError: the file cannot be written.
        """
        files.write_bytes(Path(path), self.create(prog, format))
        return True

    def write_svg(self, path: str | Path, prog: str | None = None) -> bool:
        """As `write(path, format="svg")`."""
        return self.write(path, prog, "svg")

    def write_png(self, path: str | Path, prog: str | None = None) -> bool:
        """As `write(path, format="png")`."""
        return self.write(path, prog, "png")

    def write_pdf(self, path: str | Path, prog: str | None = None) -> bool:
        """As `write(path, format="pdf")`."""
        return self.write(path, prog, "pdf")


def model_to_dot(
    model: Model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Dot:
    """The picture of a network, as an object with `create`, `write_png`, `write_svg`, …

    Args:
        model: its input shape is known.
        show_shapes: write what comes out of each layer.
        show_layer_names: write each layer's name.
        rankdir: "TB" from top to bottom, "LR" from left to right.

    The other arguments are Keras'; what they would add stands in the picture anyway, or has no place in it.

    Raises:
        NetworkError: the model's input shape is not known.
    """
    if model.input_shape is None:
        raise NetworkError(
            "not-built",
            Words(
                f"The model '{model.name}' cannot be drawn yet: what shape goes in is not known.",
                f"'{model.name}' 모델은 들어가는 모양이 정해지지 않아 아직 그릴 수 없습니다.",
            ),
            Words(
                "Give the first layer input_shape=…, or call fit or build before.",
                "첫 층에 input_shape=…를 쓰거나, 먼저 fit이나 build를 부르세요.",
            ),
        )
    return Dot(model.plan, show_shapes, show_layer_names, rankdir.upper() in ("LR", "RL"))


def plot_model(
    model: Model,
    to_file: str | Path = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Any:
    """Draw a network into a file; in a notebook the picture appears.

    Args:
        model: its input shape is known.
        to_file: `.png`, `.svg`, `.pdf`, `.jpg`; without an ending PNG.
        show_shapes: write what comes out of each layer.
        show_layer_names: write each layer's name.
        rankdir: "TB" from top to bottom, "LR" from left to right.

    Returns:
        IPython's picture of the file where there is IPython; else None.

    Raises:
        NetworkError: the model's input shape is not known.
        CallError: another format.
        RunError: the file cannot be written.
    """
    kind = Path(to_file).suffix.lstrip(".").lower() or "png"
    model_to_dot(model, show_shapes, show_layer_names=show_layer_names, rankdir=rankdir).write(
        to_file, format=kind
    )
    try:
        from IPython import display
    except ImportError:
        return None
    if kind == "svg":
        return display.SVG(filename=str(to_file))
    return None if kind == "pdf" else display.Image(filename=str(to_file))
