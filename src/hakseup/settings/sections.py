"""The one table of settings: the command line, its help, the check of recipes and docs/settings.md come from here.

A setting is a field of one of the frozen dataclasses below; `_()` gives it its default, its bounds and its
words (see `rows`). `Recipe` holds one object per section; `recipe.training.epochs` is a plain int.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hakseup.settings.augmentation import AugmentationSettings
from hakseup.settings.preparation import PreparationSettings
from hakseup.settings.rows import _


@dataclass(frozen=True)
class DataSettings:
    source: str = _(
        "",
        "folder, file or known name; written into the saved recipe",
        "폴더, 파일 또는 알려진 이름. 저장된 레시피에 기록됩니다",
    )
    classes: tuple[str, ...] = _(
        (),
        "train on these classes only; empty: all",
        "이 클래스만 학습합니다. 비우면 전부",
        option="--classes",
    )
    size: tuple[int, ...] = _(
        (),
        "height, width in pixels; empty: chosen from the data",
        "세로, 가로 픽셀 수. 비우면 데이터를 보고 정합니다",
        low=1,
        high=4096,
    )
    mode: str = _(
        "auto",
        "colour of the pictures; auto: grayscale only if all are grey",
        "그림의 색. auto: 모두 회색일 때만 grayscale",
        choices=("auto", "grayscale", "rgb"),
    )
    fit: str = _(
        "pad",
        "how another shape becomes the target size: pad keeps proportions on the picture's own ground, stretch does not",
        "모양이 다른 그림을 맞추는 법. pad: 비율을 지키고 바탕색으로 채움, stretch: 늘림",
        choices=("pad", "stretch"),
    )
    max_refused: float = _(
        0.05,
        "largest share of files that may be refused before it is an error",
        "거절된 파일이 이 비율을 넘으면 오류입니다",
        low=0,
        high=1,
        option="--max-refused",
    )
    max_pixels: int = _(
        50_000_000,
        "a picture with more pixels is refused",
        "픽셀이 이보다 많은 그림은 거절합니다",
        low=1,
    )
    target: str = _(
        "",
        "table: the column that is predicted, by name or number from 1; empty: the last",
        "표: 예측할 열의 이름 또는 1부터 세는 번호. 비우면 마지막 열",
        option="--target",
    )
    task: str = _(
        "auto",
        "table: whether the target names classes or is a number; auto: found from its values",
        "표: 목표가 클래스인지 수인지. auto: 값을 보고 정합니다",
        choices=("auto", "classes", "number"),
        option="--task",
    )
    group: str = _(
        "",
        "table: rows with the same value in this column (patient, customer) stay in one part",
        "표: 이 열의 값이 같은 행(환자, 고객 등)은 한쪽에만 둡니다",
        option="--group",
    )
    time: str = _(
        "",
        "table: the latest rows by this column are the test part, those before them validate",
        "표: 이 열로 가장 늦은 행이 테스트, 그 앞의 행이 검증 부분이 됩니다",
        option="--time",
    )
    ignore: tuple[str, ...] = _(
        (),
        "table: columns that are not learned from",
        "표: 학습에 쓰지 않을 열",
        option="--ignore",
    )


@dataclass(frozen=True)
class SplitSettings:
    test: float = _(
        0.2,
        "share set aside as the sealed test part, where the data brings none",
        "데이터에 테스트 부분이 없을 때 떼어 봉인할 비율",
        above=0,
        high=0.9,
    )
    validation: float = _(
        0.1,
        "share of what is left that validates (chooses the epoch, stops early)",
        "나머지에서 검증에 쓸 비율(에포크를 고르고 일찍 멈춤)",
        above=0,
        high=0.9,
    )
    seed: int = _(
        0,
        "chooses another test part: scores are then not comparable with earlier ones, and the old test part is training data",
        "다른 테스트 부분을 고릅니다. 이전 점수와 비교할 수 없고, 이전 테스트 부분은 학습 데이터가 됩니다",
        low=0,
        option="--split-seed",
    )


@dataclass(frozen=True)
class NetworkSettings:
    name: str = _("fast", "a network from the catalog", "준비된 신경망 이름")
    small: str = _(
        "",
        "the one to take instead on data that training.small_below calls small; empty: the same",
        "training.small_below보다 적은 데이터에서 대신 쓸 신경망. 비우면 같은 것",
    )
    layers: tuple[str, ...] = _(
        (),
        "layers in the Keras vocabulary; they replace the name",
        "Keras 어휘로 적은 층 목록. 이름 대신 씁니다",
    )
    weights: str = _(
        "",
        "file (.safetensors, .pth) with the first weights of EfficientNetLite0; empty: those of the installed package",
        "EfficientNetLite0의 처음 가중치 파일(.safetensors, .pth). 비우면 설치된 패키지의 것",
    )
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingSettings:
    epochs: int = _(
        10,
        "how often the training part is gone through",
        "학습 부분을 몇 번 볼지",
        low=1,
        high=1_000_000,
        option="--epochs",
    )
    batch_size: int = _(
        128, "pictures per step", "한 번에 학습할 그림 수", low=1, high=1_000_000, option="--batch-size"
    )
    min_batches: int = _(
        0,
        "on small data, make batches smaller (not under 16) so that one pass has at least this many; 0: never",
        "데이터가 적으면 한 번 보는 데 배치가 적어도 이만큼 되도록 배치를 줄입니다(16 아래로는 줄이지 않음). 0: 그대로",
        low=0,
    )
    steps_per_epoch: int = _(
        0,
        "steps called one epoch; 0: as many as show every picture once",
        "한 에포크의 스텝 수. 0: 모든 그림을 한 번씩",
        low=0,
    )
    min_steps: int = _(
        0,
        "on small data, lengthen the training to at least this many steps: more epochs, then longer ones",
        "데이터가 적으면 적어도 이 스텝 수만큼 학습합니다. 에포크를 늘리고, 그다음 에포크를 길게 합니다",
        low=0,
    )
    parts: int = _(
        1,
        "work on a batch in this many parts side by side, each with batch normalisation of its own; faster for "
        "small networks on several cores",
        "배치를 이만큼의 조각으로 나누어 나란히 계산합니다(배치 정규화도 조각마다). 코어가 여럿일 때 작은 신경망이 빨라집니다",
        low=1,
        high=16,
    )
    loss: str = _(
        "categorical_crossentropy",
        "what is minimised: categorical_crossentropy, categorical_hinge or mean_squared_error",
        "줄일 오차: categorical_crossentropy, categorical_hinge, mean_squared_error",
        choices=("categorical_crossentropy", "categorical_hinge", "mean_squared_error"),
    )
    optimizer: str = _(
        "adam", "adam, adamw or sgd", "adam, adamw, sgd 중 하나", choices=("adam", "adamw", "sgd")
    )
    learning_rate: float = _(
        0.001,
        "step size (the peak, with a schedule)",
        "학습률(일정이 있으면 최고값)",
        above=0,
        high=100,
        option="--learning-rate",
    )
    momentum: float = _(0.9, "momentum of sgd", "sgd의 모멘텀", low=0, high=0.9999)
    nesterov: bool = _(True, "Nesterov momentum for sgd", "sgd에 네스테로프 모멘텀")
    weight_decay: float = _(
        0.0, "weight decay (decoupled for adamw), kernels only", "가중치 감쇠(커널에만)", low=0, high=10
    )
    epsilon: float = _(
        1e-7,
        "small number in Adam's denominator (Keras' default)",
        "Adam 분모의 작은 수(Keras 기본값)",
        above=0,
        high=1,
    )
    schedule: str = _(
        "constant",
        "how the learning rate moves: constant, one_cycle, cosine, linear",
        "학습률의 변화: constant, one_cycle, cosine, linear",
        choices=("constant", "one_cycle", "cosine", "linear"),
    )
    warmup: float = _(
        0.25,
        "share of the steps in which one_cycle rises",
        "one_cycle에서 학습률이 오르는 구간의 비율",
        low=0,
        high=0.9,
    )
    label_smoothing: float = _(
        0.0,
        "share of the target spread over all classes",
        "정답을 모든 클래스에 나누는 비율",
        low=0,
        high=0.5,
    )
    class_weight: str = _(
        "none",
        "balanced: rare classes count as much as common ones",
        "balanced: 드문 클래스를 흔한 클래스만큼 중요하게",
        choices=("none", "balanced"),
    )
    gradient_clip: float = _(
        0.0, "largest norm of the gradient; 0: no limit", "기울기 크기의 상한. 0: 없음", low=0
    )
    precision: str = _(
        "auto",
        "auto: bf16 where the machine has it, else fp32",
        "auto: 기계가 bf16을 지원하면 bf16, 아니면 fp32",
        choices=("auto", "bf16", "fp32"),
        option="--precision",
    )
    device: str = _(
        "auto",
        "auto, cpu, cuda or mps",
        "auto, cpu, cuda, mps 중 하나",
        choices=("auto", "cpu", "cuda", "mps"),
        option="--device",
    )
    final_fit: bool = _(
        False,
        "after choosing, fit once more on training plus validation",
        "고른 뒤에 학습+검증 부분으로 한 번 더 학습합니다",
    )
    small_below: int = _(
        0,
        "with fewer training and validation pictures than this, do the final fit too, and at least small_steps",
        "학습+검증 그림이 이보다 적으면 마지막에 한 번 더 학습하고, 적어도 small_steps만큼 학습합니다",
        low=0,
    )
    small_steps: int = _(
        0,
        "as min_steps, on data that small_below calls small",
        "small_below보다 적은 데이터에서 min_steps 대신 쓰는 스텝 수",
        low=0,
    )
    small_learning_rate: float = _(
        0.0,
        "learning rate on data that small_below calls small, whose batches are small too; 0: learning_rate",
        "small_below보다 적은 데이터의 학습률(배치도 작음). 0이면 learning_rate",
        low=0,
        high=10,
    )
    seed: int = _(0, "all random numbers come from it", "모든 난수의 출발점", low=0, option="--seed")


@dataclass(frozen=True)
class StoppingSettings:
    monitor: str = _(
        "val_loss",
        "what is watched to choose the best epoch and to stop early",
        "가장 좋은 에포크를 고르고 일찍 멈출 때 보는 값",
        choices=("val_loss", "val_accuracy", "loss", "accuracy"),
    )
    patience: int = _(
        0,
        "stop after this many epochs without improvement; 0: never",
        "이 에포크 동안 나아지지 않으면 멈춤. 0: 멈추지 않음",
        low=0,
        option="--patience",
    )
    start: int = _(
        0,
        "epochs that are trained before the best is looked for and patience counts",
        "이 에포크까지는 그대로 학습하고, 그 뒤부터 가장 좋은 에포크를 고르고 기다림을 셉니다",
        low=0,
    )
    min_delta: float = _(
        0.0, "smallest change that counts as improvement", "나아졌다고 볼 가장 작은 변화", low=0
    )
    mode: str = _(
        "auto", "is smaller or larger better", "작을수록 또는 클수록 좋은지", choices=("auto", "min", "max")
    )
    restore_best: bool = _(True, "end with the weights of the best epoch", "가장 좋은 에포크의 가중치로 끝냄")


@dataclass(frozen=True)
class CheckpointSettings:
    save: str = _(
        "none",
        "weight files besides the chosen ones: every epoch, every improved epoch, the best alone, none",
        "따로 저장할 가중치: 매 에포크, 나아진 에포크마다, 가장 좋은 것만, 없음",
        choices=("none", "best", "improved", "every"),
    )
    pattern: str = _(
        "{epoch:04d}-{val_loss:.4f}",
        "their file names, with the values of the epoch",
        "파일 이름. 에포크의 값이 들어감",
    )
    seconds: float = _(
        10.0,
        "seconds between the checkpoints a resume needs",
        "이어서 학습하는 데 필요한 체크포인트 간격(초)",
        low=0,
    )


@dataclass(frozen=True)
class PredictionSettings:
    false_alarms: float = _(
        0.01,
        "largest share of pictures like the training pictures that get “I do not know”; 0: only empty pictures do",
        "학습 그림과 비슷한데도 ‘모르겠습니다’라고 답할 비율의 상한. 0이면 빈 그림에만 그렇게 답합니다",
        low=0,
        high=0.5,
        option="--false-alarms",
    )


SECTIONS: dict[str, type] = {
    "data": DataSettings,
    "split": SplitSettings,
    "preparation": PreparationSettings,
    "augmentation": AugmentationSettings,
    "network": NetworkSettings,
    "training": TrainingSettings,
    "stopping": StoppingSettings,
    "checkpoint": CheckpointSettings,
    "prediction": PredictionSettings,
}
