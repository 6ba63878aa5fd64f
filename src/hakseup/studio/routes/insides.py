"""What happens inside a network: every layer, one number spelled out, where it looked, what it was reminded of."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from hakseup.errors import CallError, NetworkError, RunError
from hakseup.evaluation import explain, inside, unknown
from hakseup.evaluation.predict import predict_proba
from hakseup.evaluation.watching import watch
from hakseup.models.inference import logits
from hakseup.models.sequential import Sequential
from hakseup.studio import bodies, pixels
from hakseup.studio.answers import as_json
from hakseup.studio.models import Model, probabilities, require_picture
from hakseup.studio.pictures import address, seen_of
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import shown
from hakseup.words import Words

MAPS, VALUES = 64, 512  # shown of one layer
LARGEST = 96  # pixels: the longer side of a map as it is sent
Facts = dict[str, Any]


def router(studio: Studio) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/runs/{run}", tags=["inside"])

    def opened(run: str, body: bodies.Picture) -> tuple[Model, np.ndarray]:
        folder = studio.workspace.run(run)
        model = studio.models.model(folder)
        return model, require_picture(seen_of(studio, folder, model, body))

    @routes.post("/inside")
    def layers(run: str, body: bodies.Picture) -> Response:
        """What comes out of every layer."""
        model, picture = opened(run, body)
        network = _layers_of(model)
        with model.lock:
            steps = inside.steps(model.module, network, model.preparation.tensor(picture[None]))
            p = _told(model)(picture[None])[0]
        return as_json(
            {
                "input": _picture(picture),
                "layers": [_layer(step) for step in steps],
                "probabilities": probabilities(model.preparation, p),
                "label": model.preparation.classes[int(p.argmax())].key,
            }
        )

    @routes.post("/inside/position")
    def position(run: str, body: bodies.Position) -> Response:
        """How one number comes about."""
        model, picture = opened(run, body)
        network, place = _layers_of(model), (body.filter, body.row, body.column)
        with model.lock:
            x = model.preparation.tensor(picture[None])
            return as_json(inside.position(model.module, network, x, body.layer, place))

    @routes.post("/where")
    def where(run: str, body: bodies.Where) -> Response:
        """Where it looked: Grad-CAM, the gradient, and what covering costs."""
        model, picture = opened(run, body)
        keys = [c.key for c in model.preparation.classes]
        with model.lock:
            p = _told(model)(picture[None])[0]
            label = int(p.argmax()) if body.of is None else _class(keys, body.of)
            x = model.preparation.tensor(picture[None])
            gradient, cam = explain.by_gradient(model.module, x, label)
            covered = explain.by_covering(picture, label, _told(model))
        return as_json(
            {
                "class": keys[label],
                "probability": p[label],
                "gradcam": None if cam is None else {"layer": cam[0], **_heat(cam[1])},
                "gradient": _heat(gradient),
                "occlusion": {
                    **_heat(np.maximum(covered.drop, 0)),
                    "patch": covered.patch,
                    "drop": covered.drop,
                },
            }
        )

    @routes.post("/nearest")
    def nearest(run: str, body: bodies.Nearest) -> Response:
        """The training pictures that the network finds most like it."""
        folder = studio.workspace.run(run)
        model, picture = opened(run, body)
        reference = model.judge.reference
        if reference is None:
            raise RunError(
                "no-reference",
                Words(
                    "This run does not remember its training pictures: it is not finished, or older than that.",
                    "이 실행은 학습 그림을 기억하지 않습니다. 아직 끝나지 않았거나 오래된 실행입니다.",
                ),
            )
        data = studio.models.data(folder)
        every = reference.every
        with model.lock, watch(model.module, model.preparation, every=every) as looking:
            for _block in logits(model.module, picture[None], None, model.preparation):
                pass
            features = looking.take()
        labels = data.labels.of(data.split.train)
        kept = unknown.kept(labels)
        if len(kept) * reference.views != len(reference.features):
            raise RunError(
                "run-damaged",
                Words(
                    "What this run remembers does not fit its data.",
                    "이 실행이 기억하는 것과 데이터가 맞지 않습니다.",
                ),
            )
        places, away = unknown.nearest(reference, features, body.n)
        rows = kept[places]
        return as_json(
            {
                "pictures": [
                    {
                        "id": f"train/{row}",
                        "class": data.pictures.classes[labels[row]].key,
                        "distance": distance,
                        "where": str(data.pictures.where[data.split.train[row]]),
                        "url": address(folder, f"train/{row}"),
                    }
                    for row, distance in zip(rows.tolist(), away.tolist(), strict=True)
                ]
            }
        )

    return routes


def _layers_of(model: Model) -> Sequential:
    network = model.run.network
    if network is None:
        raise NetworkError(
            "no-layers",
            Words(
                "This network is no list of layers that could be shown.",
                "층을 늘어놓은 신경망이 아니어서 보여 줄 수 없습니다.",
            ),
        )
    return network


def _told(model: Model) -> explain.Probabilities:
    """Probabilities as they are told elsewhere. Hold the model's lock."""

    def tell(images: np.ndarray) -> np.ndarray:
        return model.judge.calibrated(
            predict_proba(model.module, images, model.preparation, final=model.final)
        )

    return tell


def _class(keys: list[str], key: str) -> int:
    if key in keys:
        return keys.index(key)
    raise CallError(
        "unknown-class", Words(f"There is no class '{shown(key)}'.", f"'{shown(key)}' 클래스가 없습니다.")
    )


def _layer(step: inside.Step) -> Facts:
    row, made = step.row, step.made
    low, high = (float(made.min()), float(made.max())) if made.numel() else (0.0, 0.0)
    spatial = made.ndim == 3
    return {
        "number": row.number,
        "name": row.name,
        "type": row.type,
        "kind": row.kind,
        **row.about.as_dict(),
        "output_shape": list(row.output_shape),
        "parameters": row.parameters,
        "maps": _map(made.numpy(), low, high) if spatial else None,
        "values": None if spatial else [float(f"{v:.5g}") for v in made.flatten()[:VALUES].tolist()],
        "low": low,
        "high": high,
    }


def _map(values: np.ndarray, low: float, high: float) -> Facts:
    """The first maps (c, h, w) one below another, 8 bit."""
    step = _step(values.shape[1], values.shape[2])
    shown_maps = values[:MAPS, ::step, ::step]
    scaled = (shown_maps - low) * (255 / (high - low)) if high > low else np.zeros_like(shown_maps)
    sheet = np.rint(scaled).clip(0, 255).astype(np.uint8).reshape(-1, shown_maps.shape[2], 1)
    shape = _shape(len(values), values.shape[1], values.shape[2], len(shown_maps))
    return {**shape, "low": low, "high": high, "png": pixels.uri(sheet)}


def _picture(picture: np.ndarray) -> Facts:
    """What went in, uint8 (h, w, c): one map in its own colours."""
    height, width, count = picture.shape
    step = _step(height, width)
    return {
        **_shape(count, height, width, 1),
        "low": 0,
        "high": 255,
        "png": pixels.uri(picture[::step, ::step]),
    }


def _shape(count: int, height: int, width: int, shown: int) -> Facts:
    return {"count": count, "shown": shown, "height": height, "width": width, "step": _step(height, width)}


def _step(height: int, width: int) -> int:
    """Of large maps every so many pixels are shown, so that each is a number that is really there."""
    return -(-max(height, width) // LARGEST)


def _heat(values: np.ndarray) -> Facts:
    return {
        "height": values.shape[0],
        "width": values.shape[1],
        "high": float(values.max(initial=0)),
        "png": pixels.uri(pixels.greys(values)[..., None]),
    }
