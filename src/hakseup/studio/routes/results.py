"""Runs: everything about one, the deliberate opening of its test part, comparisons, the zip."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from hakseup import api
from hakseup.api import Run
from hakseup.runs import folder as names
from hakseup.studio import bodies, columns, pictures, pixels, spoken
from hakseup.studio.answers import as_json
from hakseup.studio.routes.data import Limit, Offset, Side, image
from hakseup.studio.routes.exports import attachment
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import Conflict, NotThere
from hakseup.training.live import LIVE
from hakseup.words import Words

_CHUNK = 1 << 20
Part = Annotated[str, Query(max_length=20)]
Key = Annotated[str | None, Query(max_length=200)]


def router(studio: Studio) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api", tags=["results"])
    space = studio.workspace

    @routes.get("/runs/{run}")
    def one_run(run: str) -> Response:
        """Everything about a run."""
        return as_json(studio.shelf.facts(space.run(run)))

    @routes.get("/runs/{run}/confusion")
    def confusion(run: str, part: Part = "validation") -> Response:
        """How often each class was taken for which."""
        return as_json(pictures.confusion(space.run(run), part))

    @routes.get("/runs/{run}/columns")
    def looked_at(run: str) -> Response:
        """Of a table's run: which columns count and what they do, and where it is wrong, on the validation rows."""
        return as_json(columns.facts(space.run(run)))

    @routes.get("/runs/{run}/pictures")
    def list_pictures(
        run: str,
        part: Part = "validation",
        truth: Key = None,
        label: Key = None,
        wrong: bool = False,
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> Response:
        """Predicted pictures: of a cell of the confusion matrix, or the mistakes."""
        found = pictures.listed(
            space.run(run), part, truth=truth, label=label, wrong=wrong, offset=offset, limit=limit
        )
        return as_json(found)

    @routes.get("/runs/{run}/pictures/{part}/{row}")
    def picture(run: str, part: str, row: str, side: Side = pixels.SIDE) -> Response:
        """One of them."""
        found = pictures.pixels_of(studio, space.run(run), f"{part}/{row}")
        return image(*pixels.thumbnail(found, side))

    @routes.get("/runs/{run}/test")
    def test_part(run: str) -> Response:
        """What opening the test part means, and how often it was opened."""
        facts = studio.shelf.facts(space.run(run))
        opened, n = facts["opened"], facts["test_n"]
        return as_json({"opened": opened, "n": n, "said": _meaning(opened, n or 0).as_dict()})

    @routes.post("/runs/{run}/evaluate", status_code=202)
    def evaluate(run: str, body: bodies.Evaluate) -> Response:
        """Open the sealed test part and measure; counted, and never by accident."""
        folder = space.run(run)
        if not body.open_the_test_part:
            raise Conflict(
                "evaluate-needs-consent",
                Words(
                    "The test part stays sealed: it is opened only when the request says so.",
                    "테스트 부분은 봉인되어 있습니다. 열겠다고 밝힌 요청에만 엽니다.",
                ),
                Words('Send {"open_the_test_part": true}.', '{"open_the_test_part": true}를 보내세요.'),
            )
        Run(folder.path).module()  # not finished: refused at once
        job = studio.jobs.start("evaluate", ["evaluate", str(folder.path)], run=folder.path.name)
        return as_json(job.as_dict(), 202)

    @routes.get("/runs/{run}/augmented.png")
    def augmented(run: str) -> Response:
        """Training pictures, and what the training made of them."""
        folder = space.run(run)
        if not folder.has(names.AUGMENTED):
            raise NotThere(
                "no-augmentation", Words("This run changes no pictures.", "그림을 바꾸지 않는 실행입니다.")
            )
        return image(folder.file(names.AUGMENTED).read_bytes(), "image/png")

    @routes.post("/compare")
    def compare(body: bodies.Runs) -> Response:
        """What `hakseup compare` says."""
        return as_json(
            spoken.comparison(api.compare([space.run(one).path for one in dict.fromkeys(body.runs)]))
        )

    @routes.get("/runs/{run}/download")
    def download(run: str) -> Response:
        """The run folder as a zip, without its checkpoints."""
        folder = space.run(run)
        headers = attachment(f"{folder.path.name}.zip")
        return StreamingResponse(_zipped(folder.path), media_type="application/zip", headers=headers)

    return routes


def _zipped(folder: Path) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                hidden = any(part.startswith(".") for part in inside.parts)
                if (
                    path.is_file()
                    and not path.is_symlink()
                    and not hidden
                    and inside.parts[0] not in (names.CHECKPOINTS, LIVE)
                ):
                    packed.write(path, Path(folder.name) / inside)
        out.seek(0)
        while block := out.read(_CHUNK):
            yield block


def _meaning(opened: int, n: int) -> Words:
    if opened == 0:
        return Words(
            f"{n:,} examples were set aside before anything was learned and have never been opened. Open them once, when "
            "nothing is left to choose: every look makes the score a little less honest, and is counted.",
            f"학습하기 전에 떼어 둔 {n:,}개를 아직 한 번도 열지 않았어요. 더 고를 것이 없을 때 한 번만 여세요. "
            "열어 볼수록 점수를 믿기 어려워지고, 연 횟수는 기록으로 남아요.",
        )
    return Words(
        f"This test part ({n:,} examples) was opened {opened} {'time' if opened == 1 else 'times'} already, over all runs. "
        "Opening it again is counted, and says less each time it is used to choose.",
        f"이 테스트 부분({n:,}개)은 모든 실행을 합쳐 이미 {opened}번 열었어요. 다시 열면 횟수에 더해지고, "
        "점수를 보고 고를수록 믿기 어려워져요.",
    )
