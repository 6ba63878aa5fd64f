"""What the curves of a training say, in sentences: whether it went well, and what validation was for.

Functions take facts (see `facts.collect`) and give `{"en": …, "ko": …}` or None, as those of `findings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.metrics.intervals import wilson
from hakseup.report.course import SAME, of_loss
from hakseup.report.numbers import known, number, percent
from hakseup.report.said import Pair, pair
from hakseup.words import Words, josa

FEW_TO_JUDGE = 30  # with fewer validation pictures than this nothing is said of the training


def _column(facts: Mapping[str, Any], name: str) -> list[float | None]:
    values: list[float | None] = facts["history"].get(name, [])
    return values if any(v is not None for v in values) else []


def _epoch(facts: Mapping[str, Any]) -> int | None:
    """The chosen epoch, where one was chosen."""
    epoch = facts["run"].get("best_epoch")
    return int(epoch) if epoch and facts["state"].get("state") == "done" else None


def _at(values: Sequence[float | None], epoch: int | None) -> float | None:
    return values[epoch - 1] if epoch and epoch <= len(values) else None


def validation_chose(facts: Mapping[str, Any]) -> bool:
    """Whether the validation part chose the epoch whose weights were kept (else it was the last one)."""
    return bool((facts["settings"].get("stopping") or {}).get("restore_best", True))


def validation_use(facts: Mapping[str, Any]) -> Pair:
    """What the validation part was for in this run."""
    chose = validation_chose(facts)
    stops = bool((facts["settings"].get("stopping") or {}).get("patience", 0))
    use = (
        Words("used to choose the epoch", "에포크를 고르는 데") if chose and not stops
        else Words("used to choose the epoch and to stop in time", "에포크를 고르고 제때 멈추는 데") if chose
        else Words("used to stop in time", "제때 멈추는 데") if stops
        else None
    )  # fmt: skip
    if use is None:
        return pair(
            "pictures the network does not learn from. They only watch: this recipe keeps the last epoch, whatever they say.",
            "신경망이 배우지 않는 그림입니다. 지켜보기만 하며, 이 레시피는 늘 마지막 에포크를 남깁니다.",
        )
    return pair(
        f"pictures the network does not learn from, {use.en}.",
        f"신경망이 배우지 않고, {use.ko} 쓰는 그림입니다.",
    )


def training(facts: Mapping[str, Any]) -> Pair | None:
    """Is the training healthy?"""
    state = facts["state"]["state"]
    if state == "diverged":
        return pair(
            "No: the loss grew without bound, and the training was stopped.",
            "아닙니다. 오차가 걷잡을 수 없이 커져서 학습을 멈췄습니다.",
        )
    values = _column(facts, "val_loss")
    if state != "done":
        return pair(
            "It is too early to say: the training has not finished.",
            "학습이 끝나지 않아 아직 말하기 이릅니다.",
        )
    if len(values) < 2:
        return pair(
            "One epoch shows no course yet." if values else "There was no validation part to judge it by.",
            "에포크가 하나뿐이라 흐름을 볼 수 없습니다."
            if values
            else "검증 부분이 없어 판단할 수 없습니다.",
        )
    if _validation_n(facts) < FEW_TO_JUDGE:
        n = _validation_n(facts)
        return pair(
            f"With {n} validation {'picture' if n == 1 else 'pictures'} that can hardly be judged.",
            f"검증 그림이 {n}장뿐이라 판단하기 어렵습니다.",
        )
    reached = _at(_column(facts, "val_accuracy"), _epoch(facts))
    if (guessed := _guessing(facts, reached)) is not None:
        return guessed
    learnt = _at(_column(facts, "accuracy"), _epoch(facts))
    if learnt is not None and reached is not None and learnt - reached > 0.1:
        return pair(
            "In part: it knows the training pictures much better than new ones.",
            "어느 정도는 그렇습니다. 학습 그림은 잘 알지만 처음 보는 그림은 그만큼 알지 못합니다.",
        )
    return _by_course(facts, values)


def _guessing(facts: Mapping[str, Any], reached: float | None) -> Pair | None:
    """What to say where accuracy alone does not show that more was learned than which class is the most common.

    Args:
        reached: accuracy on the validation part.
    """
    share, n = _largest_share(facts), _validation_n(facts)
    if not share or reached is None or float(wilson(reached * n, n)[0]) > share:
        return None
    auc = known(((facts["score"] or {}).get("interval") or {}).get("auc"))
    ranks = auc is not None and auc[0] > 0.5
    if reached > share:
        if ranks:
            return None
        return pair(
            f"Perhaps: {percent(reached, n)} of {n:,} validation pictures are right, and always guessing the most common class "
            f"would have {percent(share, n)}. They do not settle whether that is more than chance.",
            f"아직 모릅니다. 검증 그림의 {percent(reached, n)}를 맞혔고, 가장 흔한 클래스로만 찍으면 {percent(share, n)}입니다. "
            "이것만으로는 우연보다 나은지 가릴 수 없습니다.",
        )
    if ranks:
        return pair(
            "In part: it tells the classes apart better than chance (see the AUC), but its answers are right no more often than "
            "always guessing the most common class.",
            "어느 정도는 그렇습니다. 클래스를 우연보다 잘 가려내지만(AUC 참고), 답만 놓고 보면 가장 흔한 클래스로만 찍는 것보다 "
            "많이 맞히지 못합니다.",
        )
    return pair(
        "Hardly: on validation pictures it is no better than guessing the most common class.",
        "그렇지 않습니다. 검증 그림에서는 가장 흔한 클래스로만 찍는 것보다 낫지 않습니다.",
    )


def _rate_ends(facts: Mapping[str, Any]) -> bool:
    """Whether the schedule brought the learning rate down to nearly nothing: then the curve falls by itself."""
    training = facts["settings"].get("training") or {}
    return bool(training.get("schedule", "constant") != "constant")


def _by_course(facts: Mapping[str, Any], values: Sequence[float | None]) -> Pair | None:
    """The answer that the course of the validation loss gives; the figure's title says the same of it."""
    course = of_loss(values)
    if course is None:
        return None
    n, epoch = len(values), course.epoch
    if course.kind == "few":
        if course.last < (1 - SAME) * course.first:
            return pair(
                f"So far, yes: in {n} epochs it got better on new pictures. Where it settles they do not show.",
                f"지금까지는 그렇습니다. {n}에포크 동안 처음 보는 그림에서도 나아졌습니다. 어디서 자리를 잡는지는 이것만으로 알 수 없습니다.",
            )
        return pair(
            f"{n} epochs show no course yet: on new pictures the last is not clearly better than the first.",
            f"{n}에포크로는 흐름을 알 수 없습니다. 처음 보는 그림에서 마지막 에포크가 첫 에포크보다 뚜렷이 낫지 않습니다.",
        )
    if course.kind == "flat":
        return pair(
            "The first epoch did nearly all of it: after it, new pictures are known hardly better.",
            "첫 에포크에서 거의 다 배웠습니다. 그 뒤로는 처음 보는 그림에서 별로 나아지지 않습니다.",
        )
    if course.kind == "falling" and _rate_ends(facts):
        return pair(
            "Yes: it got better on new pictures up to the end, where the learning rate ends too. More of it would be "
            "another training, with more epochs from the start.",
            "네. 학습률이 0에 가까워지는 끝까지 처음 보는 그림에서 나아졌습니다. 더 하려면 에포크를 늘려 처음부터 다시 학습해야 합니다.",
        )
    if course.kind == "falling":
        return pair(
            "Yes, and it had not come to an end: more epochs may still help.",
            "네. 아직 나아지는 중이었으므로 에포크를 늘리면 더 좋아질 수 있습니다.",
        )
    if course.kind == "noisy":
        return pair(
            "Hard to say: on new pictures it goes up and down from epoch to epoch. A smaller learning rate or more "
            "validation pictures would make it steadier.",
            "말하기 어렵습니다. 처음 보는 그림에서 에포크마다 들쭉날쭉합니다. 학습률을 낮추거나 검증 그림을 늘리면 흐름이 안정됩니다.",
        )
    if course.kind == "rising":
        trained = _column(facts, "loss")
        best, end = _at(trained, epoch), trained[-1] if trained else None
        if best is not None and end is not None and end < best:
            return pair(
                f"Up to epoch {epoch:,}. From there on it learns the training pictures by heart and gets worse on new ones.",
                f"에포크 {epoch:,}까지는 그렇습니다. 그 뒤로는 학습 그림을 외우기만 하고 처음 보는 그림에서는 나빠집니다.",
            )
        return pair(
            f"Up to epoch {epoch:,}. From there on it gets worse.",
            f"에포크 {epoch:,}까지는 그렇습니다. 그 뒤로는 나빠집니다.",
        )
    return pair(
        f"Yes: on new pictures it gets better up to about epoch {epoch:,}, then it settles.",
        f"네. 처음 보는 그림에서도 에포크 {epoch:,} 무렵까지 나아지다가 자리를 잡습니다.",
    )


def _largest_share(facts: Mapping[str, Any]) -> float | None:
    counts = list(((facts["source"] or {}).get("counts") or {}).get("validation", {}).values())
    return max(counts) / sum(counts) if counts and sum(counts) else None


def loss(facts: Mapping[str, Any]) -> Pair | None:
    """Title of the figure of the loss."""
    values, trained = _column(facts, "val_loss"), _column(facts, "loss")
    if not values:
        if not trained:
            return None
        return pair(
            f"Training loss ends at {number(trained[-1])}",
            f"학습 오차는 {number(trained[-1])}에서 끝났습니다",
        )
    course = of_loss(values)
    if course is None:
        shown = number(next(v for v in values if v is not None))
        return pair(f"After one epoch, validation loss is {shown}", f"한 에포크 뒤 검증 오차는 {shown}입니다")
    first, last, epoch = number(course.first), number(course.last), f"{course.epoch:,}"
    said = {
        "few": pair(
            f"In {len(values)} epochs validation loss went from {first} to {last}",
            f"{len(values)}에포크 동안 검증 오차는 {first}에서 {josa(last, '이/가')} 되었습니다",
        ),
        "flat": pair(
            "Validation loss hardly changes after the first epoch",
            "검증 오차는 첫 에포크 뒤로 거의 변하지 않습니다",
        ),
        "falling": pair(
            f"Validation loss still falls at the last epoch, {epoch}",
            f"검증 오차는 마지막 에포크({epoch})까지 줄고 있습니다",
        ),
        "noisy": pair(
            "Validation loss goes up and down from epoch to epoch",
            "검증 오차가 에포크마다 들쭉날쭉합니다",
        ),
        "rising": pair(
            f"Validation loss is lowest at epoch {epoch} and rises after it",
            f"검증 오차는 에포크 {epoch}에서 가장 작고 그 뒤로 커집니다",
        ),
        "settled": pair(
            f"Validation loss hardly falls after epoch {epoch}",
            f"검증 오차는 에포크 {epoch}부터 거의 더 줄지 않습니다",
        ),
    }  # fmt: skip
    return said[course.kind]


def accuracy(facts: Mapping[str, Any]) -> Pair | None:
    """Title of the figure of the accuracy."""
    values, n = _column(facts, "val_accuracy"), _validation_n(facts)
    chosen = _epoch(facts)
    reached = _at(values, chosen)
    if reached is not None:
        at = Words("chosen", "고른") if validation_chose(facts) else Words("last", "마지막")
        return pair(
            f"At the {at.en} epoch, {percent(reached, n)} of the validation pictures are right",
            f"{at.ko} 에포크에서 검증 그림의 {percent(reached, n)}를 맞혔습니다",
        )
    shown = values or _column(facts, "accuracy")
    if not shown:
        return None
    part = Words("validation", "검증") if values else Words("training", "학습")
    return pair(
        f"The last epoch has {percent(shown[-1], n)} of the {part.en} pictures right",
        f"마지막 에포크에서 {part.ko} 그림의 {percent(shown[-1], n)}를 맞혔습니다",
    )


def _validation_n(facts: Mapping[str, Any]) -> int:
    return sum(((facts["source"] or {}).get("counts") or {}).get("validation", {}).values()) or 1000


def gap(facts: Mapping[str, Any]) -> Pair | None:
    """How far training and validation are apart at the chosen epoch, when that is worth a sentence."""
    trained, validated = (_at(_column(facts, c), _epoch(facts)) for c in ("accuracy", "val_accuracy"))
    n = _validation_n(facts)
    if trained is None or validated is None or trained - validated < 0.05 or n < FEW_TO_JUDGE:
        return None
    return pair(
        f"Pictures it was trained on it knows better ({percent(trained, n)}) than new ones ({percent(validated, n)}): "
        "this is overfitting. More or more varied pictures help most.",
        f"학습한 그림({percent(trained, n)})을 처음 보는 그림({percent(validated, n)})보다 잘 압니다. 이것을 과적합이라고 합니다. "
        "그림을 더 모으거나 다양하게 하는 것이 가장 도움이 됩니다.",
    )
