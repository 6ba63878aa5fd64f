"""`evaluate`, `predict`, `report`, `runs` and `compare`: what is done with runs."""

from __future__ import annotations

import os
from typing import Any

from hakseup.cli import table_results
from hakseup.cli.command import Call
from hakseup.cli.drawing import progress
from hakseup.cli.figures import between, decimal, duration, probability, share
from hakseup.cli.pages import page_file
from hakseup.cli.screen import Said, Screen, shown
from hakseup.cli.table_results import FIRST, say_more, say_refused
from hakseup.words import Words, josa, language


def evaluate(call: Call, *, run: str) -> dict[str, Any]:
    """Open the test part, and say how good the network is and against what."""
    from hakseup import api

    with progress(call.screen) as listener:
        result = api.evaluate(run, progress=listener)
    table = "unknown" not in result  # only pictures have an answer to that
    call.screen.say(
        Words(
            f"The test part, opened for {shown(result['run'])}: {result['n']:,} {'rows' if table else 'pictures'}.",
            f"{shown(result['run'])}의 테스트 부분을 열었습니다: {'행' if table else '그림'} {result['n']:,}{'개' if table else '장'}.",
        ),
        "bold",
    )
    if table:
        table_results.say_scores(call.screen, result)
        call.screen.say(opened(result["opened"]))
        call.screen.say()
    else:
        say_scores(call.screen, result)
    call.screen.facts([(Words("report", "보고서"), shown(result["report"]))])
    return result


def say_scores(screen: Screen, result: dict[str, Any]) -> None:
    """The table of the network and the baselines, what it means, and how often the test part was opened.

    Args:
        screen: where it is said.
        result: what `api.evaluate` gave.
    """
    n = result["n"]
    rows = [_score(Words("this network", "이 신경망"), result["test"], result["interval"], n)]
    best_first = sorted(result["baselines"].items(), key=lambda item: -(item[1].get("accuracy") or 0))
    for name, metrics in best_first:
        title = Words(**result["baseline_titles"][name])
        rows.append(_score(title, metrics, result["baseline_intervals"].get(name, {}), n))
    screen.table(
        ["", Words("accuracy", "정확도"), Words("95% interval", "95% 신뢰구간"), Words("loss", "오차"), "F1"],
        rows,
        right=(1, 2, 3, 4),
    )
    screen.say(Words(result["versus_baseline"]["en"], result["versus_baseline"]["ko"]))
    for said in _beyond_scores(result):
        screen.say(said)
    screen.say(opened(result["opened"]))
    screen.say()


def _beyond_scores(result: dict[str, Any]) -> list[Words]:
    """What calibration did, and how many test pictures the network did not know."""
    out = []
    calibrated, unknown = result.get("calibration"), result.get("unknown")
    if calibrated:
        before, after = calibrated["before"], calibrated["after"]
        t, errors = f"{calibrated['temperature']:.2f}", [f"{100 * x['ece']:.1f}" for x in (before, after)]
        losses = [decimal(x["log_loss"]) for x in (before, after)]
        out.append(
            Words(
                f"Calibrated on validation pictures (temperature {t}): claimed and real accuracy differ by {errors[1]} "
                f"points instead of {errors[0]}, the loss is {losses[1]} instead of {losses[0]}.",
                f"검증 그림으로 확률을 보정했습니다(온도 {t}). 확신과 실제 정확도의 차이는 {errors[0]}%p에서 {errors[1]}%p로, "
                f"오차는 {losses[0]}에서 {josa(losses[1], '으로/로')} 바뀌었습니다.",
            )
        )
    if unknown:
        n, refused, kept = unknown["n"], unknown["refused"], unknown["kept"]
        ends, stated = between(unknown["interval"], n), unknown["promised"]
        promised = share(stated["rate"])
        if stated["interval"]:
            promised += f", {between(stated['interval'])}"
        accuracy = share(unknown["kept_accuracy"], n)
        out.append(
            Words(
                f"“I do not know” would be said of {refused:,} of these {n:,} pictures ({share(unknown['share'], n)}, "
                f"{ends}; stated: about {promised}); of the other {kept:,} {accuracy} are right.",
                f"이 그림 {n:,}장 가운데 {refused:,}장에는 ‘모르겠습니다’라고 답합니다({share(unknown['share'], n)}, {ends}, "
                f"예고한 비율 약 {promised}). 나머지 {kept:,}장에서는 {accuracy}를 맞힙니다.",
            )
        )
    return out


def opened(times: int) -> Words:
    """How often the test part was opened, and what that means."""
    if times <= 1:
        return Words(
            "This test part was opened for the first time: the score is as honest as it can be.",
            "이 테스트 부분은 처음 열었습니다. 가장 믿을 수 있는 점수입니다.",
        )
    return Words(
        f"This test part has now been opened {times} times, over all runs. Whoever chooses by such scores chooses luck "
        "too: the best of them flatters, and only data that nobody has looked at would say by how much.",
        f"이 테스트 부분은 모든 실행을 합쳐 {times}번 열렸습니다. 이런 점수를 보고 고르면 운까지 고르게 됩니다. "
        "가장 좋은 점수는 실제보다 높게 마련이고, 얼마나 높은지는 아무도 보지 않은 데이터만 알려 줍니다.",
    )


def _score(name: Said, metrics: dict[str, Any], intervals: dict[str, Any], n: int) -> tuple[Said, ...]:
    return (
        name,
        share(metrics.get("accuracy"), n),
        between(intervals.get("accuracy"), n),
        decimal(metrics.get("loss", metrics.get("log_loss"))),
        decimal(metrics.get("f1")),
    )


def predict(call: Call, *, run: str, inputs: list[str], out: str | None) -> dict[str, Any]:
    """Say what pictures show, and of which it cannot be said."""
    from hakseup import api

    alarms = call.settings.get("prediction.false_alarms")
    with progress(call.screen) as listener:
        result = api.predict(run, inputs, out=out, false_alarms=alarms, progress=listener)
    screen, n, predictions = call.screen, result["n"], result.get("predictions")
    if "unseen" in result:  # rows of a table
        table_results.say_predictions(screen, result, shown(out or ""))
        return result
    if predictions is None:
        screen.say(
            Words(
                f"{n:,} predictions lie in {shown(out or '')}.",
                f"예측 {n:,}개를 {shown(out or '')}에 썼습니다.",
            )
        )
    else:
        _say_predictions(screen, predictions)
    _say_counts(screen, result)
    say_refused(screen, result.get("refused", []))
    return result


def _say_predictions(screen: Screen, predictions: list[dict[str, Any]]) -> None:
    first = predictions[:FIRST]
    folder = _common_folder([one["input"] for one in first])
    if folder:
        screen.say(Words(f"In {shown(folder)}:", f"{shown(folder)}:"))
    screen.table(
        [Words("input", "입력"), Words("label", "예측"), Words("probability", "확률")],
        [
            (
                os.path.relpath(one["input"], folder) if folder else shown(one["input"]),
                *_said(one),
            )
            for one in first
        ],
        right=(2,),
    )
    say_more(screen, len(predictions))


def _said(one: dict[str, Any]) -> tuple[Said, str]:
    """What is shown of one prediction: the class and its probability, or that it is not known."""
    label = one["label"]
    if one.get("known") is not False:
        return label, probability(one["probabilities"][label])
    if one["reason"]["code"] == "empty":
        return Words("I do not know (empty)", "모르겠습니다(빈 그림)"), "–"
    if one["reason"]["code"] == "noise":
        return Words("I do not know (noise)", "모르겠습니다(잡음)"), "–"
    return Words(f"I do not know (nearest: {label})", f"모르겠습니다(가장 가까운 것: {label})"), "–"


def _say_counts(screen: Screen, result: dict[str, Any]) -> None:
    """How many of each class and how many unknown, and what that rests on: once, under the rows."""
    counts = sorted(result.get("counts", {}).items(), key=lambda item: -item[1])
    parts = [f"{label}: {n:,}" for label, n in counts if n]
    more = len(parts) - FIRST
    unknown, rest = result.get("unknown"), Words(f"{more:,} more classes", f"그 밖의 클래스 {more:,}개")
    shown_parts = [*parts[:FIRST], *([str(rest)] if more > 0 else [])]
    if unknown:
        shown_parts.append(str(Words(f"I do not know: {unknown:,}", f"모르겠습니다: {unknown:,}")))
    if shown_parts:
        screen.say()
        screen.say(", ".join(shown_parts))
    if result.get("prepared"):
        screen.say(_prepared(result["prepared"]))
    for note in result.get("notes", []):
        screen.say(Words(note["en"], note["ko"]), "dim")


def _prepared(done: list[dict[str, Any]]) -> Words:
    """What was done to drawings before the network saw them, and to how many."""
    en = "; ".join(f"{one['en']} ({one['n']:,})" for one in done)
    ko = ", ".join(f"{one['ko']}({one['n']:,}장)" for one in done)
    return Words(
        f"To look like the training pictures, drawings were changed first: {en}.",
        f"학습 그림과 비슷해지도록 그림을 먼저 손질했습니다: {ko}.",
    )


def _common_folder(inputs: list[str]) -> str:
    """The folder that several inputs lie in, so that it is said once; empty where there is none."""
    if len(inputs) < 2:
        return ""
    try:
        return os.path.commonpath([os.path.dirname(one) for one in inputs])  # noqa: PTH120
    except ValueError:  # on different drives
        return ""


def compare(call: Call, *, runs: list[str], html: str | None) -> dict[str, Any]:
    """Put runs side by side, and say whether they differ by more than chance; write the page where asked."""
    page = page_file("--html", html)
    from hakseup import api

    result = api.compare(runs)
    screen = call.screen
    parts = ["validation", *(["test"] if any(one.get("test") for one in result["runs"]) else [])]
    heads = {"validation": Words("validation", "검증"), "test": Words("test", "테스트")}
    screen.table(
        [Words("run", "실행"), *(heads[part] for part in parts), Words("training", "학습 시간")],
        [
            [one["name"], *(_part(one, part) for part in parts), duration(one.get("train_seconds"))]
            for one in result["runs"]
        ],
        right=range(1, len(parts) + 2),
    )
    named = {_leading(one) for one in result["runs"]} - {None}
    if len(named) == 1:
        title = table_results.TITLES[named.pop() or "accuracy"]
        screen.say(Words(f"({title.en}, 95% interval)", f"({title.ko}, 95% 신뢰구간)"), "dim")
    screen.say()
    screen.items(Words(said["en"], said["ko"]) for said in (*result["pairs"], *result["notes"]))
    if page is None:
        return result
    from hakseup import files
    from hakseup.report import compare_page

    files.write_text(page, compare_page.render(result, language()))
    screen.say()
    screen.say(Words(f"Page: {shown(page)}", f"페이지: {shown(page)}"))
    return {**result, "html": str(page)}


def _part(one: dict[str, Any], part: str) -> str:
    """Accuracy, or RMSE, and its interval of one part of one run."""
    metrics, n, name = one.get(part), one.get(f"{part}_n") or 0, _leading(one)
    if not metrics or name is None:
        return "–"
    interval = table_results.ends(name, (one.get(f"{part}_interval") or {}).get(name), n)
    return f"{table_results.metric(name, metrics.get(name), n)} ({interval})"


def _leading(one: dict[str, Any]) -> str | None:
    """The score that a run is judged by."""
    metrics = one.get("test") or one.get("validation") or {}
    return "rmse" if "rmse" in metrics else "accuracy" if metrics else None


def report(call: Call, *, run: str, open_: bool, network: str | None) -> dict[str, Any]:
    """Write the report anew; draw the network and open the report where asked."""
    from hakseup import api

    drawn = api.draw(run, network) if network else None
    path = api.report(run, language=language())
    for file in (path, drawn):
        if file is not None:
            call.screen.say(shown(file))
    if open_:
        import webbrowser

        if not webbrowser.open(path.resolve().as_uri()):
            call.screen.tell(Words("No browser could be opened.", "브라우저를 열 수 없습니다."))
    return {"run": run, "report": str(path), **({"network": str(drawn)} if drawn else {})}


def runs(call: Call, *, folder: str | None) -> dict[str, Any]:
    """List the runs."""
    from hakseup import api, files

    found = api.runs(folder)
    if not found:
        call.screen.say(
            Words(
                f"There are no runs in {files.runs_home(folder)}.",
                f"{files.runs_home(folder)}에 실행이 없습니다.",
            )
        )
        call.screen.next("hakseup demo", Words("makes the first one.", "첫 실행을 만듭니다."))
        return {"runs": []}
    call.screen.table(
        [
            Words("run", "실행"),
            Words("data", "데이터"),
            Words("recipe", "레시피"),
            Words("state", "상태"),
            Words("validation", "검증"),
            Words("test", "테스트"),
            Words("training", "학습 시간"),
        ],
        [
            (
                shown(one["path"]),
                one.get("data") or "–",
                one.get("recipe") or "–",
                _state(one["state"]),
                _listed(one, "validation"),
                _listed(one, "test"),
                duration(one.get("train_seconds")),
            )
            for one in found
        ],
        right=(4, 5, 6),
    )
    for one in found:
        if why := one.get("error") or one.get("reason"):
            call.screen.say(f"{shown(one['path'])}: {why}")
    return {"runs": found}


def _listed(one: dict[str, Any], part: str) -> str:
    """What the list says of one part of a run: accuracy, or RMSE where a number is predicted."""
    n, rmse = one.get(f"{part}_n") or 0, one.get(f"{part}_rmse")
    if rmse is None:
        return share(one.get(f"{part}_accuracy"), n)
    return f"{table_results.TITLES['rmse']} {table_results.metric('rmse', rmse, n)}"


def _state(state: str) -> str:
    known = {
        "done": Words("done", "완료"),
        "training": Words("training", "학습 중"),
        "stopped": Words("stopped; resume goes on", "멈춤(resume으로 계속)"),
        "interrupted": Words("interrupted; resume goes on", "중단(resume으로 계속)"),
        "not begun": Words("stopped before it began", "시작 전에 멈춤"),
        "diverged": Words("diverged", "발산"),
        "failed": Words("failed; resume goes on", "실패(resume으로 계속)"),
        "damaged": Words("damaged", "손상"),
    }
    return str(known.get(state, state))
