"""`evaluate`, `predict`, `report`, `runs` and `compare`: what is done with runs."""

from __future__ import annotations

from typing import Any

from hakseup.cli.command import Call
from hakseup.cli.drawing import progress
from hakseup.cli.figures import between, decimal, duration, share
from hakseup.cli.screen import Said, Screen, shown
from hakseup.words import Words

FIRST = 20  # predictions that are printed; `--out` keeps them all


def evaluate(call: Call, *, run: str) -> dict[str, Any]:
    """Open the test part, and say how good the network is and against what."""
    from hakseup import api

    with progress(call.screen) as listener:
        result = api.evaluate(run, progress=listener)
    call.screen.say(
        Words(
            f"The test part, opened for {shown(result['run'])}: {result['n']:,} pictures.",
            f"{shown(result['run'])}의 테스트 부분을 열었습니다: 그림 {result['n']:,}장.",
        ),
        "bold",
    )
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
    screen.say(opened(result["opened"]))
    screen.say()


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
    """Say what pictures show."""
    from hakseup import api

    with progress(call.screen) as listener:
        result = api.predict(run, inputs, out=out, progress=listener)
    screen, n, predictions = call.screen, result["n"], result.get("predictions")
    if predictions is None:
        screen.say(
            Words(
                f"{n:,} predictions lie in {shown(out or '')}.",
                f"예측 {n:,}개를 {shown(out or '')}에 썼습니다.",
            )
        )
    else:
        _say_predictions(screen, predictions)
    for one in result.get("refused", [])[:FIRST]:
        screen.tell(
            Words(
                f"Left out: {one['input']}: {one['reason']['en']}",
                f"제외: {one['input']}: {one['reason']['ko']}",
            )
        )
    more = len(result.get("refused", [])) - FIRST
    if more > 0:
        screen.tell(Words(f"Left out: {more:,} more.", f"제외: 그 밖에 {more:,}개."))
    return result


def _say_predictions(screen: Screen, predictions: list[dict[str, Any]]) -> None:
    n = len(predictions)
    screen.table(
        [Words("input", "입력"), Words("label", "예측"), Words("probability", "확률")],
        [
            (shown(one["input"]), one["label"], share(one["probabilities"].get(one["label"])))
            for one in predictions[:FIRST]
        ],
        right=(2,),
    )
    if n > FIRST:
        screen.say(
            Words(
                f"{n - FIRST:,} more are not shown: --out FILE.csv or FILE.parquet keeps them all.",
                f"나머지 {n - FIRST:,}개는 생략했습니다. --out 파일.csv 또는 파일.parquet로 모두 저장할 수 있습니다.",
            )
        )


def compare(call: Call, *, runs: list[str]) -> dict[str, Any]:
    """Put runs side by side, and say whether they differ by more than chance."""
    from hakseup import api

    result = api.compare(runs)
    screen = call.screen
    opened_by_any = any(one.get("test") for one in result["runs"])
    heads: list[Said] = [
        Words("run", "실행"),
        Words("recipe", "레시피"),
        Words("validation", "검증"),
        Words("95% interval", "95% 신뢰구간"),
        Words("test", "테스트"),
        Words("95% interval", "95% 신뢰구간"),
        Words("training", "학습 시간"),
    ]
    rows = [
        [
            one["name"],
            one.get("recipe") or "–",
            *_part(one, "validation"),
            *_part(one, "test"),
            duration(one.get("train_seconds")),
        ]
        for one in result["runs"]
    ]
    if not opened_by_any:
        heads = heads[:4] + heads[6:]
        rows = [row[:4] + row[6:] for row in rows]
    screen.table(heads, rows, right=range(2, len(heads)))
    for said in (*result["pairs"], *result["notes"]):
        screen.say(f"- {Words(said['en'], said['ko'])}")
    return result


def _part(one: dict[str, Any], part: str) -> list[str]:
    """Accuracy and its interval of one part of one run."""
    n = one.get(f"{part}_n") or 1000
    interval = (one.get(f"{part}_interval") or {}).get("accuracy")
    return [share((one.get(part) or {}).get("accuracy"), n), between(interval, n)]


def report(call: Call, *, run: str, open_: bool) -> dict[str, Any]:
    """Write the report anew; open it where asked."""
    from hakseup import api
    from hakseup.words import language

    path = api.report(run, language=language())
    call.screen.say(shown(path))
    if open_:
        import webbrowser

        if not webbrowser.open(path.resolve().as_uri()):
            call.screen.tell(Words("No browser could be opened.", "브라우저를 열 수 없습니다."))
    return {"run": run, "report": str(path)}


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
                share(one.get("validation_accuracy"), one.get("validation_n") or 0),
                share(one.get("test_accuracy"), one.get("test_n") or 0),
                duration(one.get("train_seconds")),
            )
            for one in found
        ],
        right=(4, 5, 6),
    )
    for one in found:
        if one.get("error"):
            call.screen.say(f"{shown(one['path'])}: {one['error']}")
    return {"runs": found}


def _state(state: str) -> str:
    known = {
        "done": Words("done", "완료"),
        "training": Words("training", "학습 중"),
        "interrupted": Words("interrupted", "중단"),
        "diverged": Words("diverged", "발산"),
        "failed": Words("failed", "실패"),
        "damaged": Words("damaged", "손상"),
    }
    return str(known.get(state, state))
