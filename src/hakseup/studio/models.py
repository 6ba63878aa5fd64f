"""Trained networks kept in memory, each looked at by one thread at a time; and what they say of a picture."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import numpy as np

from hakseup.api import Run
from hakseup.data.fitting import fit_to
from hakseup.data.preparation import Preparation
from hakseup.errors import CallError, DataError
from hakseup.evaluation import drawn
from hakseup.progress import Silence
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.studio import pixels
from hakseup.studio.workspace import Conflict, Workspace
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

    from hakseup.data.whole import Data
    from hakseup.evaluation.judge import Judge

MODELS, DATA = 6, 3  # kept in memory
QUICK = 0.02  # seconds of the processor
TURNS = 4  # of the event loop: what has come in meanwhile is read, prepared and goes along
V = TypeVar("V")
Said: TypeAlias = tuple[list[dict[str, Any]], float]


class Kept(Generic[V]):
    """The last few values by key; one that is being made is made once, whoever asks for it meanwhile."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value with this key, made if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
                with self._lock:
                    self._values[key] = value
                    while len(self._values) > self.most:
                        self._values.popitem(last=False)
            finally:  # behind that: else who comes in between makes it once more
                with self._lock:
                    self._making.pop(key, None)
            return value


@dataclass(frozen=True)
class Model:
    """A network with its preparation and its rule for unknown pictures. Hold `lock` while something goes through it."""

    run: Run
    module: torch.nn.Module
    final: str
    preparation: Preparation
    judge: Judge
    manner: drawn.Manner | None
    false_alarms: dict[str, Any] | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    def of(folder: RunFolder) -> Model:
        """That of a run on pictures; an unfinished one serves with the weights it has reached.

        Raises:
            RunError: it has none, or they are damaged. CallError: it learned from a table.
        """
        from hakseup.evaluation.judge import Judge

        run = Run(folder.path)
        if run.is_table:
            raise CallError(
                "not-pictures",
                Words(
                    "This run learned from a table, not from pictures.",
                    "그림이 아니라 표로 학습한 실행입니다.",
                ),
                Words("Fill in a row instead.", "행을 채워 예측해 보세요."),
            )
        module, final = run.module(unfinished=Silence())
        preparation = Preparation.from_dict(folder.json(names.PREPARATION))
        judge = Judge.of(folder, run.recipe.prediction.false_alarms)
        manner = drawn.of_run(folder)
        stated = judge.alarms.as_dict() if judge.alarms else None
        return Model(run, module.requires_grad_(False), final, preparation, judge, manner, stated)


@dataclass(frozen=True)
class Seen:
    """A picture as the network gets it, uint8 (h, w, c); None: nothing is drawn. What was done to a drawing."""

    pixels: np.ndarray | None
    did: tuple[Words, ...] = ()


class Models:
    """The networks and the data of the runs of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._models: Kept[Model] = Kept(MODELS)
        self._data: Kept[Data] = Kept(DATA)
        self.together = Together()
        self._took: dict[str, float] = {}  # run -> seconds of the processor that its last prediction took

    def remember(self, run: str, seconds: float) -> None:
        """How long the processor was busy with a prediction of this run: what the clock says is the machine's business."""
        self._took[run] = seconds

    def is_quick(self, run: str) -> bool:
        """Whether the network is in memory and answers so soon that nobody notices who waits for it."""
        return self._took.get(run, QUICK) < QUICK

    def model(self, folder: RunFolder) -> Model:
        """The network of a run, as its files are now."""
        key = (
            folder.path.name,
            *(folder.changed(name) for name in (names.WEIGHTS, names.STATUS, names.REFERENCE)),
        )
        return self._models.get(key, lambda: Model.of(folder))

    def data(self, folder: RunFolder) -> Data:
        """The data of a run, unchanged.

        Raises:
            RunError: they are gone or have changed. Conflict: they lie outside of the workspace.
        """
        about = folder.json(names.RUN)["data"]
        if not self.workspace.may_read(str(about["source"])):
            raise Conflict(
                "data-outside",
                Words(
                    "The data of this run lie outside of the studio's folder, which it does not read.",
                    "이 실행의 데이터는 스튜디오 폴더 밖에 있어 읽지 않습니다.",
                ),
                Words(
                    f"Copy the folder into {self.workspace.data}.",
                    f"폴더를 {self.workspace.data}에 복사하세요.",
                ),
            )
        return self._data.get(
            (folder.path.name, about["sha256"]), lambda: Run(folder.path).read_data(Silence())
        )


def take(model: Model, body: Any) -> Seen:
    """The posted picture as the network gets it.

    Args:
        model: whose preparation it goes through. body: with `png` or `strokes`.

    Raises:
        DataError: it cannot be read as a picture.
    """
    preparation = model.preparation
    if body.png is not None and not body.drawn:
        made, did = drawn.taken(pixels.from_base64(body.png), preparation, model.manner)
        return Seen(made, tuple(did))
    if body.strokes is not None:
        if drawn.is_blank(body.strokes, body.thickness):
            return Seen(None)
        made, did = drawn.of_strokes(body.strokes, body.thickness, model.manner, preparation.size)
    else:
        board = pixels.decoded(pixels.from_base64(body.png))
        if drawn.is_empty(board):
            return Seen(None)
        made, did = drawn.in_manner(board, model.manner, preparation.size)
    fitted = fit_to(made, preparation.size, preparation.channels, preparation.fit)
    return Seen(fitted, tuple(did))


def say(model: Model, pictures: Sequence[Seen]) -> list[dict[str, Any]]:
    """What the network says of each picture; see the interface. They go through it together.

    Raises:
        NetworkError: it gives no probabilities.
    """
    started = time.perf_counter()
    there = [seen.pixels for seen in pictures if seen.pixels is not None]
    if there:
        with model.lock:
            said = model.judge.judge(model.module, np.stack(there), model.preparation, final=model.final)
    rows, out = iter(range(len(there))), []
    for seen in pictures:
        one: dict[str, Any] = {
            "empty": True,
            "label": None,
            "answer": None,
            "known": None,
            "reason": None,
            "probabilities": [],
            "seen": None,
            "size": list(model.preparation.size),
            "did": [words.as_dict() for words in seen.did],
            "false_alarms": model.false_alarms,
        }
        if seen.pixels is not None:
            row = next(rows)
            p = said.probabilities[row]
            best = model.preparation.classes[int(p.argmax())].key
            known = None if said.known is None else bool(said.known[row])
            one |= {
                "empty": bool(said.empty[row]),
                "label": best,
                "answer": None if known is False else best,
                "known": known,
                "reason": said.reason(row),
                "probabilities": probabilities(model.preparation, p),
                "seen": pixels.uri(seen.pixels),
            }
        out.append(one)
    milliseconds = round(1000 * (time.perf_counter() - started), 2)
    return [{**one, "milliseconds": milliseconds} for one in out]


class Together:
    """Pictures that came at the same time go through their network together: four take little longer than one.

    Used by one event loop alone.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[list[Seen], asyncio.Task[Said]]] = {}

    async def say(self, model: Model, seen: Seen) -> tuple[dict[str, Any], float]:
        """What `say` says of it, and the seconds of the processor that were its share."""
        key = id(model)
        if key not in self._waiting:  # whoever else is there already has its turn before the task
            pictures: list[Seen] = []
            self._waiting[key] = pictures, asyncio.create_task(self._all(model, pictures))
        pictures, task = self._waiting[key]
        pictures.append(seen)
        row = len(pictures) - 1
        said, share = await asyncio.shield(task)  # one that goes away takes nobody else with it
        return said[row], share

    async def _all(self, model: Model, pictures: list[Seen]) -> Said:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        del self._waiting[id(model)]
        began = time.thread_time()
        said = say(model, pictures)
        return said, (time.thread_time() - began) / len(pictures)


def probabilities(preparation: Preparation, p: np.ndarray) -> list[dict[str, Any]]:
    """Class by class, in their order."""
    return [
        {"key": c.key, **c.words.as_dict(), "p": round(float(v), 6)}
        for c, v in zip(preparation.classes, p, strict=True)
    ]


def require_picture(seen: Seen) -> np.ndarray:
    """The pixels.

    Raises:
        DataError: nothing is drawn.
    """
    if seen.pixels is None:
        raise DataError(
            "empty-board",
            Words("Nothing is drawn.", "아무것도 그리지 않았습니다."),
            Words("Draw something, or choose a picture.", "그림을 그리거나 고르세요."),
        )
    return seen.pixels
