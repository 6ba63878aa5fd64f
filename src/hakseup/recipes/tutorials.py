"""The tutorials: which recipe and data each is, the figures its document prints, and what we do differently."""

from __future__ import annotations

from dataclasses import dataclass

from hakseup.words import Words


@dataclass(frozen=True)
class Tutorial:
    """One system of the documents. `document`: metric -> the printed figure; `reach`: what we promise on the test part."""

    name: str
    recipe: str
    data: str
    title: Words
    document: dict[str, float]
    reach: float
    differs: tuple[Words, ...]


_VALIDATION_WAS_TEST = Words(
    "The document validates on the test pictures: they choose the epoch, and the figure is then called test accuracy. "
    "Here validation is cut from the training pictures, and the test part is opened once, at the end.",
    "문서는 테스트 그림으로 검증합니다. 테스트 그림이 에포크를 고르고, 그 수치를 테스트 정확도라고 부릅니다. "
    "여기서는 학습 그림에서 검증 부분을 떼어 내고, 테스트 부분은 마지막에 한 번만 엽니다.",
)
_LAST_WEIGHTS = Words(
    "As in the document, early stopping does not bring the best weights back: the last epoch is evaluated.",
    "문서처럼 조기 종료 뒤에 가장 좋은 가중치로 돌아가지 않습니다. 마지막 에포크를 평가합니다.",
)

TUTORIALS: dict[str, Tutorial] = {
    t.name: t
    for t in (
        Tutorial(
            "mnist-mlp",
            "mnist-mlp",
            "mnist",
            Words("MNIST with one hidden layer", "은닉층 하나로 하는 MNIST"),
            {"accuracy": 0.9827},
            0.980,
            (
                _VALIDATION_WAS_TEST,
                Words(
                    "So 50,000 pictures train instead of 60,000.",
                    "그래서 60,000장이 아니라 50,000장으로 학습합니다.",
                ),
                Words(
                    "The document stops by the loss and evaluates the last epoch, which after some twenty epochs of Adam "
                    "is now and then a bad one (97.2 % to 98.3 % over four seeds here). Here the epoch with the best "
                    "validation accuracy is kept and evaluated.",
                    "문서는 오차를 보고 멈추고 마지막 에포크를 평가합니다. Adam으로 스무 에포크쯤 지나면 마지막 에포크가 가끔 "
                    "나쁩니다(여기서 시드 네 개로 97.2~98.3 %). 여기서는 검증 정확도가 가장 좋은 에포크를 남겨 평가합니다.",
                ),
            ),
        ),
        Tutorial(
            "mnist-cnn",
            "mnist-cnn",
            "mnist",
            Words("MNIST with two convolutions", "합성곱 두 층으로 하는 MNIST"),
            {"accuracy": 0.9928},
            0.990,
            (
                _VALIDATION_WAS_TEST,
                Words(
                    "So 50,000 pictures train instead of 60,000.",
                    "그래서 60,000장이 아니라 50,000장으로 학습합니다.",
                ),
                _LAST_WEIGHTS,
            ),
        ),
        Tutorial(
            "fashion-cnn",
            "fashion-cnn",
            "fashion_mnist",
            Words("Fashion-MNIST with two convolutions", "합성곱 두 층으로 하는 패션 MNIST"),
            {"accuracy": 0.9119, "val_accuracy": 0.9186},
            0.907,
            (
                Words(
                    "The document cuts its validation part (20 %) from the training pictures too, but not class by class; here it is stratified.",
                    "문서도 검증 부분(20 %)을 학습 그림에서 떼지만 클래스별로 맞추지는 않습니다. 여기서는 클래스 비율을 맞춥니다.",
                ),
                Words(
                    "Test pictures that also stand among the training pictures are left out of training and counted.",
                    "학습 그림에도 들어 있는 테스트 그림은 학습에서 빼고 그 수를 셉니다.",
                ),
            ),
        ),
        Tutorial(
            "shapes-cnn",
            "shapes-cnn",
            "shapes",
            Words("Hand-drawn shapes from folders", "폴더에 담은 손그림 도형"),
            {"accuracy": 1.0},
            1.0,
            (
                _VALIDATION_WAS_TEST,
                Words(
                    "So 36 drawings train instead of 45; each epoch still takes 45 steps of 3.",
                    "그래서 45장이 아니라 36장으로 학습합니다. 한 에포크는 그대로 3장씩 45스텝입니다.",
                ),
                Words(
                    "Fifteen of fifteen still leaves room: the 95 % interval of such a score reaches down to 80 %.",
                    "15장을 모두 맞혀도 여지는 남습니다. 이런 점수의 95 % 구간은 아래로 80 %까지입니다.",
                ),
            ),
        ),
    )
}
