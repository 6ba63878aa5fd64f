"""What is said of a table's run: its validation, its scores beside the baselines, and the rows it predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.cli.figures import between, decimal, probability, share
from hakseup.cli.screen import Said, Screen
from hakseup.words import Words

FIRST = 20  # predictions that are printed; `--out` keeps them all
NUMBERS = ("rmse", "mae", "r2", "log_rmse")
CLASSES = ("accuracy", "auc", "loss", "f1")
TITLES = {
    "rmse": Words("RMSE", "RMSE"),
    "mae": Words("MAE", "MAE"),
    "r2": Words("R²", "R²"),
    "log_rmse": Words("log RMSE", "로그 RMSE"),
    "accuracy": Words("accuracy", "정확도"),
    "auc": Words("AUC", "AUC"),
    "loss": Words("loss", "오차"),
    "f1": Words("F1", "F1"),
}


def size(value: float | None) -> str:
    """A number in the target's unit: four digits that count."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def metric(name: str, value: float | None, n: int) -> str:
    """One score as it reads."""
    if name == "accuracy":
        return share(value, n)
    return size(value) if name in ("rmse", "mae", "mse") else decimal(value)


def ends(name: str, interval: Sequence[float | None] | None, n: int) -> str:
    """Its interval as it reads."""
    if name == "accuracy":
        return between(interval, n)
    if not interval or None in interval:
        return "–"
    low, high = (metric(name, end, n) for end in interval)
    return str(Words(f"{low} to {high}", f"{low}~{high}"))


def validation(summary: Mapping[str, Any], n: int) -> Words | None:
    """The validation scores in one line."""
    of, intervals = summary["validation"], summary.get("validation_interval") or {}
    leading = "rmse" if "rmse" in of else "accuracy"
    if of.get(leading) is None:
        return None
    value, about = metric(leading, of[leading], n), ends(leading, intervals.get(leading), n)
    title = TITLES[leading]
    others = [name for name in (NUMBERS if leading == "rmse" else CLASSES) if name != leading and name in of]
    rest = ", ".join(f"{TITLES[name].en} {metric(name, of[name], n)}" for name in others[:3])
    rest_ko = ", ".join(f"{TITLES[name].ko} {metric(name, of[name], n)}" for name in others[:3])
    return Words(
        f"{title.en} {value}, 95% interval {about} (n = {n:,}); {rest}",
        f"{title.ko} {value}, 95% 신뢰구간 {about} ({n:,}행), {rest_ko}",
    )


def say_scores(screen: Screen, result: Mapping[str, Any]) -> None:
    """The table of the network and the baselines, and what it means."""
    n, of = result["n"], result["test"]
    shown = [name for name in (NUMBERS if "rmse" in of else CLASSES) if name in of]
    leading = shown[0]
    better = -1 if leading == "accuracy" else 1

    def row(title: Said, metrics: Mapping[str, Any], intervals: Mapping[str, Any] | None) -> tuple[Said, ...]:
        first = metric(leading, metrics.get(leading), n)
        about = ends(leading, (intervals or {}).get(leading), n)
        return (title, first, about, *(metric(name, metrics.get(name), n) for name in shown[1:]))

    def place(one: tuple[str, Mapping[str, Any]]) -> float:
        value = one[1].get(leading)
        return float("inf") if value is None else better * float(value)

    rows = [row(Words("this network", "이 신경망"), of, result["interval"])]
    for name, metrics in sorted(result["baselines"].items(), key=place):
        title = Words(**result["baseline_titles"][name])
        rows.append(row(title, metrics, result["baseline_intervals"].get(name)))
    heads: list[Said] = [
        "",
        TITLES[leading],
        Words("95% interval", "95% 신뢰구간"),
        *(TITLES[name] for name in shown[1:]),
    ]
    screen.table(heads, rows, right=tuple(range(1, len(heads))))
    versus = result.get("versus_baseline")
    if versus:
        screen.say(Words(versus["en"], versus["ko"]))


def say_predictions(screen: Screen, result: Mapping[str, Any], out: str | None) -> None:
    """The first rows, and what a person should know of all of them."""
    n, predictions = result["n"], result.get("predictions")
    if predictions is None:
        screen.say(
            Words(
                f"{n:,} rows with their predictions lie in {out}.", f"행 {n:,}개와 예측을 {out}에 썼습니다."
            )
        )
    else:
        _rows(screen, predictions, result.get("interval_level"))
    counts = {key: count for key, count in (result.get("counts") or {}).items() if count}
    if counts:
        listed = ", ".join(f"{key} {count:,}" for key, count in counts.items())
        screen.say(Words(f"In all: {listed}.", f"합계: {listed}."))
    for note in result["notes"]:
        screen.tell(Words(**note))
    if result["unseen"]:
        listed = ", ".join(f"{name} ({count:,})" for name, count in result["unseen"].items())
        screen.tell(
            Words(
                f"Categories that training did not have, in so many cells: {listed}. They count as unknown.",
                f"학습할 때 없던 범주가 든 칸: {listed}. 모르는 범주로 다룹니다.",
            )
        )
    if result["bad_cells_n"]:
        first = result["bad_cells"][0]
        screen.tell(
            Words(
                f"{result['bad_cells_n']:,} cells are not what their column holds and count as missing (the first: line "
                f"{first['line']}, column '{first['column']}': '{first['cell']}').",
                f"칸 {result['bad_cells_n']:,}개는 그 열의 값이 아니어서 결측치로 봅니다(첫째: {first['line']}번째 줄, "
                f"'{first['column']}' 열, '{first['cell']}').",
            )
        )
    say_refused(screen, result["refused"])


def say_refused(screen: Screen, refused: Sequence[Mapping[str, Any]]) -> None:
    """What could not be used and why: the first ones, and how many more there are."""
    for one in refused[:FIRST]:
        reason = Words(**one["reason"])
        where = (
            "" if one["input"] in reason.en else f"{one['input']}: "
        )  # most reasons name the file themselves
        screen.tell(Words(f"Left out: {where}{reason.en}", f"제외: {where}{reason.ko}"))
    more = len(refused) - FIRST
    if more > 0:
        screen.tell(Words(f"Left out: {more:,} more.", f"제외: 그 밖에 {more:,}개."))


def say_more(screen: Screen, n: int) -> None:
    """Where more than the first of n predictions are, if there are more."""
    if n > FIRST:
        screen.say(
            Words(
                f"{n - FIRST:,} more are not shown: --out FILE.csv or FILE.parquet keeps them all.",
                f"나머지 {n - FIRST:,}개는 생략했습니다. --out 파일.csv 또는 파일.parquet로 모두 저장할 수 있습니다.",
            )
        )


def _rows(screen: Screen, predictions: Sequence[Mapping[str, Any]], level: float | None) -> None:
    first = predictions[:FIRST]
    rows: list[tuple[Said, ...]]
    if "value" in predictions[0]:
        held = f"{level:.0%}" if level else ""
        heads: list[Said] = [
            Words("row", "행"),
            Words("value", "예측값"),
            Words(f"{held} interval", f"{held} 구간"),
        ]
        rows = [(str(one["input"]), size(one["value"]), _interval(one["interval"])) for one in first]
        if all(one["interval"] is None for one in first):  # too few rows validated to say one
            heads, rows = heads[:2], [row[:2] for row in rows]
    else:
        heads = [Words("row", "행"), Words("label", "예측"), Words("probability", "확률")]
        rows = [(str(one["input"]), one["label"], probability(one["probability"])) for one in first]
    screen.table(heads, rows, right=range(len(heads)) if "value" in predictions[0] else (0, 2))
    say_more(screen, len(predictions))


def _interval(interval: Sequence[float] | None) -> str:
    if interval is None:
        return "–"
    low, high = (size(end) for end in interval)
    return str(Words(f"{low} to {high}", f"{low}~{high}"))
