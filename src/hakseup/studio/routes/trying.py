"""What a trained network says of a picture or of rows."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hakseup import api
from hakseup.studio import bodies, models
from hakseup.studio.answers import as_json
from hakseup.studio.columns import require_table
from hakseup.studio.pictures import seen_of
from hakseup.studio.shortcut import Predict
from hakseup.studio.studio import Studio

SMALL = 1 << 17  # characters of a drawing; photographs take their time


def router(studio: Studio) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/runs/{run}", tags=["try"])
    routes.post("/predict")(predictor(studio))

    @routes.post("/rows")
    def rows(run: str, body: bodies.Rows) -> Response:
        """What it says of rows of a table."""
        import polars as pl

        found = api.open_run(studio.workspace.run(run).path)
        require_table(found.folder)
        names = dict.fromkeys(name for row in body.rows for name in row)
        frame = pl.DataFrame(
            {name: [_cell(row.get(name)) for row in body.rows] for name in names},
            schema=dict.fromkeys(names, pl.String),
        )
        return as_json(api.predict(found, [frame]))

    return routes


def predictor(studio: Studio) -> Predict:
    """What answers `predict`."""

    async def predict(run: str, body: bodies.Picture) -> Response:
        """Probabilities, and whether it knows the picture at all."""

        def prepared() -> tuple[models.Model, models.Seen]:
            folder = studio.workspace.run(run)
            model = studio.models.model(folder)
            return model, seen_of(studio, folder, model, body)

        def answer() -> tuple[dict[str, Any], float]:
            began = time.thread_time()
            model, seen = prepared()
            return models.say(model, [seen])[0], time.thread_time() - began

        # Two threads that want Python at the same time cost each other more than a small network takes (measured on two
        # cores: 220 predictions a second in threads).
        small = body.picture is None and len(body.png or "") < SMALL
        if small and studio.models.is_quick(run):
            began = time.thread_time()
            ready = prepared()
            seconds = time.thread_time() - began
            said, share = await studio.models.together.say(*ready)
            seconds += share
        else:
            said, seconds = await run_in_threadpool(answer)
        studio.models.remember(run, seconds)
        return as_json(said if body.sequence is None else {**said, "sequence": body.sequence})

    return predict


def _cell(value: str | int | float | bool | None) -> str | None:
    """As it would stand in a file, so that it is read as the training's cells were."""
    return None if value is None else str(value)
