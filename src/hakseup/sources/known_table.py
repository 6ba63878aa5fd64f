"""The table of known data sets, and nothing else: addresses, sizes, SHA-256, class names, licences.

The SHA-256 of mnist.npz is that of Keras' own loader, those of the MNIST files and of CIFAR-10 are from TensorFlow
Datasets' url_checksums, those of Fashion-MNIST are the same in both. The archive of the drawn shapes has no
published one: the 60 pictures in it are held against a digest of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hakseup.sources.found import ClassName
from hakseup.words import Words

Form = Literal["npz", "idx", "cifar", "folder", "package"]


@dataclass(frozen=True)
class Remote:
    """A file that can be fetched, from any of its addresses."""

    name: str
    urls: tuple[str, ...]
    sha256: str | None  # None: what is unpacked from it is checked instead
    size: int | None  # bytes


@dataclass(frozen=True)
class Bundle:
    """The files of a data set at one publisher, and the file or folder that they make."""

    place: str
    form: Form
    remotes: tuple[Remote, ...]

    @property
    def size(self) -> int | None:
        """Bytes to fetch; None where they are not known."""
        sizes = [remote.size for remote in self.remotes if remote.size is not None]
        return sum(sizes) if len(sizes) == len(self.remotes) else None


@dataclass(frozen=True)
class Known:
    """One known data set."""

    name: str
    title: Words
    kind: str
    classes: tuple[ClassName, ...]
    picture: tuple[int, int]  # height, width in pixels
    n: dict[str, int]  # part -> pictures, as published; "all" where it comes without parts
    licence: str | None  # None: the author states none
    citation: str
    page: str
    places: tuple[tuple[str, Form], ...] = ()  # what it may be called where a person put it
    bundles: tuple[Bundle, ...] = ()  # none: it comes with scikit-learn
    content: str | None = None  # digest of an unpacked folder, see `known.content_digest`


def _classes(*pairs: str) -> tuple[ClassName, ...]:
    """Classes 0, 1, 2, … from "English|Korean"."""
    return tuple(ClassName(str(i), Words(*pair.split("|"))) for i, pair in enumerate(pairs))


def _idx(place: str, bases: tuple[str, ...], **files: tuple[str, int]) -> Bundle:
    """The four files of an IDX data set; each keyword is `part_what`, its value SHA-256 and bytes."""
    names = {
        "train_images": "train-images-idx3-ubyte.gz",
        "train_labels": "train-labels-idx1-ubyte.gz",
        "test_images": "t10k-images-idx3-ubyte.gz",
        "test_labels": "t10k-labels-idx1-ubyte.gz",
    }
    return Bundle(
        place,
        "idx",
        tuple(
            Remote(names[key], tuple(base + names[key] for base in bases), sha256, size)
            for key, (sha256, size) in files.items()
        ),
    )


_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_CVDF = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_ZALANDO = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_SHAPES = "tykimos.github.io/warehouse/2017-3-8_CNN_Getting_Started_handwriting_shape.zip"
_DIGITS = _classes(*(f"{digit}|{digit}" for digit in range(10)))

TABLE: tuple[Known, ...] = (
    Known(
        name="mnist",
        title=Words("MNIST handwritten digits", "MNIST 손글씨 숫자"),
        kind="digits",
        classes=_DIGITS,
        picture=(28, 28),
        n={"train": 60_000, "test": 10_000},
        licence="CC BY-SA 3.0",
        citation="Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits.",
        page="http://yann.lecun.com/exdb/mnist/",
        places=(("mnist.npz", "npz"), ("mnist", "idx")),
        bundles=(
            Bundle(
                "mnist.npz",
                "npz",
                (
                    Remote(
                        "mnist.npz",
                        (_KERAS + "mnist.npz",),
                        "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
                        11_490_434,
                    ),
                ),
            ),
            _idx(
                "mnist",
                (_CVDF,),
                train_images=("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9_912_422),
                train_labels=("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28_881),
                test_images=("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1_648_877),
                test_labels=("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4_542),
            ),
        ),
    ),
    Known(
        name="fashion_mnist",
        title=Words("Fashion-MNIST garments", "Fashion-MNIST 패션 상품"),
        kind="garments",
        classes=_classes(
            "T-shirt/top|티셔츠",
            "Trouser|바지",
            "Pullover|스웨터",
            "Dress|드레스",
            "Coat|코트",
            "Sandal|샌달",
            "Shirt|셔츠",
            "Sneaker|스니커즈",
            "Bag|가방",
            "Ankle boot|앵클 부츠",
        ),
        picture=(28, 28),
        n={"train": 60_000, "test": 10_000},
        licence="MIT",
        citation="H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking "
        "Machine Learning Algorithms. arXiv:1708.07747, 2017.",
        page="https://github.com/zalandoresearch/fashion-mnist",
        places=(("fashion_mnist.npz", "npz"), ("fashion_mnist", "idx"), ("fashion-mnist", "idx")),
        bundles=(
            _idx(
                "fashion_mnist",
                (_KERAS, _ZALANDO),
                train_images=("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26_421_880),
                train_labels=("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29_515),
                test_images=("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4_422_102),
                test_labels=("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5_148),
            ),
        ),
    ),
    Known(
        name="cifar10",
        title=Words("CIFAR-10 small photographs", "CIFAR-10 작은 사진"),
        kind="photographs",
        classes=_classes(
            "airplane|비행기",
            "automobile|자동차",
            "bird|새",
            "cat|고양이",
            "deer|사슴",
            "dog|개",
            "frog|개구리",
            "horse|말",
            "ship|배",
            "truck|트럭",
        ),
        picture=(32, 32),
        n={"train": 50_000, "test": 10_000},
        licence=None,
        citation="A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images. 2009.",
        page="https://www.cs.toronto.edu/~kriz/cifar.html",
        places=(("cifar10.npz", "npz"), ("cifar-10-batches-bin", "cifar")),
        bundles=(
            Bundle(
                "cifar-10-batches-bin",
                "cifar",
                (
                    Remote(
                        "cifar-10-binary.tar.gz",
                        ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
                        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                        170_052_171,
                    ),
                ),
            ),
        ),
    ),
    Known(
        name="digits",
        title=Words("scikit-learn's handwritten digits", "scikit-learn 손글씨 숫자"),
        kind="digits",
        classes=_DIGITS,
        picture=(8, 8),
        n={"all": 1_797},
        licence="CC BY 4.0",
        citation="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning "
        "Repository, 1998.",
        page="https://archive.ics.uci.edu/ml/datasets/Optical+Recognition+of+Handwritten+Digits",
    ),
    Known(
        name="shapes",
        title=Words("Hand-drawn circles, rectangles and triangles", "손으로 그린 원, 사각형, 삼각형"),
        kind="drawings",
        classes=(
            ClassName("circle", Words("circle", "원")),
            ClassName("rectangle", Words("rectangle", "사각형")),
            ClassName("triangle", Words("triangle", "삼각형")),
        ),
        picture=(24, 24),
        n={"train": 45, "test": 15},
        licence=None,
        citation="T. Y. Kim: the lecture on convolutional networks at tykimos.github.io, 2017.",
        page="https://tykimos.github.io/2017/03/08/CNN_Getting_Started/",
        places=(("handwriting_shape", "folder"), ("warehouse/handwriting_shape", "folder")),
        bundles=(
            Bundle(
                "handwriting_shape",
                "folder",
                (Remote("handwriting_shape.zip", (f"https://{_SHAPES}", f"http://{_SHAPES}"), None, None),),
            ),
        ),
        content="676b70f38c2d803e0d1a8919d2cee682953aadb69bb27ea829bee2328abbff92",
    ),
)
