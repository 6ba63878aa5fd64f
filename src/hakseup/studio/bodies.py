"""What requests carry, checked by pydantic before anything is done with it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hakseup.studio.guard import PICTURE_BYTES

Name = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Field(max_length=400)]
Point = Annotated[
    list[Annotated[float, Field(ge=-2, le=3, allow_inf_nan=False)]], Field(min_length=2, max_length=2)
]
Value = str | int | float | bool | list[str] | list[int]


class Body(BaseModel):
    """No key that nobody reads: a misspelt one is refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=PICTURE_BYTES * 4 // 3 + 100)


class NewData(Body):
    """A data set to be made."""

    name: Name
    classes: list[Name] = Field(default=[], max_length=200)


class Named(Body):
    """A name."""

    name: Name


class Chosen(Body):
    """Pictures of a data set."""

    pictures: list[Id] = Field(min_length=1, max_length=10_000)


class Moved(Chosen):
    """Pictures and the class they belong to."""

    to: Name = Field(alias="class")


class Undo(Body):
    """A change."""

    undo: Name


class Layers(Body):
    """A list of layers, and what it is for."""

    layers: list[Annotated[str, Field(max_length=2000)]] = Field(max_length=500)
    data: Name | None = None
    recipe: Name | None = None
    target: Name | None = None
    input_shape: list[Annotated[int, Field(ge=1, le=10_000)]] | None = Field(
        default=None, min_length=1, max_length=3
    )
    classes: int | None = Field(default=None, ge=2, le=100_000)


class NewRun(Body):
    """A training to be started."""

    data: Name
    recipe: Name | None = None
    settings: dict[Name, Value] = Field(default={}, max_length=200)
    layers: list[Annotated[str, Field(max_length=2000)]] | None = Field(default=None, max_length=500)


class Resume(Body):
    """A training to be gone on with."""

    epochs: int | None = Field(default=None, ge=1, le=1_000_000)


class Evaluate(Body):
    """The test part is opened by a deliberate act: this must be true."""

    open_the_test_part: bool = False


class Runs(Body):
    """Runs side by side."""

    runs: list[Name] = Field(min_length=2, max_length=20)


class Rows(Body):
    """Rows of a table."""

    rows: list[dict[Name, str | int | float | bool | None]] = Field(min_length=1, max_length=1000)


class Picture(Body):
    """Which picture: one of a run's, a picture file in base64, or strokes on the board."""

    picture: Id | None = None
    png: str | None = None
    strokes: list[Annotated[list[Point], Field(max_length=20_000)]] | None = Field(
        default=None, max_length=2000
    )
    thickness: float = Field(default=0.06, gt=0, le=0.5)
    drawn: bool = False
    sequence: int | None = None

    @model_validator(mode="after")
    def _one(self) -> Picture:
        if sum(one is not None for one in (self.picture, self.png, self.strokes)) != 1:
            raise ValueError("exactly one of picture, png and strokes")
        return self


class Position(Picture):
    """A place in what comes out of a layer."""

    layer: Name
    filter: int = Field(default=0, ge=0, le=1_000_000)
    row: int = Field(default=0, ge=0, le=100_000)
    column: int = Field(default=0, ge=0, le=100_000)


class Where(Picture):
    """A picture and the class that is asked for."""

    of: Name | None = Field(default=None, alias="class")


class Nearest(Picture):
    """A picture and how many are wanted."""

    n: int = Field(default=8, ge=1, le=64)
