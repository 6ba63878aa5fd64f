"""Run folders made without any training, with every file the report reads, for the tests of the report.

The numbers hang together (scores follow from the probabilities, intervals are Wilson's), so that a page made of
them can be judged by eye: `python tests/report_sample.py FOLDER` writes several and their reports.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.layers import parse
from hakseup.models.sequential import Sequential

LAYERS = ["Conv2D(16, 3, padding='same', activation='relu')", "MaxPooling2D(2)", "Dropout(0.25)", "Flatten()"]


@dataclass
class Sample:
    """What a synthetic run is made of; `write` puts it on disk."""

    pictures: np.ndarray  # uint8 (n, h, w, c)
    truth: np.ndarray  # int (n,)
    classes: list[dict[str, str]]
    name: str = "digits-fast-1"
    title: dict[str, str] | None = field(
        default_factory=lambda: {"en": "Handwritten digits", "ko": "손글씨 숫자"}
    )
    epochs: int = 20
    best_epoch: int = 12
    planned: int = 50
    skill: float = 0.97
    parts: tuple[float, float] = (0.2, 0.08)  # test, validation
    opened: int = 1  # 0: not evaluated
    final_fit: bool = False
    state: str = "done"
    module: bool = False
    refused: int = 0
    left_out: int = 0
    official_test: bool = False
    source: str = "digits"
    command: Sequence[str] = ("hakseup", "train", "digits", "--seed", "0")
    confusable: Sequence[tuple[int, int]] = ()

    def write(self, parent: Path) -> Path:
        """The run folder, in `parent`."""
        folder = parent / self.name
        folder.mkdir(parents=True)
        random = np.random.default_rng(7)
        n, k = len(self.truth), len(self.classes)
        order = random.permutation(n)
        n_test, n_validation = round(n * self.parts[0]), round(n * self.parts[1])
        index = {
            "test": np.sort(order[:n_test]),
            "validation": np.sort(order[n_test : n_test + n_validation]),
            "train": np.sort(order[n_test + n_validation :]),
        }
        keys = [c["key"] for c in self.classes]
        probabilities = _probabilities(self.truth, k, self.skill, self.confusable, random)
        done = self.state == "done"
        (folder / "recipe.toml").write_text(RECIPE.format(epochs=self.planned), "utf-8")
        _json(folder / "run.json", self._run())
        _json(folder / "source.json", self._source(index, keys))
        np.savez(
            folder / "split.npz", **index, left_out=np.empty(0, np.int64), keys=np.zeros((n, 16), np.uint8)
        )
        _json(folder / "network.json", self._network(k))
        (folder / "history.csv").write_text(_history(self.epochs, self.best_epoch, k, self.skill), "utf-8")
        reason = {"en": "Ctrl-C was pressed.", "ko": "Ctrl-C를 눌렀습니다."}
        status = {"state": self.state, "epoch": self.epochs, "step": 240, "reason": None if done else reason}
        _json(folder / "status.json", {**status, "updated": "2025-11-22T19:56:02+09:00"})
        if not done:
            return folder
        parts = ["validation", *(["test"] if self.opened else [])]
        scores, arrays = {}, {}
        for part in parts:
            truth, p = self.truth[index[part]], probabilities[index[part]]
            scores[part] = score(truth, p, keys)
            arrays |= _mistakes(part, self.pictures[index[part]], truth, p, index[part])
        if self.opened:
            train = self.truth[index["train"]]
            scores["test"] |= _baselines(train, self.truth[index["test"]], keys, self.opened)
        _json(folder / "scores.json", scores)
        arrays |= _samples(self.pictures[index["validation"]], self.truth[index["validation"]],
                           probabilities[index["validation"]], index["validation"])  # fmt: skip
        np.savez(folder / "mistakes.npz", **arrays, **_examples(self.pictures, self.truth, index["train"], k))
        return folder

    def _run(self) -> dict[str, Any]:
        begun = {
            "format": 1, "hakseup": "0.1.0", "command": list(self.command), "created": "2025-11-22T19:55:01+09:00",
            "name": self.name, "recipe": "fast", "seed": 0,
            "data": {"source": self.source, "name": self.name.partition("-")[0], "format": "npz", "known": None,
                     "kind": "digits", "sha256": "06af5dfe" * 8, "test_id": "ab12"},
            "machine": {"platform": "Linux-6.1.0-x86_64", "processor": "Intel(R) Core(TM) i5-8250U", "cores": 2,
                        "memory_gb": 7.6, "gpu": None},
            "versions": {"python": "3.11.2", "torch": "2.13.0", "numpy": "2.3.4"}, "parameters": 10410,
            "network_class": "Sequential",
        }  # fmt: skip
        if self.state != "done":
            return begun
        return {
            **begun, "threads": 2, "device": "cpu", "precision": "bf16", "epochs": self.epochs, "best_epoch": self.best_epoch, "stopped_early": self.epochs < self.planned,
            "final_fit": self.final_fit, "train_seconds": 8.42, "total_seconds": 11.9, "images_per_second": 8120.4,
            "peak_memory_mb": 412.7,
            "chosen_by": {"en": "the smallest validation loss", "ko": "가장 작은 검증 오차"},
            "notes": [],
        }  # fmt: skip

    def _source(self, index: dict[str, np.ndarray], keys: list[str]) -> dict[str, Any]:
        count = {p: dict(zip(keys, np.bincount(self.truth[index[p]], minlength=len(keys)).tolist(), strict=True))
                 for p in ("train", "validation")}  # fmt: skip
        h, w, c = self.pictures.shape[1:]
        refused = [
            {
                "where": f"사진/{i:03d} <b>.png",
                "code": "truncated",
                "en": "The picture ends too early.",
                "ko": "그림이 중간에 끊겼습니다.",
            }
            for i in range(self.refused)
        ]
        return {
            "source": self.source, "name": self.name.partition("-")[0], "format": "npz", "known": None,
            "title": self.title, "licence": "CC BY 4.0", "n": len(self.truth), "classes": self.classes,
            "counts": {**count, "test": {"n": len(index["test"])}}, "size": [h, w], "channels": c,
            "seen": {"sizes": {f"{w}x{h}": len(self.truth)}, "modes": {"L" if c == 1 else "RGB": len(self.truth)}},
            "official_test": self.official_test, "left_out": self.left_out, "refused_n": self.refused,
            "refused": refused,
            "notes": [{"en": "2 hidden folders were left out.", "ko": "숨은 폴더 2개는 뺐습니다."}],
        }  # fmt: skip

    def _network(self, k: int) -> dict[str, Any]:
        if self.module:
            text = "Net(\n  (0): Linear(in_features=64, out_features=10, bias=True)\n)"
            return {"kind": "module", "class": "mine.Net", "parameters": 650, "summary": text}
        layers = parse([*LAYERS, f"Dense({k}, activation='softmax')"])
        return Sequential(layers, self.pictures.shape[1:], "fast").as_dict()


def digits(**changes: Any) -> Sample:
    """Scikit-learn's digits: 1,797 pictures of 8 x 8."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pictures = np.minimum(data.images * 16, 255).astype(np.uint8)[..., None]
    classes = [{"key": str(i), "en": str(i), "ko": str(i)} for i in range(10)]
    return Sample(pictures, data.target, classes, **{"confusable": [(8, 1), (9, 5), (3, 8)], **changes})


def shapes(n: int = 60, **changes: Any) -> Sample:
    """Circles, rectangles and triangles in colour, 24 x 24, with class names that need care."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:24, :24]
    pictures = np.full((n, 24, 24, 3), 255, np.uint8)
    truth = np.arange(n) % 3
    for i, kind in enumerate(truth):
        cy, cx, r = *random.uniform(9, 15, 2), random.uniform(5, 8)
        inside = [
            np.hypot(y - cy, x - cx) < r,
            (abs(y - cy) < r) & (abs(x - cx) < r * 0.8),
            (y < cy + r * 0.8) & (y > cy - r + 1.8 * abs(x - cx)),
        ][kind]
        pictures[i][inside] = random.integers(0, 180, 3)
    classes = [
        {"key": "둥근 원 (손그림)", "en": "둥근 원 (손그림)", "ko": "둥근 원 (손그림)"},
        {"key": "<b>rect & co</b>", "en": "<b>rect & co</b>", "ko": "<b>rect & co</b>"},
        {"key": "세모", "en": "triangle", "ko": "세모"},
    ]
    base: dict[str, Any] = {"name": "손그림-shapes-cnn-3", "title": None, "skill": 0.8, "parts": (0.25, 0.2),
                            "source": "/home/kim/내 그림/손그림", "refused": 3, "left_out": 2,
                            "command": ["hakseup", "train", "/home/kim/내 그림/손그림", "--recipe", "shapes-cnn"]}  # fmt: skip
    return Sample(pictures, truth, classes, **{**base, **changes})


def many(k: int = 100, each: int = 60, **changes: Any) -> Sample:
    """Many classes of coloured 32 x 32 pictures; neighbours in a hidden order are confused."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[:32, :32] / 32
    truth = np.repeat(np.arange(k), each)
    phase, tilt = random.uniform(0, 6.3, (k, 3)), random.uniform(2, 20, (k, 2))
    wave = np.stack(
        [np.sin(phase[:, c, None, None] + tilt[:, :1, None] * y + tilt[:, 1:, None] * x) for c in range(3)],
        -1,
    )
    pictures = np.clip(wave[truth] * 90 + 128 + random.normal(0, 25, (len(truth), 32, 32, 3)), 0, 255).astype(
        np.uint8
    )
    hidden = random.permutation(k)
    pairs = [(int(hidden[i]), int(hidden[i + 1])) for i in range(0, k - 1, 2)]
    classes = [{"key": f"n{i:05d}", "en": f"species {i}", "ko": f"{i}번 종"} for i in range(k)]
    base: dict[str, Any] = {"name": "birds-fast-2", "title": {"en": "Birds of a garden", "ko": "뜰의 새"}, "skill": 0.7,
                            "confusable": pairs, "official_test": True, "source": "/data/birds", "opened": 3}  # fmt: skip
    return Sample(pictures, truth, classes, **{**base, **changes})


def _probabilities(
    truth: np.ndarray,
    k: int,
    skill: float,
    confusable: Sequence[tuple[int, int]],
    random: np.random.Generator,
) -> np.ndarray:
    n = len(truth)
    scores = random.normal(0, 1, (n, k))
    scores[np.arange(n), truth] += 7
    wrong = random.random(n) > skill
    other = (truth + random.integers(1, k, n)) % k
    partner = {a: b for pair in confusable for a, b in (pair, pair[::-1])}
    for i in np.flatnonzero(wrong):
        to = partner.get(int(truth[i]), int(other[i])) if random.random() < 0.7 else int(other[i])
        scores[i, to] = scores[i, truth[i]] + random.normal(1.0, 1.2)
    scores = np.exp(scores - scores.max(1, keepdims=True))
    return (scores / scores.sum(1, keepdims=True)).astype(np.float32)


def wilson(hits: float, n: float) -> list[float]:
    """Wilson's 95 % interval, written out."""
    if n == 0:
        return [0.0, 1.0]
    z, p = 1.959963984540054, hits / n
    middle, half = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return [max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))]


def score(truth: np.ndarray, p: np.ndarray, keys: list[str]) -> dict[str, Any]:
    """SCORES as in scores.json, computed plainly."""
    n, k = p.shape
    label = p.argmax(1)
    confusion = np.zeros((k, k), int)
    np.add.at(confusion, (truth, label), 1)
    right, seen, said = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    precision, recall = right / np.maximum(said, 1), right / np.maximum(seen, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    confidence, hit = p.max(1), label == truth
    bins, ece = [], 0.0
    for low in np.arange(10) / 10:
        inside = (confidence > low) & (confidence <= low + 0.1)
        m = int(inside.sum())
        row = {"low": float(low), "high": float(low + 0.1), "n": m}
        row["confidence"] = float(confidence[inside].mean()) if m else None
        row["accuracy"] = float(hit[inside].mean()) if m else None
        ece += m / n * abs(row["confidence"] - row["accuracy"]) if m else 0
        bins.append(row)
    loss = float(-np.log(np.maximum(p[np.arange(n), truth], 1e-12)).mean())
    metrics = {"loss": loss, "accuracy": float(hit.mean()), "precision": float(precision.mean()),
               "recall": float(recall.mean()), "f1": float(f1.mean()), "log_loss": loss,
               "brier": float(((p - np.eye(k)[truth]) ** 2).sum(1).mean()), "auc": 0.9987}  # fmt: skip
    interval = {"accuracy": wilson(hit.sum(), n), "loss": [loss * 0.7, loss * 1.4]}
    if k > 5:
        top = (np.argsort(-p, 1)[:, :5] == truth[:, None]).any(1)
        metrics["top5_accuracy"], interval["top5_accuracy"] = float(top.mean()), wilson(top.sum(), n)
    by_class = {
        key: {"n": int(seen[i]), "precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]),
              "precision_interval": wilson(right[i], said[i]), "recall_interval": wilson(right[i], seen[i])}
        for i, key in enumerate(keys)
    }  # fmt: skip
    return {"n": n, "metrics": metrics, "interval": interval, "by_class": by_class, "confusion": confusion.tolist(),
            "classes": keys, "calibration": {"bins": bins, "ece": float(ece)}}  # fmt: skip


def _baselines(train: np.ndarray, test: np.ndarray, keys: list[str], opened: int) -> dict[str, Any]:
    common = np.bincount(train).argmax()
    share, linear = float((test == common).mean()), 0.95 if len(keys) < 50 else 0.31
    n = len(test)
    return {
        "opened": opened,
        "opened_at": "2025-11-22T20:01:10+09:00",
        "baselines": {"majority": {"accuracy": share, "f1": 0.02}, "linear": {"accuracy": linear, "f1": linear}},
        "baseline_intervals": {"majority": {"accuracy": wilson(share * n, n)}, "linear": {"accuracy": wilson(linear * n, n)}},
    }  # fmt: skip


def _mistakes(
    part: str, pictures: np.ndarray, truth: np.ndarray, p: np.ndarray, index: np.ndarray
) -> dict[str, Any]:
    label, sure = p.argmax(1), p.max(1)
    wrong = np.flatnonzero(label != truth)
    worst = wrong[np.argsort(-sure[wrong])][:60]
    return {f"{part}_{key}": value for key, value in _rows(pictures, truth, p, index, worst).items()}


def _rows(
    pictures: np.ndarray, truth: np.ndarray, p: np.ndarray, index: np.ndarray, at: np.ndarray
) -> dict[str, Any]:
    label = p.argmax(1)
    return {"pictures": pictures[at], "truth": truth[at], "label": label[at], "probability": p.max(1)[at],
            "truth_probability": p[at, truth[at]],
            "where": np.array([f"그림/{i:05d}.png" for i in index[at]], dtype=np.str_)}  # fmt: skip


def _samples(pictures: np.ndarray, truth: np.ndarray, p: np.ndarray, index: np.ndarray) -> dict[str, Any]:
    wrong = np.flatnonzero(p.argmax(1) != truth)[:3]
    right = np.flatnonzero(p.argmax(1) == truth)
    firsts = [int(right[truth[right] == c][0]) for c in np.unique(truth[right])]
    at = np.array([*wrong, *firsts][:9], int)
    rows = {f"samples_{key}": value for key, value in _rows(pictures, truth, p, index, at).items()}
    return {**rows, "samples_probabilities": p[at]}


def _examples(
    pictures: np.ndarray, truth: np.ndarray, train: np.ndarray, k: int, e: int = 8
) -> dict[str, np.ndarray]:
    members = [train[truth[train] == c] for c in range(k)]
    return {
        "examples_pictures": np.stack([pictures[np.resize(m, e)] for m in members]),
        "examples_mean": np.stack([pictures[m].mean(0).round().astype(np.uint8) for m in members]),
    }


def _history(epochs: int, best: int, k: int, skill: float) -> str:
    random = np.random.default_rng(1)
    e = np.arange(1, epochs + 1)
    loss = np.log(k) * np.exp(-e / (best / 3)) + 0.01
    over = np.maximum(e - best, 0) / max(best, 1)
    val_loss = (
        np.log(k) * 0.95 * np.exp(-e / (best / 3.2))
        + 3.1 * (1 - skill)
        + 0.08 * over
        + random.normal(0, 0.004, epochs)
    )
    val_loss[min(best, epochs) - 1] = val_loss.min() - 0.004
    accuracy, val = (
        1 - 0.85 * np.exp(-e / (best / 4)),
        skill - 0.8 * skill * np.exp(-e / (best / 4.2)) - 0.004 * over,
    )
    rows = ["epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds"]
    for i in range(epochs):
        rows.append(f"{i + 1},{loss[i]:.6f},{accuracy[i]:.6f},{val_loss[i]:.6f},{val[i]:.6f},0.001,0.4")
    return "\n".join(rows) + "\n"


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")


RECIPE = """name = "fast"

[network]
name = "fast"

[training]
epochs = {epochs}
learning_rate = 0.001

[stopping]
monitor = "val_loss"
patience = 8
"""


def all_samples() -> dict[str, Sample]:
    """One of each kind that the page has to stand."""
    return {
        "digits": digits(),
        "sealed": digits(name="digits-fast-2", opened=0, final_fit=True),
        "interrupted": digits(name="digits-fast-3", state="interrupted", epochs=4, best_epoch=4),
        "one-epoch": digits(name="digits-fast-4", epochs=1, best_epoch=1, planned=1, module=True),
        "long": digits(name="digits-fast-5", epochs=2000, best_epoch=640, planned=2000),
        "shapes": shapes(),
        "perfect": shapes(name="shapes-cnn-1", skill=1.0, refused=0),
        "many": many(),
    }


if __name__ == "__main__":
    from hakseup.report.page import write
    from hakseup.runs.folder import RunFolder

    for key, sample in all_samples().items():
        where = sample.write(Path(sys.argv[1]))
        sys.stdout.write(f"{key}: {write(RunFolder(where), 'en')}\n")
