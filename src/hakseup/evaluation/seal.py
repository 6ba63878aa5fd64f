"""The seal on the test part: opened here alone, and every opening is written down before a label is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hakseup.data.labels import Labels, is_sealed
from hakseup.data.split import Split
from hakseup.errors import DataError
from hakseup.runs import ledger
from hakseup.words import Words


@dataclass(frozen=True)
class Opening:
    """The opened test part.

    index: pictures or rows of the test part that belong to the chosen classes, int64 (m,), sorted.
    truth: their classes, int64 (m,), or numbers, float64 (m,).
    times: how often this test part was opened over all runs, this time included.
    when: ISO 8601 with zone.
    """

    index: np.ndarray
    truth: np.ndarray
    times: int
    when: str


def open_test(labels: Labels, split: Split, *, n_classes: int, test_id: str, run: str, data: str) -> Opening:
    """Write the opening down, then read the labels of the test part.

    Args:
        labels: with the test part sealed.
        split: whose `test` is opened.
        n_classes: labels must lie below it; -1 marks a class that was not chosen. 0: they are numbers.
        test_id: hash of the test part.
        run: path of the run.
        data: name of the data set.

    Raises:
        SealError: the opening cannot be written down; no label was read.
        DataError: there is no test part, or its labels are not classes of this model.
    """
    if len(split.test) == 0:
        raise _empty(data)
    entry = ledger.record(test_id, run=run, data=data)
    truth = labels.break_seal()[split.test]
    chosen = ~is_sealed(truth)
    index, truth = split.test[chosen], truth[chosen]
    strange = (truth < 0) | (truth >= n_classes)
    if n_classes and np.any(strange):
        raise DataError(
            "unknown-test-label",
            Words(
                f"{int(strange.sum())} of {len(truth)} labels in the test part of {data} are classes that training "
                f"does not have (the first at place {int(index[strange][0])}: {int(truth[strange][0])}; "
                f"labels go from 0 to {n_classes - 1}).",
                f"{data}의 테스트 부분에서 라벨 {len(truth)}개 가운데 {int(strange.sum())}개는 학습에 없는 클래스입니다"
                f"(처음은 {int(index[strange][0])}번, 라벨 {int(truth[strange][0])}. "
                f"라벨은 0부터 {n_classes - 1}까지여야 합니다).",
            ),
            Words(
                "Correct these labels, or take what carries them out of the test part.",
                "라벨을 바로잡거나 해당하는 것을 테스트 부분에서 빼세요.",
            ),
        )
    if len(truth) == 0:
        raise _empty(data)
    return Opening(index, truth, entry["times"], entry["when"])


def _empty(data: str) -> DataError:
    return DataError(
        "no-test-part",
        Words(
            f"The test part of {data} is empty, or holds nothing of the chosen classes.",
            f"{data}의 테스트 부분이 비었거나, 고른 클래스에 드는 것이 없습니다.",
        ),
        Words(
            "Fill it, or give the data without a test part: hakseup then sets one aside.",
            "테스트 부분을 채우거나, 테스트 부분 없이 주어 hakseup이 떼어 두게 하세요.",
        ),
    )
