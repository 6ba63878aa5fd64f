"""What is outside the vocabulary says so: which name is missing, what is nearest, and how hakseup does it."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable

from hakseup.errors import HakseupError, nearest
from hakseup.words import Words

_IMPORT_FROM = dis.opmap["IMPORT_FROM"]


class MissingName(HakseupError, AttributeError):
    """`keras.layers.LSTM`: an AttributeError, so that `hasattr` and `getattr` with a default work."""


class MissingImport(HakseupError, ImportError):
    """`from keras.layers import LSTM`: Python would put a sentence of its own over an AttributeError."""


_SEQUENCES = Words(
    "Text and sequences are outside of hakseup: it learns from pictures and tables.",
    "글과 시계열은 hakseup에서 다루지 않습니다. hakseup은 그림과 표로 학습합니다.",
)
_PRETRAINED = Words(
    "A network that has learned on photographs: hakseup train FOLDER --recipe photos.",
    "사진으로 미리 학습한 신경망은 hakseup train 폴더 --recipe photos로 씁니다.",
)
_AUGMENT = Words(
    "Pictures are varied by RandomFlip, RandomRotation, RandomZoom, RandomTranslation and RandomContrast here.",
    "여기서 그림을 변형하는 층은 RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast입니다.",
)
_OWN_CODE = Words(
    "A layer of one's own code: write a torch.nn.Module and give it to hakseup.train(data, network=module).",
    "직접 짠 코드로 만드는 층은 torch.nn.Module로 만들어 hakseup.train(data, network=module)에 넘기세요.",
)
_GRAPHS = Words(
    "TensorFlow 1's graphs and estimators are not run here; the same network is keras.Sequential([...]) with fit.",
    "텐서플로 1의 그래프와 estimator는 실행하지 않습니다. 같은 신경망을 keras.Sequential([...])과 fit으로 만드세요.",
)
_DATASETS = Words(
    "keras.datasets has mnist, fashion_mnist, cifar10, cifar100, boston_housing and california_housing; hakseup data lists what "
    "hakseup fetches.",
    "keras.datasets에 mnist, fashion_mnist, cifar10, cifar100, boston_housing, california_housing이 있습니다. hakseup이 내려받는 "
    "데이터는 hakseup data로 볼 수 있습니다.",
)
# How to do it here, for names that beginners' code has
_INSTEAD: dict[str, Words] = {
    **dict.fromkeys(
        (
            "LSTM",
            "GRU",
            "SimpleRNN",
            "Bidirectional",
            "RepeatVector",
            "TimeDistributed",
            "Embedding",
            "TextVectorization",
            "Conv1D",
            "Convolution1D",
            "MaxPooling1D",
            "MaxPool1D",
            "AveragePooling1D",
            "GlobalMaxPooling1D",
            "GlobalAveragePooling1D",
            "MultiHeadAttention",
            "Attention",
            "ConvLSTM2D",
            "text",
            "sequence",
            "Tokenizer",
            "pad_sequences",
            "timeseries_dataset_from_array",
            "text_dataset_from_directory",
            "imdb",
            "reuters",
        ),
        _SEQUENCES,
    ),
    "Lambda": _OWN_CODE,
    "GradientTape": Words(
        "A loop of one's own: model.train_on_batch(x, y) makes one step, and a loss of one's own is a function of y_true and y_pred.",
        "학습 반복을 직접 쓰려면 model.train_on_batch(x, y)로 한 스텝씩 하세요. 직접 만든 오차는 y_true와 y_pred의 함수로 주면 됩니다.",
    ),
    **dict.fromkeys(("estimator", "feature_column", "placeholder", "Session", "InteractiveSession"), _GRAPHS),
    **dict.fromkeys(("tensorflow_datasets", "tfds"), _DATASETS),
    **dict.fromkeys(("tensorflow_hub", "hub"), _PRETRAINED),
    **dict.fromkeys(
        ("keras_tuner", "kerastuner"),
        Words(
            "Several settings are tried by scikit-learn: GridSearchCV(KerasClassifier(build), {'units': [8, 16]}), "
            "with KerasClassifier from keras.wrappers.scikit_learn.",
            "여러 설정은 사이킷런으로 견주어 보세요: keras.wrappers.scikit_learn의 KerasClassifier를 써서 "
            "GridSearchCV(KerasClassifier(build), {'units': [8, 16]})",
        ),
    ),
    "model_from_yaml": Words(
        "model.to_json() and model_from_json describe the network.",
        "신경망의 구조는 model.to_json()과 model_from_json으로 다룹니다.",
    ),
    "ops": Words(
        "NumPy does it: model.predict gives arrays of NumPy, np.argmax(model.predict(x), axis=-1).",
        "NumPy로 하세요. model.predict는 NumPy 배열을 돌려줍니다: np.argmax(model.predict(x), axis=-1)",
    ),
    "gradients": Words(
        "Gradients are not handed out as tensors here; model.train_on_batch(x, y) makes a step by them. What in a "
        "picture speaks for a class is shown by hakseup studio for a network that hakseup train made.",
        "여기서는 기울기를 텐서로 꺼낼 수 없습니다. model.train_on_batch(x, y)가 기울기로 한 스텝 학습합니다. hakseup train으로 "
        "만든 신경망이 그림의 어디를 보는지는 hakseup studio에서 볼 수 있습니다.",
    ),
    "export": Words(
        "model.save('name.keras') keeps the model; today's Keras opens that file and exports it.",
        "model.save('이름.keras')로 저장하세요. 오늘의 케라스가 그 파일을 열어 내보낼 수 있습니다.",
    ),
    "add_loss": Words(
        "A loss of one's own is a function of (y_true, y_pred): model.compile(loss=my_loss); of the weights, kernel_regularizer.",
        "손실은 (y_true, y_pred)의 함수로 만들어 model.compile(loss=my_loss)에 넘기고, 가중치에 대한 손실은 kernel_regularizer로 씁니다.",
    ),
    "multi_gpu_model": Words(
        "Leave the line out: model = build(); hakseup uses the graphics card that is there.",
        "이 줄을 빼고 쓰세요. hakseup은 있는 그래픽 카드를 알아서 씁니다.",
    ),
    "BackupAndRestore": Words(
        "ModelCheckpoint('name.keras') keeps the model with its optimizer; load_model and fit(initial_epoch=…) go on.",
        "ModelCheckpoint('이름.keras')로 옵티마이저까지 저장하고, load_model과 fit(initial_epoch=…)로 이어서 학습하세요.",
    ),
    **dict.fromkeys(("applications", "VGG16", "ResNet50", "MobileNetV2", "InceptionV3"), _PRETRAINED),
    **dict.fromkeys(
        (
            "RandomBrightness",
            "RandomCrop",
            "RandomHue",
        ),
        _AUGMENT,
    ),
}


def instead(name: str) -> Words | None:
    """How it is done in hakseup, for a dotted name that is outside; None where nobody has said."""
    return next((_INSTEAD[part] for part in reversed(name.split(".")) if part in _INSTEAD), None)


def missing(module: str, name: str, known: Iterable[str]) -> HakseupError:
    """The error for a name that a module of the facade does not have; raise it from a module's `__getattr__`.

    Args:
        module: as people write it, "keras.layers".
        name: what they asked for.
        known: what the module has.

    Returns:
        An AttributeError where an attribute was asked for, an ImportError in `from module import name`.
    """
    kind = MissingImport if _imported() and not name.startswith("_") else MissingName
    hints = [_INSTEAD[name]] if name in _INSTEAD else []
    lowered = {entry.lower(): entry for entry in known}
    near = nearest(name.lower(), list(lowered))
    if near is not None and not hints:
        hints.append(Words(f"Did you mean {lowered[near]}?", f"{lowered[near]}을(를) 뜻하셨나요?"))
    if not hints:
        listed = ", ".join(sorted(lowered.values(), key=str.lower))
        hints.append(Words(f"There are: {listed}.", f"쓸 수 있는 것: {listed}."))
    return kind(
        "outside-the-vocabulary",
        Words(f"{module} has no {name} here.", f"여기의 {module}에는 {name}이(가) 없습니다."),
        hints[0],
    )


def _imported() -> bool:
    """Whether the module's `__getattr__` was called for `from module import name`."""
    frame = sys._getframe(3)  # this function, `missing`, `__getattr__`, and who asked
    # A package is asked twice: first by the import system, which goes on to look for a submodule of that name.
    return frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM
