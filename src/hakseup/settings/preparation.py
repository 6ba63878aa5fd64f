"""The settings of the preparation: `scale` and `views` are for pictures, all others for tables."""

from __future__ import annotations

from dataclasses import dataclass

from hakseup.settings.rows import _


@dataclass(frozen=True)
class PreparationSettings:
    scale: str = _(
        "standard",
        "pixels: unit divides by 255; standard then takes off the mean and divides by the deviation of the training part",
        "픽셀: unit은 255로 나눔, standard는 학습 부분의 평균을 빼고 표준편차로 나눔",
        choices=("unit", "standard"),
    )
    views: str = _(
        "one",
        "what a prediction looks at: one, the picture; mirrored, also its mirror image, and the mean of both; auto: mirrored if it was learned so",
        "예측할 때 보는 것. one: 그림, mirrored: 뒤집은 그림도 보고 평균, auto: 뒤집어 가며 학습했으면 mirrored",
        choices=("one", "mirrored", "auto"),
    )
    numbers: str = _(
        "auto",
        "table: how numbers are scaled: bounded by mean and deviation, outliers moved to Tukey's fences; robust by median "
        "and quartiles, outliers drawn in smoothly; standard by mean and deviation; quantile to a normal distribution; none; "
        "auto: bounded",
        "표: 수를 맞추는 법. bounded: 평균과 표준편차(이상치는 튜키 울타리까지 당김), robust: 중앙값과 사분위수(이상치는 "
        "매끄럽게 당김), standard: 평균과 표준편차, quantile: 정규 분포로, none: 그대로, auto: bounded",
        choices=("auto", "bounded", "robust", "standard", "quantile", "none"),
    )
    missing: str = _(
        "auto",
        "table: what stands for a missing number: median or mean of the training part; auto: median",
        "표: 빠진 수를 채우는 값. 학습 부분의 median(중앙값) 또는 mean(평균), auto: median",
        choices=("auto", "median", "mean"),
    )
    indicators: bool = _(
        True,
        "table: say with a column of its own where a value was missing",
        "표: 값이 빠져 있었음을 알리는 열을 따로 둡니다",
    )
    categories: str = _(
        "auto",
        "table: how categories reach the network: one_hot, embedding (only without network.layers), or auto: one-hot up to "
        "32 categories in a column",
        "표: 범주를 신경망에 넣는 법. one_hot, embedding(network.layers가 없을 때만), auto: 한 열에 범주 32개까지 원-핫",
        choices=("auto", "one_hot", "embedding"),
    )
    rare: int = _(
        0,
        "table: a category with fewer training rows is taken as an unseen one; 0: chosen from the number of rows, 2 to 10",
        "표: 학습 행이 이보다 적은 범주는 처음 보는 범주로 다룹니다. 0: 행 수를 보고 2에서 10 사이로 정합니다",
        low=0,
    )
    most: int = _(
        500,
        "table: at most this many categories of a column, the commonest; the others are taken as unseen",
        "표: 한 열에서 가장 흔한 범주를 이만큼까지만 씁니다. 나머지는 처음 보는 범주로 다룹니다",
        low=1,
    )
    inputs: int = _(
        2_000,
        "table: at most about this many numbers of a row reach the network (a category counts one for each value, 32 at "
        "most); of more, those of the columns that go most closely with the target in training rows; 0: all",
        "표: 신경망에 들어가는 수를 한 행에 이만큼까지만 씁니다(범주는 값마다 하나, 많아야 32개). 더 많으면 학습 행에서 목표와 "
        "가장 관련이 깊은 열부터 씁니다. 0: 전부",
        low=0,
    )
    target: str = _(
        "auto",
        "table: how a number is learned: standard by mean and deviation; log also takes the logarithm; none; "
        "auto: log where it is positive and skewed",
        "표: 수인 목표를 배우는 법. standard: 평균과 표준편차, log: 로그도 취함, none: 그대로, "
        "auto: 양수이고 한쪽으로 치우치면 log",
        choices=("auto", "standard", "log", "none"),
    )
    columns: tuple[str, ...] = _(
        (),
        "table: only these columns, as they are called after one-hot encoding; empty: all",
        "표: 원-핫 인코딩 뒤의 이름으로 고른 열만 씁니다. 비우면 전부",
    )
    fitted_on: str = _(
        "training",
        "table: rows that fills, scales and categories come from; all also looks at rows that validate and test, "
        "which leaks: for the tutorials only",
        "표: 채울 값·크기·범주를 정할 행. all은 검증·테스트 행도 보므로 정보가 새어 나옵니다(튜토리얼 재현용)",
        choices=("training", "all"),
    )
