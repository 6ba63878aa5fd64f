"""What a document measures wrongly, and what has changed since: notes that stand beside its code, once each.

Found in the tree of the code by following what its variables hold (`flow`); nothing is run. A note teaches; it does
not stop anything.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hakseup.runner import modernise
from hakseup.runner.code import EVALUATE, Code, Meanings, called, calls, is_training, keyword, names_in
from hakseup.runner.flow import Flow, Kind
from hakseup.words import Words

_SLOWER = {"adadelta": ("Adadelta", "1.0"), "adagrad": ("Adagrad", "0.01")}  # their rate up to Keras 2.3


@dataclass(frozen=True)
class Note:
    """One note: a short name for programs, the block, the line of the document, and the words."""

    code: str
    block: int
    line: int
    words: Words

    def as_dict(self) -> dict[str, Any]:
        """As `run --json` gives it."""
        return {"code": self.code, "block": self.block, "line": self.line, **self.words.as_dict()}


def notes(codes: Sequence[Code]) -> list[Note]:
    """All notes of a document, in its order; each kind once, each old name once."""
    found = [*_Reader(codes).read(), *_renamed(codes)]
    out: dict[str, Note] = {}
    for note in sorted(found, key=lambda n: (n.line if n.block is None else n.block, n.line)):
        key = note.code if note.code != "renamed" else note.words.en
        out.setdefault(key, note)
    return list(out.values())


def _renamed(codes: Sequence[Code]) -> list[Note]:
    out = []
    for edit in modernise.edits(codes, "keras"):
        if edit.reason is not None:
            line = edit.code.block.line + edit.start[0] - 1
            out.append(Note("renamed", edit.code.block.number, line, edit.reason))
    return out


class _Reader:
    """Walks through the blocks once, statement by statement, and notes what it sees."""

    def __init__(self, codes: Sequence[Code]) -> None:
        self._codes = codes
        self._meanings, self._flow = Meanings(), Flow()
        self._found: list[Note] = []
        self._code = codes[0] if codes else None
        self._stoppers: dict[str, ast.Call] = {}  # names of EarlyStopping objects
        self._fitted: tuple[str, str] | None = None  # x and y of the last fit, as they are written
        self._evaluated: list[tuple[int, set[str]]] = []  # place of an evaluation, and what it reads
        self._compared: list[
            tuple[int, Code, ast.Call, set[str]]
        ] = []  # a fit that is validated on held-out rows
        self._loads_best = any(
            called(call) in ("load_model", "load_weights") for code in codes for call in calls(code.tree)
        )
        made = {called(call) for code in codes for call in calls(code.tree)}
        # A checkpoint chooses only where it is loaded again: else the last epoch is reported on.
        self._chooses = "EarlyStopping" in made or ("ModelCheckpoint" in made and self._loads_best)
        self._place = 0

    def read(self) -> list[Note]:
        for code in self._codes:
            self._code = code
            self._meanings.take(code.tree)
            for statement in _statements(code.tree.body):
                self._place += 1
                for call in _own_calls(statement):
                    self._call(call)
                self._flow.take(statement, code)
                if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                    for target in statement.targets if called(statement.value) == "EarlyStopping" else ():
                        self._stoppers[ast.unparse(target)] = statement.value
        self._held_out()
        self._seeds()
        return self._found

    def _say(self, code: str, node: ast.AST, words: Words, at: Code | None = None) -> None:
        where = at or self._code
        assert where is not None
        self._found.append(Note(code, where.block.number, where.line(node), words))

    # -- calls

    def _call(self, call: ast.Call) -> None:
        if is_training(call):
            self._training(call)
        elif called(call) in EVALUATE:
            self._evaluated.append((self._place, names_in(call) - _owner(call)))
            self._on_training_rows(call)
        elif called(call) in ("train_test_split", "split"):
            self._split(call)
        self._rate(call)

    def _rate(self, call: ast.Call) -> None:
        """Optimizers that were quick when books about Keras 1 and 2 were written, and hardly learn with today's default."""
        asked: Any = called(call)
        if asked == "compile":
            given = keyword(call, "optimizer") or (call.args[0] if call.args else None)
            asked = given.value if isinstance(given, ast.Constant) else None
        elif call.args or keyword(call, "lr") is not None or keyword(call, "learning_rate") is not None:
            return
        name, rate = _SLOWER.get(str(asked).lower(), ("", ""))
        if name:
            self._say(
                "older-rate",
                call,
                Words(
                    f"{name} begins with a learning rate of 0.001 today; Keras up to 2.3 took {rate}. Figures of those years come back "
                    f"with keras.optimizers.{name}(learning_rate={rate}).",
                    f"{name}의 기본 학습률은 오늘날 0.001이지만 케라스 2.3까지는 {rate}이었습니다. 그때의 결과를 얻으려면 "
                    f"keras.optimizers.{name}(learning_rate={rate})로 쓰세요.",
                ),
            )

    def _training(self, call: ast.Call) -> None:
        x, y = _data(call)
        self._fitted = (ast.unparse(x) if x else "", ast.unparse(y) if y else "")
        validation = keyword(call, "validation_data")
        if validation is not None:
            self._validated(call, validation)
        if keyword(call, "validation_split") is not None and x is not None:
            self._last_rows(call, x)
        if x is not None and self._flow.kinds(x) & {Kind.RAW_TABLE, Kind.RAW_PICTURES}:
            self._unscaled(call, x)
        callbacks = keyword(call, "callbacks")
        for node in ast.walk(callbacks) if callbacks is not None else ():
            stopper = node if isinstance(node, ast.Call) and called(node) == "EarlyStopping" else None
            if isinstance(node, ast.Name):
                stopper = self._stoppers.get(node.id)
            if stopper is not None:
                self._stopping(call, stopper)

    def _validated(self, call: ast.Call, validation: ast.expr) -> None:
        names = names_in(validation)
        official = Kind.TEST in self._flow.kinds(validation) or any("test" in name.lower() for name in names)
        if official:
            self._test_as_validation(call, None)
        elif Kind.HELD_OUT in self._flow.kinds(validation) and self._code is not None:
            self._compared.append((self._place, self._code, call, names))

    def _held_out(self) -> None:
        """Rows that were set aside, used for validation and then reported on, with no others left to ask."""
        for place, code, call, names in self._compared:
            later = [read for at, read in self._evaluated if at >= place]
            if not later or not all(read & names for read in later):
                continue
            if not self._flow.has_test:
                self._test_as_validation(call, code)
            elif self._chooses:
                self._say(
                    "reported-on-validation",
                    call,
                    Words(
                        "The epoch is chosen on these rows (EarlyStopping, ModelCheckpoint), and the figure is reported on them, "
                        "too: it comes out a little too good. The test part has not been asked: evaluate on it, once, at the end.",
                        "이 행들로 에포크를 고르고(EarlyStopping, ModelCheckpoint) 같은 행들로 성능을 말하므로 수치가 조금 좋게 "
                        "나옵니다. 테스트 부분은 아직 쓰지 않았으니 마지막에 그것으로 한 번 평가하세요.",
                    ),
                    code,
                )

    def _test_as_validation(self, call: ast.Call, at: Code | None) -> None:
        chosen_en = (
            "Here the epoch is even chosen on it (ModelCheckpoint, EarlyStopping), so the printed figure is the luckiest of "
            "many looks at the same rows: it comes out a little too good, the more so the fewer rows there are. "
            if self._chooses
            else "Whoever looks at it after every epoch and changes something has tuned on it, and the printed figure comes out "
            "a little too good. "
        )
        chosen_ko = (
            "여기서는 ModelCheckpoint나 EarlyStopping이 그 값으로 에포크까지 고르므로, 출력된 수치는 같은 행을 여러 번 보고 고른 "
            "가장 운 좋은 값입니다. 행이 적을수록 실제보다 더 좋게 나옵니다. "
            if self._chooses
            else "에포크마다 그 값을 보고 무언가를 바꾸면 그 부분에 맞추는 셈이라, 출력된 수치가 실제보다 조금 좋게 나옵니다. "
        )
        self._say(
            "test-as-validation",
            call,
            Words(
                "The test part is used as validation data. "
                + chosen_en
                + "Split a validation part off the training "
                "part and open the test part once, at the end.",
                "테스트 부분을 검증 데이터로 썼습니다. "
                + chosen_ko
                + "학습 부분에서 검증 부분을 따로 떼고, 테스트 부분은 "
                "마지막에 한 번만 쓰세요.",
            ),
            at,
        )

    def _last_rows(self, call: ast.Call, x: ast.expr) -> None:
        shuffled = Kind.SHUFFLED in self._flow.kinds(x)
        self._say(
            "last-rows",
            call,
            Words(
                "validation_split takes the last rows as they stand, without shuffling. "
                + (
                    "Here they were shuffled before, so nothing is wrong."
                    if shuffled
                    else "If the rows are sorted by class or by time, the validation part holds only the last of them: "
                    "shuffle first, or split with train_test_split(stratify=y)."
                ),
                "validation_split는 섞지 않고 마지막 행들을 그대로 검증에 씁니다. "
                + (
                    "여기서는 그 전에 섞었으므로 괜찮습니다."
                    if shuffled
                    else "행이 클래스나 시간 순서로 놓여 있으면 검증 부분에는 뒤쪽 것만 들어갑니다. 먼저 섞거나 "
                    "train_test_split(stratify=y)로 나누세요."
                ),
            ),
        )

    def _unscaled(self, call: ast.Call, x: ast.expr) -> None:
        pictures = Kind.RAW_PICTURES in self._flow.kinds(x)
        self._say(
            "no-scaling",
            call,
            Words(
                "The pixels go in as 0 to 255; networks learn better from 0 to 1: divide by 255."
                if pictures
                else "The columns go in with their own units, some a thousand times as large as others. Networks learn far better "
                "from columns of equal size: StandardScaler, fitted on the training rows alone.",
                "픽셀이 0~255 그대로 들어갑니다. 255로 나누어 0~1로 바꾸면 훨씬 잘 배웁니다."
                if pictures
                else "열마다 단위가 달라 어떤 열은 다른 열보다 천 배나 큽니다. 신경망은 크기가 고른 열에서 훨씬 잘 배웁니다. "
                "학습 행에만 맞춘 StandardScaler를 쓰세요.",
            ),
        )

    def _stopping(self, call: ast.Call, stopper: ast.Call) -> None:
        restores = keyword(stopper, "restore_best_weights")
        if (isinstance(restores, ast.Constant) and restores.value is True) or self._loads_best:
            return
        patience = keyword(stopper, "patience")
        waited = ast.unparse(patience) if patience is not None else "0"
        self._say(
            "stopping-without-best",
            call,
            Words(
                f"EarlyStopping ends the training, but the model keeps the weights of the last epoch, {waited} epochs after the best "
                "one. restore_best_weights=True goes back to the best.",
                f"EarlyStopping이 학습을 멈추어도 모델에는 가장 좋았던 때보다 {waited}에포크 뒤인 마지막 가중치가 남습니다. "
                "restore_best_weights=True를 주면 가장 좋았던 가중치로 돌아갑니다.",
            ),
        )

    def _on_training_rows(self, call: ast.Call) -> None:
        x, y = _data(call)
        if x is None or y is None or self._fitted is None:
            return
        if (ast.unparse(x), ast.unparse(y)) == self._fitted:
            self._say(
                "training-accuracy",
                call,
                Words(
                    "This is accuracy on the rows that the model learned from: it says how well it remembers, not how well it "
                    "knows new ones. Keep rows aside and evaluate on those.",
                    "모델이 배운 바로 그 행에서 잰 정확도입니다. 얼마나 외웠는지를 말할 뿐 새 데이터를 얼마나 맞힐지는 알려 주지 "
                    "않습니다. 따로 떼어 둔 행으로 평가하세요.",
                ),
            )

    def _split(self, call: ast.Call) -> None:
        for kind, node, code in self._flow.prepared([*call.args, *(k.value for k in call.keywords)]):
            what_en, what_ko, harm_en, harm_ko = _PREPARED[kind]
            self._say(
                kind.value,
                node,
                Words(
                    f"{what_en} before the split: {harm_en} Fit it on the training rows and apply it to the others.",
                    f"나누기 전에 {what_ko}. {harm_ko} 학습 행에만 맞춘 뒤 나머지에 적용하세요.",
                ),
                code,
            )

    def _seeds(self) -> None:
        trains = [(c, call) for c in self._codes for call in calls(c.tree) if is_training(call)]
        if not trains:
            return
        meanings, seeded = Meanings(), []
        for code in self._codes:
            meanings.take(code.tree)
            for call in calls(code.tree):
                name = meanings.plain(call.func)
                if name in ("keras.utils.set_random_seed", "torch.manual_seed") or name.endswith(
                    ("random.set_seed", "set_random_seed")
                ):
                    return
                if name in ("numpy.random.seed", "random.seed"):
                    seeded.append((code, call, name))
        if seeded:
            code, call, name = seeded[0]
            self._say(
                "seed-does-not-seed",
                call,
                Words(
                    f"{name} fixes only that library's numbers: today's Keras takes the first weights and the order of the batches "
                    "from a generator of its own. keras.utils.set_random_seed fixes all of them.",
                    f"{name}는 그 라이브러리의 난수만 고정합니다. 오늘날의 케라스는 처음 가중치와 배치 순서를 자기 난수에서 뽑으므로 "
                    "keras.utils.set_random_seed로 모두 고정하세요.",
                ),
                code,
            )
        else:
            code, call = trains[0]
            self._say(
                "no-seed",
                call,
                Words(
                    "No seed is set: every run starts from other weights, so every run prints other figures. "
                    "keras.utils.set_random_seed(0) at the beginning makes runs repeatable.",
                    "시드를 정하지 않았습니다. 실행할 때마다 다른 가중치에서 시작하므로 수치가 매번 다릅니다. 처음에 "
                    "keras.utils.set_random_seed(0)을 쓰면 되풀이할 수 있습니다.",
                ),
                code,
            )


_PREPARED = {
    Kind.MEANS: (
        "Missing values are filled with means of all rows",
        "모든 행의 평균으로 결측치를 채웠습니다",
        "the means contain the test rows, which so leak into the training.",
        "평균에 테스트 행이 들어 있어 그 정보가 학습에 새어 듭니다.",
    ),
    Kind.ONE_HOT: (
        "The one-hot columns are made from all rows",
        "모든 행으로 원-핫 인코딩을 했습니다",
        "categories that only the test rows have get columns, too, and a new table would get other columns.",
        "테스트 행에만 있는 범주까지 열이 되고, 새 데이터에서는 열이 달라집니다.",
    ),
    Kind.SCALED_WHOLE: (
        "The scaling is fitted on all rows",
        "모든 행에 맞추어 스케일링했습니다",
        "mean and spread contain the test rows.",
        "평균과 분산에 테스트 행이 들어갑니다.",
    ),
}


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Every statement, those inside of functions, loops and conditions too, in the order of the text."""
    out: list[ast.stmt] = []
    for statement in body:
        out.append(statement)
        for inner in ("body", "orelse", "finalbody"):
            out += _statements(getattr(statement, inner, []))
        for handler in getattr(statement, "handlers", []):
            out += _statements(handler.body)
    return out


def _own_calls(statement: ast.stmt) -> list[ast.Call]:
    """The calls of a statement without those of the statements inside it."""
    if hasattr(statement, "body"):
        head = [getattr(statement, name, None) for name in ("test", "iter")]
        return [call for part in head if part is not None for call in calls(part)]
    return list(calls(statement))


def _owner(call: ast.Call) -> set[str]:
    return names_in(call.func)


def _data(call: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    x = call.args[0] if call.args else keyword(call, "x", "generator")
    y = call.args[1] if len(call.args) > 1 else keyword(call, "y")
    return x, y
