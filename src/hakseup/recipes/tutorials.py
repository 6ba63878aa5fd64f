"""The tutorials: which recipe and data each is, the figures its document prints, and what we do differently."""

from __future__ import annotations

from dataclasses import dataclass

from hakseup.words import Words


@dataclass(frozen=True)
class Tutorial:
    """One system of the documents.

    name: its own, and its recipe's. document: metric -> the printed figure, "val_…" on its validation rows. reach: what we
    promise on the test part: an accuracy at least, or a mean squared error at most.
    """

    name: str
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
_FEWER = Words(
    "So 50,000 pictures train instead of 60,000.", "그래서 60,000장이 아니라 50,000장으로 학습합니다."
)
_LAST_WEIGHTS = Words(
    "As in the document, early stopping does not bring the best weights back: the last epoch is evaluated.",
    "문서처럼 조기 종료 뒤에 가장 좋은 가중치로 돌아가지 않습니다. 마지막 에포크를 평가합니다.",
)

_DUPLICATES = Words(
    "1,177 of the 6,497 rows are exact copies of others. In the document a copy may train and test at once; here copies stay on "
    "one side.",
    "6,497행 가운데 1,177행은 다른 행과 똑같습니다. 문서에서는 같은 행이 학습과 테스트에 함께 들어갈 수 있지만, 여기서는 늘 한쪽에만 "
    "둡니다.",
)
_ONE_HOT_FIRST = Words(
    "As in the document, one-hot columns and means come from all rows, the test rows too, and the columns were chosen by their "
    "correlation with the price over all rows. Both leak a little; of the first the run says so.",
    "문서처럼 원-핫 열과 평균을 테스트 행까지 모두 보고 만들며, 열도 모든 행에서 구한 집값과의 상관관계로 골랐습니다. 둘 다 정보가 "
    "조금 새며, 앞의 것은 실행 결과에도 적힙니다.",
)

TUTORIALS: dict[str, Tutorial] = {
    t.name: t
    for t in (
        Tutorial(
            "mnist-mlp",
            "mnist",
            Words("MNIST with one hidden layer", "은닉층 하나로 하는 MNIST"),
            {"accuracy": 0.9827},
            0.980,
            (
                _VALIDATION_WAS_TEST,
                _FEWER,
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
            "mnist",
            Words("MNIST with two convolutions", "합성곱 두 층으로 하는 MNIST"),
            {"accuracy": 0.9928},
            0.990,
            (
                _VALIDATION_WAS_TEST,
                _FEWER,
                _LAST_WEIGHTS,
            ),
        ),
        Tutorial(
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
        Tutorial(
            "wine-mlp",
            "wine",
            Words("Red or white wine", "레드 와인과 화이트 와인"),
            {"accuracy": 0.9885},
            0.97,
            (
                _DUPLICATES,
                Words(
                    "The columns go in as they are, as in the document. `--set preparation.numbers=standard` scales them and gives a "
                    "better network in fewer epochs.",
                    "문서처럼 열을 그대로 넣습니다. `--set preparation.numbers=standard`로 크기를 맞추면 더 적은 에포크로 더 나은 "
                    "신경망이 됩니다.",
                ),
            ),
        ),
        Tutorial(
            "pima-mlp",
            "pima",
            Words("Diabetes among the Pima", "피마 인디언 당뇨병"),
            {"accuracy": 0.7403},
            0.60,
            (
                Words(
                    "In the document early stopping goes on with the network that has just been trained for 2,000 epochs; so here "
                    "the best epoch is looked for after 2,000 (`stopping.start`). From the start it would stop after some two "
                    "hundred, at 65 % on average.",
                    "문서의 조기 종료는 2,000에포크를 학습한 신경망에 이어서 합니다. 그래서 여기서도 2,000에포크 뒤부터 가장 좋은 "
                    "에포크를 고릅니다(`stopping.start`). 처음부터 고르면 200에포크쯤에서 멈추고 정확도는 평균 65 %입니다.",
                ),
                Words(
                    "The document scores one test part of 154 rows: another draw of these rows moves the figure by several points. "
                    "`hakseup crossval pima --recipe pima-mlp --repeats 4` says more.",
                    "문서의 수치는 154행짜리 테스트 한 번의 것입니다. 행을 다르게 뽑으면 몇 %p씩 달라집니다. "
                    "`hakseup crossval pima --recipe pima-mlp --repeats 4`가 더 많은 것을 알려 줍니다.",
                ),
            ),
        ),
        Tutorial(
            "house-5",
            "house",
            Words("House prices from five columns", "열 다섯 개로 예측하는 주택 가격"),
            {"val_mse": 1.81e9},
            4e9,
            (_ONE_HOT_FIRST,),
        ),
        Tutorial(
            "house-9",
            "house",
            Words("House prices from nine columns", "열 아홉 개로 예측하는 주택 가격"),
            {"val_mse": 2.16e9},
            4e9,
            (_ONE_HOT_FIRST,),
        ),
    )
}
