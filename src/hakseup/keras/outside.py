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
    "Pictures are varied by RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast and RandomBrightness here.",
    "여기서 그림을 변형하는 층은 RandomFlip, RandomRotation, RandomZoom, RandomTranslation, RandomContrast, RandomBrightness입니다.",
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
_KEPT = Words(
    "model.save('name.keras') keeps the whole model, load_model opens it; today's Keras on TensorFlow opens that file too and "
    "exports or converts it.",
    "model.save('이름.keras')로 모델 전체를 저장하고 load_model로 엽니다. 오늘의 케라스(텐서플로)도 그 파일을 열어 내보내거나 "
    "변환할 수 있습니다.",
)
_COLUMNS = Words(
    "Columns of a table: pandas.get_dummies and scikit-learn's StandardScaler make numbers for Dense; or hakseup train TABLE.csv "
    "--target COLUMN, which prepares them itself.",
    "표의 열은 pandas.get_dummies와 사이킷런의 StandardScaler로 숫자로 바꾸어 Dense에 넣으세요. hakseup train 표.csv --target 열은 "
    "이것을 알아서 합니다.",
)
_READ = Words(
    "Read the file with pandas.read_csv or numpy.load; tf.data.Dataset.from_tensor_slices((x, y)) makes the batches.",
    "파일은 pandas.read_csv나 numpy.load로 읽고, tf.data.Dataset.from_tensor_slices((x, y))로 배치를 만드세요.",
)
_NUMPY = Words(
    "NumPy does it: model.predict gives arrays of NumPy, np.argmax(model.predict(x), axis=-1).",
    "NumPy로 하세요. model.predict는 NumPy 배열을 돌려줍니다: np.argmax(model.predict(x), axis=-1)",
)
_LOGS = Words(
    "keras.callbacks.TensorBoard(log_dir='logs') writes the files that TensorBoard reads.",
    "텐서보드가 읽는 파일은 keras.callbacks.TensorBoard(log_dir='logs')가 씁니다.",
)
_WEIGHTS = Words(
    "model.save_weights('name.weights.h5') and model.load_weights keep the weights, model.save the whole model.",
    "가중치는 model.save_weights('이름.weights.h5')와 model.load_weights로, 모델 전체는 model.save로 저장합니다.",
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
    **dict.fromkeys(("estimator", "placeholder", "Session", "InteractiveSession", "contrib"), _GRAPHS),
    **dict.fromkeys(
        (
            "feature_column",
            "DenseFeatures",
            "StringLookup",
            "IntegerLookup",
            "CategoryEncoding",
            "Discretization",
        ),
        _COLUMNS,
    ),
    **dict.fromkeys(
        ("make_csv_dataset", "CsvDataset", "TextLineDataset", "TFRecordDataset", "HDF5Matrix", "io_utils"),
        _READ,
    ),
    **dict.fromkeys(("saved_model", "lite", "TFLiteConverter", "export"), _KEPT),
    **dict.fromkeys(("Checkpoint", "CheckpointManager", "Saver"), _WEIGHTS),
    **dict.fromkeys(("summary", "create_file_writer", "FileWriter"), _LOGS),
    **dict.fromkeys(
        ("conv2d", "max_pool", "max_pool2d", "bias_add"),
        Words(
            "The layers are keras.layers.Conv2D, MaxPooling2D and Dense, in a keras.Sequential([...]).",
            "층은 keras.layers.Conv2D, MaxPooling2D, Dense를 keras.Sequential([...])에 넣어 씁니다.",
        ),
    ),
    **dict.fromkeys(
        (
            *("sigmoid_cross_entropy_with_logits", "softmax_cross_entropy_with_logits"),
            *("sparse_softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2"),
        ),
        Words(
            "keras.losses.BinaryCrossentropy, CategoricalCrossentropy and SparseCategoricalCrossentropy take from_logits=True.",
            "keras.losses.BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy에 from_logits=True를 주세요.",
        ),
    ),
    **dict.fromkeys(("input_data", "examples"), _DATASETS),
    "ragged": _SEQUENCES,
    "InputSpec": _OWN_CODE,
    "tensorflow_addons": Words(
        "keras.optimizers has AdamW; a loss or a metric of one's own is a function of y_true and y_pred, written with keras.backend. "
        "F1 of classes: sklearn.metrics.f1_score(y, model.predict(x).argmax(axis=1), average='macro').",
        "keras.optimizers에 AdamW가 있습니다. 손실과 지표는 keras.backend로 y_true와 y_pred의 함수를 써서 직접 만드세요. "
        "클래스의 F1은 sklearn.metrics.f1_score(y, model.predict(x).argmax(axis=1), average='macro')입니다.",
    ),
    **dict.fromkeys(
        ("autokeras", "tensorflow_decision_forests"),
        Words(
            "hakseup train FOLDER, or hakseup train TABLE.csv --target COLUMN, chooses network and settings itself.",
            "hakseup train 폴더, 또는 hakseup train 표.csv --target 열은 신경망과 설정을 알아서 고릅니다.",
        ),
    ),
    **dict.fromkeys(
        ("theano", "cntk", "tflearn", "lasagne"),
        Words(
            "Keras needs no such library below it any more: leave the import out. Arrays are NumPy's, networks keras.Sequential([...]).",
            "이제 케라스 아래에 그런 라이브러리가 필요하지 않으니 import를 빼세요. 배열은 NumPy로, 신경망은 keras.Sequential([...])로 만듭니다.",
        ),
    ),
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
    "linalg": _NUMPY,
    "gradients": Words(
        "Gradients are not handed out as tensors here; model.train_on_batch(x, y) makes a step by them. What in a "
        "picture speaks for a class is shown by hakseup studio for a network that hakseup train made.",
        "여기서는 기울기를 텐서로 꺼낼 수 없습니다. model.train_on_batch(x, y)가 기울기로 한 스텝 학습합니다. hakseup train으로 "
        "만든 신경망이 그림의 어디를 보는지는 hakseup studio에서 볼 수 있습니다.",
    ),
    "add_loss": Words(
        "A loss of one's own is a function of (y_true, y_pred): model.compile(loss=my_loss); of the weights, kernel_regularizer.",
        "손실은 (y_true, y_pred)의 함수로 만들어 model.compile(loss=my_loss)에 넘기고, 가중치에 대한 손실은 kernel_regularizer로 씁니다.",
    ),
    "multi_gpu_model": Words(
        "Leave the line out: model = build(); hakseup uses the graphics card that is there.",
        "이 줄을 빼고 쓰세요. hakseup은 있는 그래픽 카드를 알아서 씁니다.",
    ),
    **dict.fromkeys(
        (
            "applications",
            "VGG16",
            "ResNet50",
            "MobileNetV2",
            "InceptionV3",
            "efficientnet",
            "classification_models",
        ),
        _PRETRAINED,
    ),
    **dict.fromkeys(("keras_cv", "keras_hub"), _PRETRAINED),
    "keras_nlp": _SEQUENCES,
    **dict.fromkeys(
        (
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
    kind = MissingImport if imported(3) and not name.startswith("_") else MissingName
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


def imported(depth: int = 2) -> bool:
    """Whether a module's `__getattr__`, which asks so many calls below, was called for `from module import name`."""
    frame = sys._getframe(depth)  # of whoever asked for the name
    # A package is asked twice: first by the import system, which goes on to look for a submodule of that name.
    return frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM
