"""What is taken home beside the run folder: pages as the command line writes them, the network as a picture, predictions as a file."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hakseup import api, files
from hakseup.api import Run
from hakseup.errors import CallError, HakseupError
from hakseup.report import compare_page, look_page, table_look
from hakseup.sources.tables import SUFFIXES, is_table
from hakseup.studio import spoken, uploads
from hakseup.studio.answers import as_json
from hakseup.studio.galleries import unused
from hakseup.studio.routes.data import image
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import NotThere, safe_name
from hakseup.words import Words, language

# A page of ours that stands alone: scripts and styles stand in it, and from where it stands it can ask nothing of us.
PAGE = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# Only shapes, lines and texts that we wrote ourselves; even so it may do nothing.
_DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
Ids = Annotated[list[str], Query(min_length=2, max_length=20)]


def router(studio: Studio) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api", tags=["exports"])
    space = studio.workspace

    @routes.get("/data/{name}/look.html")
    def look(name: str, target: Annotated[str | None, Query(max_length=200)] = None) -> Response:
        """The page of `hakseup look --html`."""
        source = studio.sets.ready(name)
        table = is_table(source)
        facts = api.look(source, settings={"data.target": target} if target and table else {})
        return page((table_look if table else look_page).render(facts, language()).encode())

    @routes.get("/compare.html")
    def compare(run: Ids) -> Response:
        """The page of `hakseup compare --html`."""
        found = spoken.comparison(api.compare([space.run(one).path for one in dict.fromkeys(run)]))
        return page(compare_page.render(found, language()).encode())

    @routes.get("/runs/{run}/report")
    def report(run: str) -> Response:
        """The report, as `hakseup report` writes it."""
        return page(api.report(space.run(run).path).read_bytes())

    @routes.get("/runs/{run}/network.{kind}")
    def network(run: str, kind: Literal["svg", "png"]) -> Response:
        """The picture of the network."""
        from hakseup.models import drawing

        layers = Run(space.run(run).path).network
        if layers is None:
            raise NotThere(
                "no-layers",
                Words(
                    "This network is no list of layers that could be drawn.",
                    "층을 늘어놓은 신경망이 아니어서 그릴 수 없습니다.",
                ),
            )
        if kind == "png":
            return image(drawing.png(layers), "image/png")
        headers = {"Content-Security-Policy": _DRAWING}
        return Response(drawing.svg(layers), media_type="image/svg+xml", headers=headers)

    @routes.post("/runs/{run}/predictions")
    async def predictions(run: str, request: Request) -> Response:
        """Predict uploaded pictures, or the rows of uploaded tables: `csv` is what `hakseup predict --out` writes."""
        folder = await run_in_threadpool(space.run, run)
        given = await uploads.files_of(request, "files")
        return as_json(await run_in_threadpool(_predicted, Run(folder.path), given, space.own / "tmp"))

    return routes


def page(content: bytes) -> Response:
    """HTML that stands alone."""
    return Response(content, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAGE})


def attachment(name: str) -> dict[str, str]:
    """Headers of an answer that is kept as a file."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _predicted(run: Run, given: Sequence[tuple[str | None, BinaryIO]], place: Path) -> dict[str, Any]:
    """What `hakseup predict` says of these files, without its rows, and its CSV file.

    Raises:
        CallError: pictures for a network that learned from a table, or the reverse. DataError: nothing can be read.
    """
    with files.written(place):
        files.make_folder(place)
    with tempfile.TemporaryDirectory(dir=place) as at:
        inside = Path(at, "in")
        inside.mkdir()
        paths = []
        for name, stream in given:
            plain = safe_name((name or "").replace("\\", "/").rpartition("/")[2])
            if (Path(plain).suffix.lower() in SUFFIXES) != run.is_table:
                raise _other_kind(run, plain)
            paths.append(unused(inside, Path(plain).stem, Path(plain).suffix))
            with paths[-1].open("wb") as kept:
                shutil.copyfileobj(stream, kept)
        out = Path(at, "out.csv")
        meanwhile = os.fspath(inside) + os.sep  # names are said as they were sent, not where they lay
        try:
            said = api.predict(run, paths, out=out)
        except HakseupError as error:
            message = Words(*(part.replace(meanwhile, "") for part in (error.message.en, error.message.ko)))
            raise type(error)(error.code, message, error.hint) from error
        csv = out.read_text("utf-8").replace(meanwhile, "")
    for one in said["refused"]:
        before = f"{one['input']}: "
        one["reason"] = {part: words.removeprefix(before) for part, words in one["reason"].items()}
        one["input"] = str(one["input"]).removeprefix(meanwhile)
    told = ("n", "counts", "unknown", "refused", "notes", "bad_cells_n", "unseen")
    return {**{key: said.get(key) for key in told}, "csv": csv}


def _other_kind(run: Run, name: str) -> CallError:
    if run.is_table:
        return CallError(
            "not-a-table",
            Words(
                f"This run learned from a table; {name} is none.",
                f"표로 학습한 실행인데 {name} 파일은 표가 아닙니다.",
            ),
            Words("Choose CSV, TSV, Parquet or Excel.", "CSV, TSV, Parquet, 엑셀 파일을 고르세요."),
        )
    return CallError(
        "not-pictures",
        Words(
            f"This run learned from pictures; {name} is a table.",
            f"그림으로 학습한 실행인데 {name} 파일은 표입니다.",
        ),
        Words("Choose pictures.", "그림 파일을 고르세요."),
    )
