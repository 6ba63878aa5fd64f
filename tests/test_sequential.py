"""A list of layers as a network: names, shapes, counts, summary, errors, the torch module, and back from JSON."""

from __future__ import annotations

import dataclasses
import json
import unicodedata

import pytest
import torch

from hakseup.errors import NetworkError
from hakseup.layers import Dense, Dropout, Flatten, Input, parse
from hakseup.models.sequential import Sequential
from hakseup.words import speak

MLP = ["Dense(512, input_dim=784, activation='relu')", "Dense(10, activation='softmax')"]
MNIST = [
    "Conv2D(32, kernel_size=(3, 3), input_shape=(28, 28, 1), activation='relu')",
    "Conv2D(64, (3, 3), activation='relu')",
    "MaxPooling2D(pool_size=2)",
    "Dropout(0.25)",
    "Flatten()",
    "Dense(128, activation='relu')",
    "Dropout(0.5)",
    "Dense(10, activation='softmax')",
]
FASHION = [
    "Conv2D(32, kernel_size=3, activation='relu', padding='same', input_shape=(28, 28, 1))",
    "MaxPooling2D(2)",
    "Conv2D(64, kernel_size=3, activation='relu', padding='same')",
    "MaxPooling2D(2)",
    "Flatten()",
    "Dense(100, activation='relu')",
    "Dropout(0.4)",
    "Dense(10, activation='softmax')",
]
SHAPES = [
    "Conv2D(32, kernel_size=(3, 3), activation='relu', input_shape=(24, 24, 3))",
    "Conv2D(64, (3, 3), activation='relu')",
    "MaxPooling2D(pool_size=(2, 2))",
    "Flatten()",
    "Dense(128, activation='relu')",
    "Dense(3, activation='softmax')",
]
TUTORIALS = [(MLP, 407_050), (MNIST, 1_199_882), (FASHION, 333_526), (SHAPES, 839_107)]


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(("lines", "count"), TUTORIALS)
def test_the_tutorials_networks_have_their_parameters(lines: list[str], count: int) -> None:
    network = Sequential(parse(lines))
    assert network.parameters == network.trainable_parameters == count
    module = network.build(generator())
    assert sum(p.numel() for p in module.parameters()) == count
    assert f"{count:,}" in network.summary()
    back = Sequential.from_dict(json.loads(json.dumps(network.as_dict())))
    assert back == network
    assert back.as_dict() == network.as_dict()


def test_names_and_weights_are_called_as_in_keras() -> None:
    network = Sequential(
        parse(["Dense(4, name='dense')", *["Dense(4)"] * 2, "MaxPooling2D()", "Dense(3, name='끝')"])
    )
    assert network.names == ("dense", "dense_1", "dense_2", "max_pooling2d", "끝")
    network = Sequential(parse(MNIST))
    assert network.names[:4] == ("conv2d", "conv2d_1", "max_pooling2d", "dropout")
    assert list(network.build(generator()).state_dict()) == [
        f"{layer}.{part}"
        for layer in ("conv2d", "conv2d_1", "dense", "dense_1")
        for part in ("weight", "bias")
    ]
    with pytest.raises(NetworkError, match="'a'"):
        Sequential([Dense(3, name="a"), Dense(3, name="a")])
    with pytest.raises(NetworkError, match="'forward'"):
        Sequential([Dense(3, name="forward")], (4,)).build(generator())


def test_the_same_generator_gives_the_same_weights() -> None:
    first, second = (Sequential(parse(MNIST)).build(generator()).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize(
    ("end", "final"),
    [
        (["Dense(10, activation='softmax')"], "softmax"),
        (["Dense(10)", "Activation('softmax')"], "softmax"),
        (["Dense(10, activation='sigmoid')"], "sigmoid"),
        (["Dense(10)"], "linear"),
        (["Dense(10, activation='relu')"], "linear"),
    ],
)
def test_logits_come_out_without_the_final_activation(end: list[str], final: str) -> None:
    network = Sequential(parse(["Dense(5, activation='tanh')", *end]), (7,))
    assert network.final_activation == final
    x = torch.randn(3, 7)
    module = network.build(generator())
    plain = Sequential(parse(["Dense(5, activation='tanh')", "Dense(10)"]), (7,)).build(generator())
    logits = plain(x)
    torch.testing.assert_close(module(x), logits.relu() if "relu" in end[0] else logits)
    assert list(module.state_dict()) == list(plain.state_dict())


def test_a_single_sigmoid_makes_two_logits_where_two_classes_are_asked() -> None:
    network = Sequential(parse(["Dense(1, activation='sigmoid')"]), (7,))
    network.check_output(2)
    x = torch.randn(5, 7)
    one, two = network.build(generator())(x), network.build(generator(), n_classes=2)(x)
    assert one.shape == (5, 1)
    torch.testing.assert_close(two.softmax(1)[:, 1:], one.sigmoid())


def test_a_dense_network_takes_pictures_through_a_flatten() -> None:
    network = Sequential(parse(MLP)).for_input((28, 28, 1))
    assert network.names == ("flatten", "dense", "dense_1")
    assert network.parameters == 407_050
    x = torch.randn(2, 1, 28, 28)
    flat = Sequential(parse(MLP)).build(generator())(x.flatten(1))
    torch.testing.assert_close(network.build(generator())(x), flat)
    assert network.for_input((28, 28, 1)) == network
    assert Sequential.from_dict(network.as_dict()) == network
    colour = Sequential([Input((300,)), Dense(3)]).for_input((10, 10, 3))
    assert colour.build(generator())(torch.randn(2, 3, 10, 10)).shape == (2, 3)


def test_pictures_without_a_channel_axis_are_gray_pictures() -> None:
    lines = ["Flatten(input_shape=(28, 28))", "Dense(10, activation='softmax')"]
    assert Sequential(parse(lines)).output_shapes == ((784,), (10,))
    network = Sequential(parse(lines)).for_input((28, 28, 1))
    assert network.build(generator())(torch.randn(2, 1, 28, 28)).shape == (2, 10)


def test_the_shape_is_taken_from_the_pictures_where_no_layer_says_it() -> None:
    network = Sequential(parse(["Conv2D(8, 3)", "GlobalAveragePooling2D()", "Dense(4)"]))
    with pytest.raises(NetworkError, match="input_shape="):
        _ = network.output_shapes
    assert Sequential.from_dict(network.as_dict()) == network
    assert network.for_input((9, 7, 3)).output_shapes == ((7, 5, 8), (8,), (4,))


@pytest.mark.parametrize(
    ("lines", "shape", "en", "ko"),
    [
        (
            ["Conv2D(8, 3)", "MaxPooling2D()", "Conv2D(64, 3)"],
            (6, 6, 1),
            "Conv2D number 3 (conv2d_1) needs height and width of at least 3; it gets (2, 2, 8).",
            "3번째 층 Conv2D (conv2d_1)에는 높이와 너비가 3 이상인 입력이 필요합니다. 들어온 모양은 (2, 2, 8)입니다.",
        ),
        (
            ["Conv2D(8, (2, 3), dilation_rate=2)"],
            (4, 4, 1),
            "Conv2D number 1 (conv2d) needs height of at least 3 and width of at least 5; it gets (4, 4, 1).",
            "높이 3 이상, 너비 5 이상인 입력이 필요합니다",
        ),
        (
            ["Flatten()", "MaxPooling2D()"],
            (4, 4, 1),
            "MaxPooling2D number 2 (max_pooling2d) needs a picture (height, width, channels); it gets (16,).",
            "(높이, 너비, 채널) 모양의 그림이 필요합니다",
        ),
        (
            ["Conv2D(4, 1, groups=2)"],
            (4, 4, 3),
            "divisible by groups=2; it gets (4, 4, 3)",
            "채널 수가 groups=2로 나누어지는 입력이 필요합니다",
        ),
        (
            ["Dense(4)", "Dense(4, input_dim=5)"],
            (3,),
            "Dense number 2 (dense_1) needs an input of its own input_shape (5,); it gets (4,).",
            "들어온 모양은 (4,)입니다",
        ),
    ],
)
def test_a_layer_that_does_not_fit_is_named_with_both_shapes(
    lines: list[str], shape: tuple[int, ...], en: str, ko: str
) -> None:
    with pytest.raises(NetworkError) as caught:
        Sequential(parse(lines)).for_input(shape)
    assert caught.value.code == "layer-does-not-fit"
    assert en in caught.value.message.en
    assert ko in caught.value.message.ko


def test_a_network_for_other_pictures_is_refused() -> None:
    with pytest.raises(NetworkError) as caught:
        Sequential(parse(SHAPES)).for_input((28, 28, 1))
    assert caught.value.code == "network-does-not-fit"
    assert "(24, 24, 3)" in caught.value.message.en and "(28, 28, 1)" in caught.value.message.en
    with pytest.raises(NetworkError, match="first layer says"):
        Sequential(parse(MLP), (700,))
    with pytest.raises(NetworkError, match="no layers"):
        Sequential([Input((3,))])
    with pytest.raises(NetworkError, match="place 1"):
        Sequential([Input((3,)), Input((3,)), Dense(3)])


@pytest.mark.parametrize(
    ("lines", "classes", "said"),
    [
        (["Flatten()", "Dense(3, activation='softmax')"], 10, "3 outputs, but the data has 10 classes"),
        (["Dense(10, activation='softmax')"], 10, "gives (8, 8, 10) for each picture"),
        (["Flatten()", "Dense(10, activation='relu')"], 10, "ends in relu"),
        (["Flatten()", "Dense(10, activation='sigmoid')"], 10, "ends in sigmoid"),
        (["Flatten()", "Dense(1, activation='sigmoid')"], 3, "1 outputs"),
        (["Flatten()", "Dense(1)"], 2, "1 outputs"),
    ],
)
def test_an_end_that_does_not_fit_the_classes_is_refused(lines: list[str], classes: int, said: str) -> None:
    with pytest.raises(NetworkError) as caught:
        Sequential(parse(lines), (8, 8, 1)).check_output(classes)
    assert said in caught.value.message.en
    assert f"Dense({classes}, activation='softmax')" in str(caught.value)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_the_summary_lines_up_in_both_languages() -> None:
    layers = (
        *parse(MNIST)[:4],
        Dropout(0.1, name="끄기"),
        Flatten(),
        *parse(["BatchNormalization()", "Dense(2)"]),
    )
    network = Sequential(layers)
    for language in ("en", "ko"):
        with speak(language):
            lines = network.summary(80).splitlines()
        table = lines[1 : lines.index(lines[3], 4) + 1]
        rules = {line for line in table if set(line) <= {"_", "="}}
        assert {columns(line) for line in rules} == {80}
        assert {columns(line) for line in table if line not in rules} == {79}
        assert "(None, 26, 26, 32)" in lines[4] and lines[4].endswith(" 320")
        assert "끄기 (Dropout)" in lines[8]
    long = Sequential(layers, name="x" * 90).summary(10)
    assert "(None, 26, 26, 32)" in long  # never cut, however narrow
    assert network.rows[6].non_trainable == 2 * 12 * 12 * 64
    assert network.parameters - network.trainable_parameters == 2 * 12 * 12 * 64
    assert network.summary().splitlines()[-2].strip().startswith("Non-trainable params: 18,432 (72.00 KB)")


def test_rows_are_facts_and_files_do_not_depend_on_the_language() -> None:
    network = Sequential(parse(FASHION))
    row = dataclasses.asdict(network.rows[0])
    assert row["about"] == {"en": "32 filters, 3 × 3, same, relu", "ko": "필터 32개, 3 × 3, same, relu"}
    with speak("ko"):
        korean = network.as_dict()
    assert korean == network.as_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"layers": 3},
        {"layers": [{"class": "Dense"}]},
        {"layers": [{"class": "Dense", "config": {"units": -1}}]},
        {"layers": [{"class": "Lambda", "config": {}}]},
        {"parameters": 5},
        {"input_shape": [9]},
    ],
)
def test_a_damaged_description_is_refused(change: dict[str, object]) -> None:
    good = Sequential(parse(MLP)).as_dict()
    with pytest.raises(NetworkError):
        Sequential.from_dict({**good, **change})
    without = {k: v for k, v in good.items() if k not in change}
    if "layers" not in without or "input_shape" not in without:
        with pytest.raises(NetworkError):
            Sequential.from_dict(without)


def test_weights_that_do_not_fit_into_memory_are_a_sentence() -> None:
    network = Sequential([Dense(90_000_000)], (90_000_000,))
    with pytest.raises(NetworkError, match=r"Dense number 1 \(dense\) need .* TB"):
        network.build(generator())
