"""Recipes, settings, layers; trainings, and the one stream that tells how they go."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from hakseup import recipes
from hakseup.api.beginning import without_effect
from hakseup.api.tables import RECIPE
from hakseup.errors import CallError
from hakseup.settings import check, table
from hakseup.sources.tables import is_table
from hakseup.sources.tables import known as known_tables
from hakseup.studio import bodies, layer_list, spoken
from hakseup.studio.answers import as_json
from hakseup.studio.guard import Refused
from hakseup.studio.jobs import interrupt, trainer
from hakseup.studio.routes.data import recipe_of
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import Conflict
from hakseup.words import Words

STREAMS = 64  # at the same time
_PATHS = ("data.source", "network.weights")  # settings that name a file: not over the network


def router(studio: Studio) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api", tags=["training"])

    @routes.get("/recipes")
    def list_recipes(data: Annotated[str | None, Query(max_length=200)] = None) -> Response:
        """The ready recipes, and which fit these data."""
        found = [_recipe(name) for name in recipes.names()]
        if data is not None:
            table = is_table(studio.workspace.source(data))
            for one in found:
                one["fits"] = _fits(one, data, table, studio.sets.class_count(data))
            found.sort(key=lambda one: table and one["name"] != RECIPE)  # what is taken first is shown first
        return as_json({"recipes": found})

    @routes.get("/settings")
    def list_settings(kind: Annotated[str | None, Query(max_length=20)] = None) -> Response:
        """The table of settings."""
        idle = without_effect(kind == "table") if kind in ("pictures", "table") else ()
        rows = [row for row in table() if row.key not in _PATHS and not row.key.startswith(idle)]
        first = {key: place for place, key in enumerate(spoken.FIRST)}
        rows.sort(key=lambda row: first.get(row.key, len(first)))  # stable: the others as in the table
        return as_json(
            {
                "sections": [{"name": name, **words.as_dict()} for name, words in spoken.SECTIONS.items()],
                "settings": [
                    {
                        "key": row.key,
                        "section": row.key.partition(".")[0],
                        "first": row.key in first,
                        "name": spoken.field(row.key),
                        "type": row.kind,
                        "default": row.default,
                        "choices": list(row.about.choices) or None,
                        "least": row.about.low,
                        "above": row.about.above,
                        "most": row.about.high,
                        "expected": row.expected.as_dict(),
                        **row.about.words.as_dict(),
                    }
                    for row in rows
                ],
            }
        )

    @routes.post("/layers")
    def check_layers(body: bodies.Layers) -> Response:
        """Shapes and parameters of a list of layers, and what is wrong with it."""
        if body.data is not None and is_table(studio.workspace.source(body.data)):
            recipe = recipes.load(recipe_of(studio, body.recipe or RECIPE))
            width, classes = studio.sets.reading.rows_for(body.data, recipe, body.target)
            shape = [width]
        elif body.data is not None:
            pictures = studio.sets.reading.pictures(body.data)
            shape, classes = [*pictures.size, pictures.channels], len(pictures.classes)
        else:
            shape, classes = body.input_shape or [28, 28, 1], body.classes or 10
        return as_json(layer_list.check(body.layers, shape, classes))

    @routes.get("/recipes/{name}/layers")
    def layers_of(
        name: str,
        data: Annotated[str, Query(max_length=200)],
        target: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """A recipe's network for these data, as a list that can be changed."""
        recipe = recipes.load(recipe_of(studio, name))
        if is_table(studio.workspace.source(data)):
            return as_json(layer_list.for_rows(recipe, *studio.sets.reading.rows_for(data, recipe, target)))
        return as_json(layer_list.of_recipe(recipe, studio.sets.reading.pictures_for(data, recipe.data)))

    @routes.get("/jobs")
    def jobs() -> Response:
        """What this server has started."""
        return as_json({"jobs": studio.jobs.all()})

    @routes.get("/jobs/{job}")
    def one_job(job: str) -> Response:
        """One of them."""
        return as_json(studio.jobs.get(job).as_dict())

    @routes.post("/jobs/{job}/stop", status_code=202)
    def stop_job(job: str) -> Response:
        """Ask it to stop."""
        found = studio.jobs.get(job)
        found.stop()
        return as_json(found.as_dict(), 202)

    @routes.get("/runs")
    def runs() -> Response:
        """All runs."""
        return as_json({"runs": studio.shelf.all()})

    @routes.post("/runs", status_code=202)
    def train(body: bodies.NewRun) -> Response:
        """Start a training, as `hakseup train` does."""
        source = studio.workspace.source(body.data)
        if studio.sets.is_gallery(body.data):
            studio.sets.gallery(body.data).require_filled()
        words = ["train", source, "--out", str(studio.workspace.runs)]
        if body.recipe is not None:
            words += ["--recipe", recipe_of(studio, body.recipe)]
        settings = dict(body.settings)
        if body.layers is not None:
            settings["network.layers"] = body.layers
        for key, value in settings.items():
            words += ["--set", f"{key}={_typed(key, value)}"]
        job = studio.jobs.start("train", words, data=body.data, recipe=body.recipe)
        return as_json(job.as_dict(), 202)

    @routes.post("/runs/{run}/stop", status_code=202)
    def stop_run(run: str) -> Response:
        """Ask the process that trains this run to stop, whoever started it."""
        folder = studio.workspace.run(run)
        job = studio.jobs.at_work_on(run)  # it may only just be starting
        if job is not None:
            job.stop()
            return as_json({"run": run}, 202)
        process = trainer(folder)
        if process is None:
            raise Conflict(
                "not-training",
                Words("This run is not being trained now.", "지금 학습하고 있지 않은 실행입니다."),
            )
        interrupt(process)
        return as_json({"run": run}, 202)

    @routes.post("/runs/{run}/resume", status_code=202)
    def resume(run: str, body: bodies.Resume) -> Response:
        """Go on with a run."""
        folder = studio.workspace.run(run)
        if folder.is_held():
            raise Conflict(
                "run-in-use", Words("This run is being trained now.", "지금 학습하고 있는 실행입니다.")
            )
        words = ["resume", str(folder.path)]
        words += [] if body.epochs is None else ["--epochs", str(body.epochs)]
        return as_json(studio.jobs.start("resume", words, run=folder.path.name).as_dict(), 202)

    @routes.get("/events")
    async def events(
        run: Annotated[list[str], Query(default_factory=list, max_length=20)],
        once: bool = False,
    ) -> Response:
        """Server-sent events: jobs, runs, a version of the data, and how these runs go; with `once` as it stands now, and the stream ends."""
        if studio.follower.streams >= STREAMS:
            raise Refused(
                429,
                "too-many-streams",
                Words(
                    f"{STREAMS} pages are watching already.", f"이미 {STREAMS}개의 페이지가 보고 있습니다."
                ),
                Words("Close some of them.", "몇 개를 닫으세요."),
            )
        folders = [studio.workspace.run(one) for one in dict.fromkeys(run)]
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(
            studio.follower.events(folders, once=once), media_type="text/event-stream", headers=headers
        )

    return routes


def _fits(recipe: dict[str, Any], data: str, table: bool, classes: int) -> bool:
    """Whether a recipe is worth offering for these data: a tutorial's network has the columns or classes of its own data."""
    if recipe["kind"] != ("table" if table else "pictures"):
        return False
    if table:
        of = next((one for one in known_tables.NAMES if recipe["name"].startswith(f"{one}-")), "")
        return of in data.casefold()
    layers = recipe["settings"].get("network.layers")
    last = re.match(r"Dense\((\d+)", layers[-1]) if layers else None
    return not (last and classes) or int(last[1]) == classes


def _recipe(name: str) -> dict[str, Any]:
    recipe = recipes.load(name)
    prefixes = tuple(f"{one}-" for one in known_tables.NAMES)
    kind = "table" if name == "table" or name.startswith(prefixes) else "pictures"
    return {
        "name": name,
        "title": dict(recipe.title),
        "kind": kind,
        "fits": True,
        "settings": recipe.flat(),
    }


def _typed(key: str, value: bodies.Value) -> str:
    """The value as it is typed behind `--set key=`, after it has been checked.

    Raises:
        CallError: an unknown setting, one that names a file, or a value that is not possible.
    """
    if key in _PATHS or not key.replace(".", "").replace("_", "").isalnum():
        raise CallError(
            "setting-not-here",
            Words(f"{key!r} cannot be set from the page.", f"{key!r} 설정은 페이지에서 바꿀 수 없습니다."),
            Words("Use the command line.", "명령줄을 쓰세요."),
        )
    known = {row.key for row in table()}
    if key in known or not key.startswith("network."):
        check(key, value)  # parameters of a network from the catalog are checked by the training itself
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    if "\0" in text or (isinstance(value, str) and text.startswith("[")):
        raise CallError("bad-setting", Words(f"{key} cannot be this.", f"{key}에 쓸 수 없는 값입니다."))
    return text
