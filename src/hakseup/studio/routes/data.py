"""Data sets: look, make, add, move, take back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hakseup import api, files
from hakseup.data.looking import plain
from hakseup.errors import DataError
from hakseup.sources.tables import SUFFIXES, is_table
from hakseup.studio import bodies, pixels, spoken, uploads
from hakseup.studio.answers import as_json
from hakseup.studio.galleries import create, require_free
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import safe_name
from hakseup.words import Words

Offset = Annotated[int, Query(ge=0, le=100_000_000)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Side = Annotated[int, Query(ge=8, le=pixels.LARGEST)]


def router(studio: Studio) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api", tags=["data"])
    sets = studio.sets

    @routes.get("/data")
    def list_sets() -> Response:
        """All data sets; and what was renamed since the server began, for pages that are open on it."""
        renamed = studio.renaming.called()  # before the list: a name that is in neither is asked for again
        return as_json({"data": sets.all(), "renamed": renamed})

    @routes.post("/data", status_code=201)
    def make_set(body: bodies.NewData) -> Response:
        """A new one."""
        return as_json(create(studio.workspace, body.name, body.classes).describe(), 201)

    @routes.get("/data/{name}")
    def one_set(name: str) -> Response:
        """One of them, counted."""
        return as_json(sets.describe(name))

    @routes.patch("/data/{name}")
    def rename_set(name: str, body: bodies.Named) -> Response:
        """Rename one of the workspace."""
        called, token = studio.renaming.rename(name, body.name)
        return as_json({"name": called, "undo": token})

    @routes.delete("/data/{name}")
    def remove_set(name: str) -> Response:
        """Move it aside."""
        return as_json({"undo": studio.renaming.put_aside(name)})

    @routes.post("/data/{name}/fetch", status_code=202)
    def fetch(name: str) -> Response:
        """Download a known one."""
        source = studio.workspace.source(name)
        return as_json(studio.jobs.start("fetch", ["look", source], data=name).as_dict(), 202)

    @routes.post("/data/{name}/classes", status_code=201)
    def add_class(name: str, body: bodies.Named) -> Response:
        """A new class."""
        gallery = sets.gallery(name)
        gallery.add_class(body.name)
        return as_json(gallery.describe(), 201)

    @routes.patch("/data/{name}/classes/{of}")
    def rename_class(name: str, of: str, body: bodies.Named) -> Response:
        """Rename a class."""
        gallery = sets.gallery(name)
        token = gallery.rename_class(of, body.name)
        return as_json({"data": gallery.describe(), "undo": token})

    @routes.delete("/data/{name}/classes/{of}")
    def remove_class(name: str, of: str) -> Response:
        """Move a class aside."""
        return as_json({"undo": sets.gallery(name).remove_class(of)})

    @routes.post("/data/{name}/classes/{of}/pictures", status_code=201)
    async def add_pictures(name: str, of: str, request: Request) -> Response:
        """Keep uploaded files, or a drawing that is the body itself."""
        gallery = await run_in_threadpool(sets.gallery, name)
        await run_in_threadpool(gallery.class_folder, of)  # refused before the pictures are sent
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            given = await uploads.files_of(request, "files")
            return as_json(await run_in_threadpool(gallery.add, of, uploads.contents(given)), 201)
        content = await request.body()
        return as_json(await run_in_threadpool(gallery.add, of, [(None, content)]), 201)

    @routes.get("/data/{name}/pictures")
    def page(
        name: str,
        of: Annotated[str | None, Query(alias="class", max_length=200)] = None,
        offset: Offset = 0,
        limit: Limit = 200,
    ) -> Response:
        """A page of its pictures."""
        return as_json(sets.page(name, of, offset, limit))

    @routes.get("/data/{name}/pictures/{which:path}")
    def picture(name: str, which: str, side: Side = pixels.SIDE) -> Response:
        """One picture, made anew at this size."""
        return image(*pixels.thumbnail(sets.picture(name, which), side))

    @routes.post("/data/{name}/move")
    def move(name: str, body: bodies.Moved) -> Response:
        """Move pictures to another class."""
        moved, token = sets.gallery(name).move(body.pictures, body.to)
        return as_json({"pictures": moved, "undo": token})

    @routes.post("/data/{name}/remove")
    def remove(name: str, body: bodies.Chosen) -> Response:
        """Move pictures aside."""
        return as_json({"undo": sets.gallery(name).remove(body.pictures)})

    @routes.post("/undo")
    def undo(body: bodies.Undo) -> Response:
        """Take a change back."""
        return as_json({"restored": studio.renaming.take_back(body.undo)})

    @routes.get("/data/{name}/look")
    def look(name: str, target: Annotated[str | None, Query(max_length=200)] = None) -> Response:
        """What `hakseup look` finds."""
        source = sets.ready(name)
        settings = {"data.target": target} if target and is_table(source) else {}
        facts = plain(api.look(source, settings=settings))
        facts["findings"] = [spoken.both(found) for found in facts["findings"]]
        return as_json(facts)

    @routes.get("/data/{name}/augmented.png")
    def augmented(name: str, recipe: Annotated[str, Query(max_length=200)] = "fast") -> Response:
        """What a training would make of some pictures."""
        sheet, _facts = api.augmented(sets.ready(name), recipe=recipe_of(studio, recipe))
        return image(sheet, "image/png")

    @routes.post("/tables", status_code=201)
    async def add_table(request: Request) -> Response:
        """Keep an uploaded table."""
        (name, stream), *_more = await uploads.files_of(request, "file")

        def keep() -> Response:
            plain_name = safe_name((name or "").replace("\\", "/").rpartition("/")[2])
            if Path(plain_name).suffix.lower() not in SUFFIXES:
                raise DataError(
                    "unsupported-file",
                    Words(
                        f"{plain_name} is not a table that can be read.",
                        f"{plain_name}은(는) 읽을 수 있는 표가 아닙니다.",
                    ),
                    Words("Send CSV, TSV, Parquet or Excel.", "CSV, TSV, Parquet, 엑셀 파일을 올리세요."),
                )
            require_free(studio.workspace, plain_name)
            path = studio.workspace.data / plain_name
            with files.written(path):
                files.make_folder(path.parent)  # it may have been deleted meanwhile
            files.write(path, lambda out: shutil.copyfileobj(stream, out))
            try:
                return as_json(sets.describe(plain_name), 201)
            except BaseException:
                path.unlink(missing_ok=True)  # what cannot be read is not kept
                raise

        return await run_in_threadpool(keep)

    @routes.get("/data/{name}/rows")
    def rows(name: str, offset: Offset = 0, limit: Limit = 50) -> Response:
        """Rows of a table."""
        found = sets.reading.table(name)
        shown = found.frame.slice(offset, limit)
        columns = [{"name": c.name, "type": c.how, **c.words.as_dict()} for c in found.columns]
        return as_json({"columns": columns, "rows": shown.rows(), "n": len(found), "target": found.target})

    return routes


def recipe_of(studio: Studio, name: str) -> str:
    """What `api` takes for a recipe: a ready one, or that of a run. Never another file.

    Raises:
        CallError: no such recipe.
    """
    from hakseup import recipes

    if name in recipes.names():
        return name
    folder = studio.workspace.child(studio.workspace.runs, name)
    if folder is not None and (folder / "recipe.toml").is_file():
        return str(folder)
    return str(
        recipes.load(f"{safe_name(name)}?").name
    )  # no file can be called so: the refusal names the nearest


def image(content: bytes, kind: str) -> Response:
    """A picture that stays the same under its address."""
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})
