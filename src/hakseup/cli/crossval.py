"""`crossval`: the folds, their mean and what it means."""

from __future__ import annotations

from typing import Any

from hakseup.cli.command import Call
from hakseup.cli.drawing import progress
from hakseup.cli.figures import duration
from hakseup.cli.options import whole
from hakseup.cli.results import opened
from hakseup.cli.screen import Said, shown
from hakseup.cli.table_results import CLASSES, NUMBERS, TITLES, ends, metric
from hakseup.words import Words, josa

PICTURES = ("accuracy", "loss", "f1")
SHOWN = 10  # folds that stand in lines of their own


def crossval(
    call: Call, *, data: str, recipe: str | None, k: str | None, repeats: str | None, all_rows: bool
) -> dict[str, Any]:
    """Train every fold, and say what came out."""
    from hakseup import api

    with progress(call.screen) as listener:
        result = api.crossval(
            data,
            recipe=recipe,
            settings=call.settings,
            k=5 if k is None else whole("-k", k, 2),
            repeats=1 if repeats is None else whole("--repeats", repeats, 1),
            all_rows=all_rows,
            progress=listener,
        )
    screen, n, folds = call.screen, result["n"], result["folds"]
    table = "target" in result
    what = Words("rows", "행") if table else Words("pictures", "그림")
    counted = f"행 {n:,}개를" if table else f"그림 {n:,}장을"
    wanted = NUMBERS if "rmse" in result["mean"] else CLASSES if table else PICTURES
    names = [name for name in wanted if name in result["mean"]]
    times = f"{result['repeats']} x " if result["repeats"] > 1 else ""
    screen.say(
        Words(
            f"{times}{result['k']} folds of {n:,} {what.en} of {shown(result['data'])}, recipe {result['recipe']}; each scored on "
            f"{what.en} it never saw.",
            f"{shown(result['data'])}의 {counted} {times}{result['k']}겹으로 나누어 {result['recipe']} 레시피로 학습했습니다. "
            f"점수는 모두 학습에 쓰지 않은 {what.ko}에서 잰 것입니다.",
        ),
        "bold",
    )
    rows: list[tuple[Said, ...]] = []
    if len(folds) <= SHOWN:
        for number, fold in enumerate(folds, 1):
            title = Words(f"fold {number}", f"{number}번째 겹")
            rows.append((title, *(metric(name, fold[name], n) for name in names), ""))
    mean, about = result["mean"], result["interval"]
    first = names[0]
    rows.append(
        (
            Words("mean", "평균"),
            *(metric(name, mean[name], n) for name in names),
            ends(first, about[first], n),
        )
    )
    rows.append((Words("spread", "표준편차"), *(metric(name, result["std"][name], n) for name in names), ""))
    for name, of in result["baselines"].items():
        title = Words(**result["baseline_titles"][name])
        rows.append((title, *(metric(key, of[key], n) for key in names), ""))
    heads: list[Said] = ["", *(TITLES[name] for name in names)]
    heads.append(Words(f"95% interval of {TITLES[first].en}", f"{TITLES[first].ko}의 95% 신뢰구간"))
    screen.table(heads, rows, right=tuple(range(1, len(heads))))
    screen.say(Words(result["versus_baseline"]["en"], result["versus_baseline"]["ko"]))
    screen.say(
        Words(
            f"Folds share most of their training {what.en}: the interval allows for that (corrected resampled t).",
            f"겹끼리는 학습 {josa(what.ko, '이/가')} 대부분 겹칩니다. 신뢰구간은 이를 고려한 것입니다(보정된 재표집 t).",
        )
    )
    if "opened" in result:
        screen.say(opened(result["opened"]))
    screen.facts([(Words("time", "시간"), duration(result["total_seconds"]))])
    return result
