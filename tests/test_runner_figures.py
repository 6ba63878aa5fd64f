"""Figures: which numbers of a printed text are scores, and which of ours stands beside which of the document's."""

from __future__ import annotations

import pytest

from hakseup.runner import code, figures
from hakseup.runner.documents import Block

TRAINING = """Epoch 1/50
8/8 [==============================] - 1s 62ms/step - loss: 3.8098 - accuracy: 0.2558 - val_loss: 0.6234 - val_accuracy: 0.6431
Epoch 2/50
8/8 [==============================] - 0s 23ms/step - loss: 0.4822 - accuracy: 0.7629 - val_loss: 0.5408 - val_accuracy: 0.7885
...
Epoch 50/50
8/8 [==============================] - 0s 13ms/step - loss: 0.1780 - accuracy: 0.9335 - val_loss: 0.1640 - val_accuracy: 0.9431
41/41 [==============================] - 0s 4ms/step - loss: 0.1685 - accuracy: 0.9354
Test accuracy: 0.9353846311569214
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Accuracy:  0.9827", [("Accuracy", 0.9827)]),
        ("acc: 100.00%", [("acc", 1.0)]),
        ("\n Test Accuracy: 0.9811\n", [("Test Accuracy", 0.9811)]),
        (
            "정확도: [0.74, 0.69]\n정확도 평균: 0.715",
            [("정확도 [1]", 0.74), ("정확도 [2]", 0.69), ("정확도 평균", 0.715)],
        ),
        (
            "Epoch 1: val_loss improved from inf to 0.15306, saving\nEpoch 2: val_loss improved from 0.15306 to 0.1, saving\n"
            "Accuracy: 0.9",
            [("val_loss (best)", 0.1), ("Accuracy", 0.9)],
        ),
        ("train 이미지 수: 60,000\nclass : 5\n실제가격: 208500.00, 예상가격: 1.0\nTotal params: 875", []),
        ("MSE = 1.81e9, R2 score: 0.5", [("MSE", 1.81e9), ("R2 score", 0.5)]),
        ("loss: 0.5\rloss: 0.4", [("loss", 0.4)]),
        (
            TRAINING,
            [
                ("loss", 0.178),
                ("accuracy", 0.9335),
                ("val_loss", 0.164),
                ("val_accuracy", 0.9431),
                ("loss", 0.1685),
                ("accuracy", 0.9354),
                ("Test accuracy", 0.9353846311569214),
            ],
        ),
    ],
)
def test_scores_are_found_and_other_numbers_are_not(text: str, expected: list[tuple[str, float]]) -> None:
    assert figures.printed(text) == expected


def test_the_list_that_evaluate_gives_has_names() -> None:
    (block,) = code.parse([Block(1, 0, 5, "model.evaluate(x, y)")])
    (loss, accuracy) = figures.compared(block, 1, 5, "[0.219, 0.918]", "[0.25, 0.91]")
    assert (loss.name, loss.document, loss.ours, loss.lower_is_better) == ("loss", 0.219, 0.25, True)
    assert (accuracy.name, accuracy.difference) == ("accuracy", pytest.approx(-0.008))
    assert figures.compared(None, 1, 5, "[0.219, 0.918]", "[0.25, 0.91]") == []


def test_the_nth_of_a_name_stands_beside_the_nth_and_old_spellings_are_the_same() -> None:
    theirs = "loss: 0.5 - acc: 0.7\nloss: 0.6 - acc: 0.6"
    ours = "accuracy: 0.71 - loss: 0.4\naccuracy: 0.61 - loss: 0.3"
    found = figures.compared(None, 1, 1, theirs, ours)
    assert [(f.name, f.document, f.ours) for f in found] == [
        ("loss", 0.5, 0.4),
        ("acc", 0.7, 0.71),
        ("loss", 0.6, 0.3),
        ("acc", 0.6, 0.61),
    ]
    assert figures.compared(None, 1, 1, theirs, "nothing")[0].ours is None
