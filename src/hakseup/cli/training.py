"""`train`, `resume`, `tutorial` and `demo`: what trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hakseup.cli import table_results
from hakseup.cli.command import Call
from hakseup.cli.drawing import progress
from hakseup.cli.figures import between, decimal, duration, share
from hakseup.cli.screen import Said, shown
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.api import Run

NOTHING = Words("", "")


def train(call: Call, *, data: str | None, recipe: str | None, out: str | None) -> dict[str, Any]:
    """Train, and say what came out."""
    from hakseup import api

    given = "training.epochs" in call.settings
    with progress(call.screen, can_be_changed=True, epochs_given=given) as listener:
        run = api.train(
            data, recipe=recipe, settings=call.settings, out=out, progress=listener, command=call.typed
        )
    return _trained(call, run)


def resume(call: Call, *, run: str) -> dict[str, Any]:
    """Go on with a run, and say what came out."""
    from hakseup import api

    with progress(call.screen) as listener:
        done = api.resume(run, epochs=call.settings.get("training.epochs"), progress=listener)
    return _trained(call, done)


def tutorial(call: Call, *, name: str | None, out: str | None) -> dict[str, Any]:
    """Run a tutorial, and put its figure beside ours; without a name, list them."""
    if name is None:
        return _tutorials(call)
    from hakseup import api

    with progress(call.screen) as listener:
        result = api.tutorial(name, out=out, progress=listener)
    screen, n = call.screen, result["n"]
    screen.say(Words(**result["title"]), "bold")
    screen.table(
        [Words("metric", "지표"), Words("the document", "문서"), Words("here", "여기")],
        [
            (metric_name(key), _metric(key, result["document"].get(key), n), _metric(key, value, n))
            for key, value in result["ours"].items()
            if value is not None
        ],
        right=(1, 2),
    )
    table = "unknown" not in result  # only pictures have an answer to that
    leading = "accuracy" if "accuracy" in result["test"] else "rmse"
    interval = table_results.ends(leading, result["interval"].get(leading), n)
    screen.say(
        Words(
            f"Ours is measured on {n:,} test {'rows' if table else 'pictures'}; 95% interval {interval}.",
            f"여기의 값은 테스트 {'행' if table else '그림'} {n:,}{'개' if table else '장'}로 잰 것입니다. 95% 신뢰구간 {interval}.",
        )
    )
    screen.say()
    screen.say(Words("What differs from the document:", "문서와 다른 점:"))
    screen.items(Words(**words) for words in result["differs"])
    screen.say()
    screen.facts(
        [
            (Words("training", "학습 시간"), duration(result.get("train_seconds"))),
            (Words("run", "실행 폴더"), shown(result["run"])),
            (Words("report", "보고서"), shown(result["report"])),
        ]
    )
    return result


def demo(call: Call, *, out: str | None) -> dict[str, Any]:
    """Train, evaluate and report on data that is already here."""
    from hakseup import api
    from hakseup.cli.results import say_scores

    with progress(call.screen) as listener:
        result = api.demo(out=out, progress=listener)
    call.screen.say(
        Words(
            "Trained on scikit-learn's digits, 8x8 pictures of handwriting; then the sealed test part was opened.",
            "scikit-learn의 숫자 그림(8x8 손글씨)으로 학습하고 봉인된 테스트 부분을 열었습니다.",
        ),
        "bold",
    )
    say_scores(call.screen, result)
    call.screen.facts(
        [
            (Words("training", "학습 시간"), duration(result.get("train_seconds"))),
            (Words("run", "실행 폴더"), shown(result["run"])),
            (Words("report", "보고서"), shown(result["report"])),
        ]
    )
    call.screen.next(
        "hakseup train mnist",
        Words(
            "or a folder of your own with one folder of pictures per class.",
            "또는 클래스마다 폴더를 둔 자신의 그림 폴더.",
        ),
    )
    return result


def metric_name(key: str) -> str:
    """What a metric is called."""
    known = {
        "accuracy": Words("accuracy", "정확도"),
        "val_accuracy": Words("validation accuracy", "검증 정확도"),
        "loss": Words("loss", "오차"),
        "f1": Words("F1", "F1"),
        "rmse": Words("RMSE", "RMSE"),
        "mse": Words("MSE", "MSE"),
        "val_rmse": Words("validation RMSE", "검증 RMSE"),
        "val_mse": Words("validation MSE", "검증 MSE"),
    }
    return str(known.get(key, key))


def _figure(document: Mapping[str, float]) -> str:
    """The document's main figure, as a list shows it."""
    if "accuracy" in document:
        return f"{100 * document['accuracy']:g}%"
    key, value = next(iter(document.items()))
    return f"{metric_name(key)} {table_results.size(value)}"


def _metric(key: str, value: float | None, n: int) -> str:
    if value is None:
        return "–"
    if key.endswith("mse"):
        return table_results.size(value)
    return decimal(value) if key.endswith("loss") else share(value, n)


def _guessing(run: Run, interval: Sequence[float | None] | None, n: int) -> list[tuple[Said, Said]]:
    """What always saying the most common class would reach on the validation pictures, where the network is not surely better."""
    from hakseup.runs import folder as names

    counts = run.folder.json(names.SOURCE).get("counts", {}).get("validation", {}).values()
    most = max(counts, default=0) / max(sum(counts), 1)
    low = interval[0] if interval else None
    if low is None or low > most:
        return []
    said = Words(
        f"always the most common class: {share(most, n)} correct",
        f"언제나 가장 흔한 클래스로 답하면 정확도 {share(most, n)}",
    )
    return [(Words("beside it", "비교"), said)]


def _trained(call: Call, run: Run) -> dict[str, Any]:
    """Say what a finished training came to: one screen."""
    from hakseup.runs import folder as names

    summary, screen = run.summary, call.screen
    about = run.folder.json(names.RUN)
    n = summary.get("validation_n") or 0
    rows: list[tuple[Said, Said]] = []
    accuracy = summary["validation"].get("accuracy")
    if run.is_table:
        said = table_results.validation(summary, n)
        rows += [] if said is None else [(Words("validation", "검증"), said)]
    elif accuracy is not None:
        interval = between(summary.get("validation_interval", {}).get("accuracy"), n)
        before = Words(" (before calibration)", "(보정 전)") if run.folder.has(names.CALIBRATION) else NOTHING
        rows.append(
            (
                Words("validation", "검증"),
                Words(
                    f"{share(accuracy, n)} correct, 95% interval {interval} (n = {n:,}); "
                    f"loss {decimal(summary['validation'].get('loss'))}{before.en}",
                    f"정확도 {share(accuracy, n)}, 95% 신뢰구간 {interval} ({n:,}장), "
                    f"오차 {decimal(summary['validation'].get('loss'))}{before.ko}",
                ),
            )
        )
        rows += _guessing(run, summary.get("validation_interval", {}).get("accuracy"), n)
    chosen = Words(**about["chosen_by"]) if about.get("chosen_by") else None
    epoch = f"{summary['best_epoch']}/{summary['epochs']}"
    rows.append((Words("epoch", "에포크"), epoch if chosen is None else f"{epoch} ({chosen})"))
    rows.append((Words("time", "시간"), _pace(summary)))
    rows.append(
        (
            Words("network", "신경망"),
            Words(
                f"{summary['parameters']:,} parameters; {summary['device']}, {summary['precision']}",
                f"파라미터 {summary['parameters']:,}개, {summary['device']}, {summary['precision']}",
            ),
        )
    )
    if summary.get("refused"):
        m = summary["refused"]
        what, what_ko = ("row", "행") if run.is_table else ("file", "파일")
        rows.append(
            (
                Words("left out", "제외"),
                Words(
                    f"{m:,} {what}{'' if m == 1 else 's'} that could not be used; listed in the report",
                    f"쓸 수 없는 {what_ko} {m:,}개. 보고서에 목록이 있습니다",
                ),
            )
        )
    rows.append((Words("run", "실행 폴더"), shown(summary["run"])))
    rows.append((Words("report", "보고서"), shown(summary["report"])))
    data = shown(summary["data"])
    screen.say(
        Words(
            f"Trained on {data} with the recipe {summary['recipe']}.",
            f"{data} 데이터를 {summary['recipe']} 레시피로 학습했습니다.",
        ),
        "bold",
    )
    screen.facts(rows)
    for note in about.get("notes", []):
        screen.say(Words(**note))
    screen.next(
        f"hakseup evaluate {shown(summary['run'])}",
        Words(
            "opens the test part again: it was opened before, for earlier weights of this run.",
            "테스트 부분을 다시 엽니다. 이 실행의 이전 가중치로 연 적이 있습니다.",
        )
        if about.get("earlier_test")
        else Words(
            "opens the sealed test part. Do it once, when nothing is left to choose.",
            "봉인된 테스트 부분을 엽니다. 더 고를 것이 없을 때 한 번만 여세요.",
        ),
    )
    return summary


def _pace(summary: dict[str, Any]) -> Words:
    training, total = duration(summary.get("train_seconds")), duration(summary.get("total_seconds"))
    if "rows_per_second" in summary:
        speed = f"{summary['rows_per_second'] or 0:,.0f}"
        return Words(
            f"{training} training, {total} in all; {speed} rows a second",
            f"학습 {training}, 전체 {total}, 초당 {speed}행",
        )
    speed = f"{summary.get('images_per_second') or 0:,.0f}"
    return Words(
        f"{training} training, {total} in all; {speed} pictures a second",
        f"학습 {training}, 전체 {total}, 초당 {speed}장",
    )


def _tutorials(call: Call) -> dict[str, Any]:
    from hakseup.recipes.tutorials import TUTORIALS

    rows = [
        {
            "name": one.name,
            "title": one.title.as_dict(),
            "data": one.data,
            "recipe": one.name,
            "document": dict(one.document),
        }
        for one in TUTORIALS.values()
    ]
    call.screen.table(
        [
            Words("tutorial", "튜토리얼"),
            Words("what it builds", "내용"),
            Words("data", "데이터"),
            Words("its figure", "문서의 수치"),
        ],
        [(one.name, one.title, one.data, _figure(one.document)) for one in TUTORIALS.values()],
        right=(3,),
    )
    call.screen.next(
        f"hakseup tutorial {rows[0]['name']}",
        Words(
            "runs one, and puts its figure beside ours.", "하나를 실행해 문서의 수치와 나란히 보여 줍니다."
        ),
    )
    return {"tutorials": rows}
