"""What the facts of a table mean: sentences that say what is wrong with it and what to do, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hakseup.data.looking_findings import verdict, worst_first
from hakseup.data.table_leaks import given_away
from hakseup.data.table_roles import FREE_TEXT
from hakseup.data.table_words import NAMED, Finding, amount, listed, percent
from hakseup.errors import HakseupError
from hakseup.words import Words

__all__ = ["findings", "verdict"]

FEW_ROWS = 50  # below that nothing can be said with certainty
FEW_OF_CLASS = 10  # rows outside the test part
UNEVEN = 3.0  # largest class / smallest class
HALF = 0.5  # share of missing cells from which a column is named


def findings(facts: Mapping[str, Any], trouble: HakseupError | None) -> list[dict[str, str]]:
    """Sentences about the table, problems first, then what is worth knowing, then what is well.

    Args:
        facts: of `table_looking.facts`.
        trouble: why a training would refuse the table; None: it would not.
    """
    found: list[Finding] = []
    if trouble is not None:
        hint = trouble.hint or Words("", "")
        between = (
            "\n" if "\n" in trouble.message.en else " "
        )  # below a list of columns, not at the end of its last
        words = Words(
            f"{trouble.message.en}{between}{hint.en}".strip(),
            f"{trouble.message.ko}{between}{hint.ko}".strip(),
        )
        found.append(("problem", trouble.code, words))
    for about in (
        given_away,
        _refused,
        _conflicts,
        _classes,
        _target,
        _missing,
        _duplicates,
        _zeros,
        _marks,
        _idle,
        _order,
        _rows,
    ):
        found.extend(about(facts))
    return worst_first(found)


def _order(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """A date among the columns may mean that later rows are to be predicted from earlier ones."""
    dates = [c for c in facts["columns"] if c["role"] == "date"]
    if dates and facts["time"] is None and facts["target"] is not None:
        first = dates[0]
        flag = (
            f"--time {first['name']}"
            if first["name"].replace("_", "").isalnum()
            else f'--time "{first["name"]}"'
        )
        yield (
            "note",
            "dates",
            Words(
                f"{first['words']['en']} is a date. If rows to come are to be predicted from earlier ones, {flag} makes the "
                "latest rows the test part; without it they are drawn at random, which flatters then.",
                f"{first['words']['ko']} 열은 날짜입니다. 앞으로 올 행을 예측하려는 것이라면 {flag}을(를) 주어 가장 늦은 행을 테스트 "
                "부분으로 두세요. 그러지 않으면 무작위로 뽑으므로 점수가 실제보다 좋게 나옵니다.",
            ),
        )


def _refused(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = facts["refused_n"]
    if n:
        first = facts["refused"][0]
        en, ko = (first[language].rstrip(".") for language in ("en", "ko"))
        # A total under the table is no fault of it.
        faults = n - sum(row["code"] == "under-the-table" for row in facts["refused"])
        yield (
            "problem" if faults > 0.01 * (n + facts["n"]) else "note",
            "refused",
            Words(
                f"{n:,} {'row' if n == 1 else 'rows'} could not be used and {'is' if n == 1 else 'are'} left out, for example "
                f"{first['where']}: {en}.",
                f"쓸 수 없는 행 {n:,}개를 뺐습니다. 예: {first['where']}: {ko}.",
            ),
        )


def _conflicts(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = facts["duplicates"]["conflicts"]
    if n:
        yield (
            "note",
            "conflicting-rows",
            Words(
                f"{n:,} {'group of rows is' if n == 1 else 'groups of rows are'} equal in every column but the target: no model can get "
                "all of them right from these columns.",
                f"목표 열만 다르고 나머지가 모두 같은 행 묶음이 {n:,}개 있습니다. 이 열들만으로는 어떤 모델도 모두 맞힐 수 없습니다.",
            ),
        )


def _classes(facts: Mapping[str, Any]) -> Iterator[Finding]:
    target = facts["target"]
    if not target or target["task"] != "classes":
        return
    few = [c for c in target["classes"] if c["n"] < FEW_OF_CLASS]
    if few:
        en = ", ".join(f"{c['en']} ({c['n']})" for c in few[:NAMED])
        ko = ", ".join(f"{c['ko']}({c['n']})" for c in few[:NAMED])
        yield (
            "note",
            "near-empty-class",
            Words(
                f"Fewer than {FEW_OF_CLASS} rows to learn from: {en}. What is learnt of them will be little more than chance.",
                f"배울 행이 {FEW_OF_CLASS}개도 안 되는 클래스: {ko}. 우연히 맞히는 것과 다르지 않을 수 있습니다.",
            ),
        )
    present = [c for c in target["classes"] if c["n"]]
    if len(present) < 2:
        return
    most, least = max(present, key=lambda c: c["n"]), min(present, key=lambda c: c["n"])
    if most["n"] / least["n"] >= UNEVEN:
        yield (
            "note",
            "uneven-classes",
            Words(
                f"The classes are uneven: {most['en']} has {most['n']:,} rows, {least['en']} {least['n']:,}. Always answering "
                f"'{most['en']}' would already be right {percent(most['share'])} of the time, so read the scores by class; --set "
                "training.class_weight=balanced gives rare classes their weight.",
                f"클래스가 고르지 않습니다: {most['ko']} {most['n']:,}행, {least['ko']} {least['n']:,}행. 늘 '{most['ko']}'(이)라고만 "
                f"답해도 {percent(most['share'])}는 맞으므로 클래스별 점수를 보세요. --set training.class_weight=balanced를 쓰면 드문 "
                "클래스도 같은 무게로 배웁니다.",
            ),
        )
    elif most["n"] / least["n"] < 1.5 and not few:
        yield (
            "good",
            "even-classes",
            Words(
                f"The classes are even: {least['n']:,} to {most['n']:,} rows each to learn from.",
                f"클래스가 고릅니다: 배울 행이 클래스마다 {least['n']:,}~{most['n']:,}개.",
            ),
        )


def _target(facts: Mapping[str, Any]) -> Iterator[Finding]:
    target = facts["target"]
    if not target or target["task"] != "number" or not target["n"]:
        return
    if target["better_as_log"]:
        yield (
            "note",
            "skewed-target",
            Words(
                f"{target['words']['en']} is skewed: its median is {amount(target['median'], 6)}, the mean "
                f"{amount(target['mean'], 6)}, the largest {amount(target['high'], 6)}. Its logarithm is learned; predictions are in its own unit.",
                f"{target['words']['ko']} 값이 한쪽으로 치우쳐 있습니다: 중앙값은 {amount(target['median'], 6)}인데 평균은 "
                f"{amount(target['mean'], 6)}, 최댓값은 {amount(target['high'], 6)}입니다. 로그로 바꾸어 배우고, 예측은 원래 단위로 합니다.",
            ),
        )


def _missing(facts: Mapping[str, Any]) -> Iterator[Finding]:
    k = facts["missing_columns"]
    if not k:
        yield ("good", "no-missing", Words("No cell is missing.", "결측치가 없습니다."))
        return
    much = [row for row in facts["missing"] if row["share"] > HALF]
    first = facts["missing"][0]
    share = percent(first["share"])
    if k == 1:
        en = f"1 column has missing values: {first['words']['en']} ({share})."
        ko = f"결측치가 있는 열이 하나 있습니다: {first['words']['ko']}({share})."
    else:
        en = f"{k:,} columns have missing values, most of all {first['words']['en']} ({share})."
        ko = f"결측치가 있는 열이 {k:,}개이며, {first['words']['ko']} 열이 가장 많습니다({share})."
    if len(much) > 1:
        names = listed([row["words"] for row in much])
        en += f" More than half is missing in {names.en}."
        ko += f" 절반 넘게 빈 열: {names.ko}."
    yield (
        "note",
        "missing",
        Words(
            f"{en} They are filled in, and that they were missing is kept as a column of its own.",
            f"{ko} 빈칸은 채우되, 비어 있었다는 사실도 따로 열로 남깁니다.",
        ),
    )


def _duplicates(facts: Mapping[str, Any]) -> Iterator[Finding]:
    found = facts["duplicates"]
    if not found["rows"]:
        yield ("good", "no-duplicates", Words("No row stands there twice.", "두 번 들어 있는 행이 없습니다."))
        return
    first = found["pairs"][0]
    without = f" (without {', '.join(found['without'][:NAMED])})" if found["without"] else ""
    without_ko = f"({', '.join(found['without'][:NAMED])} 열은 빼고 비교)" if found["without"] else ""
    yield (
        "note",
        "duplicates",
        Words(
            f"{found['rows']:,} of {facts['n']:,} rows {'is an exact copy' if found['rows'] == 1 else 'are exact copies'} of another one{without}, for example lines {first['a']:,} and "
            f"{first['b']:,}. Equal rows stay on one side of the split, so that no score flatters.",
            f"{facts['n']:,}행 중 {found['rows']:,}행이 다른 행과 똑같습니다{without_ko}. 예: {first['a']:,}번째 줄과 {first['b']:,}번째 "
            "줄. 같은 행은 나눌 때 늘 한쪽에 두므로 점수가 부풀려지지 않습니다.",
        ),
    )


def _zeros(facts: Mapping[str, Any]) -> Iterator[Finding]:
    zeros = facts["zeros"]
    if not zeros:
        return
    some = sorted(zeros, key=lambda row: -row["n"])[:NAMED]
    en = ", ".join(f"{row['words']['en']} ({row['n']:,} zeros, next {amount(row['least'])})" for row in some)
    ko = ", ".join(
        f"{row['words']['ko']}(0이 {row['n']:,}개, 다음 값 {amount(row['least'])})" for row in some
    )
    yield (
        "note",
        "zeros",
        Words(
            f"Zeros that may stand for missing, since no other value comes near: {en}. If 0 was not measured, leave those cells empty; "
            "if it means none, all is well.",
            f"다른 값이 0 가까이에 없어 결측치를 0으로 적었을 수 있는 열: {ko}. 재지 않은 것이라면 빈칸으로 두고, 정말 없음(0)이라면 "
            "그대로 두세요.",
        ),
    )


def _marks(facts: Mapping[str, Any]) -> Iterator[Finding]:
    some = sorted(facts["marks"], key=lambda row: -row["n"])[:NAMED]
    if not some:
        return
    en = ", ".join(
        f"{r['words']['en']} ({r['value']:,.0f} in {r['n']:,} rows, next {amount(r['next'])})" for r in some
    )
    ko = ", ".join(
        f"{r['words']['ko']}({r['value']:,.0f}이(가) {r['n']:,}행, 그다음 값 {amount(r['next'])})"
        for r in some
    )
    yield (
        "note",
        "marks",
        Words(
            f"Values that may stand for something else than a number, since they lie apart from all others: {en}. If they mean not "
            "measured, leave those cells empty; they are taken as numbers otherwise.",
            f"다른 값과 동떨어져 있어 수가 아니라 표시일 수 있는 값: {ko}. 재지 않았다는 뜻이라면 빈칸으로 두세요. 그대로 두면 수로 읽습니다.",
        ),
    )


def _idle(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Columns that say nothing: constant, nearly so, or another value in every row."""
    constant = [c["words"] for c in facts["columns"] if c["constant"]]
    if constant:
        names = listed(constant)
        yield (
            "note",
            "constant",
            Words(
                f"The same in every row, so left out: {names.en}.",
                f"모든 행에서 값이 같아 쓰지 않는 열: {names.ko}.",
            ),
        )
    same = [c for c in facts["columns"] if c["same"]]
    if same:
        names = listed([c["words"] for c in same])
        yield (
            "note",
            "nearly-constant",
            Words(
                f"The same in nearly every row (at least {min(c['same'] for c in same):.1%}): {names.en}.",
                f"거의 모든 행({min(c['same'] for c in same):.1%} 이상)에서 값이 같은 열: {names.ko}.",
            ),
        )
    named = [c for c in facts["columns"] if _names_rows(c)]
    numbered = [c["words"] for c in named]
    if numbered:
        names = listed(numbered)
        yield (
            "note",
            "identifier",
            Words(
                f"Another value in every row, so nothing that could be learnt: {names.en}.",
                f"행마다 값이 달라 배울 것이 없는 열: {names.ko}.",
            ),
        )
    left_out = [
        c for c in facts["columns"]
        if c["role"] == "left out" and not c["constant"] and c not in named
    ]  # fmt: skip
    if left_out:
        names = listed([c["words"] for c in left_out])
        first = left_out[0]
        en, ko = (first["reason"][language].rstrip(".") for language in ("en", "ko"))
        if len(left_out) > 1:
            en, ko = f"{first['words']['en']}: {en}", f"{first['words']['ko']}: {ko}"
        yield (
            "note",
            "left-out",
            Words(
                f"Left out: {names.en} ({en}).",
                f"쓰지 않는 열: {names.ko}({ko}).",
            ),
        )


def _names_rows(column: Mapping[str, Any]) -> bool:
    """Whether it is left out for having another value in every row; what is written in sentences is more than that."""
    left_out = bool(column["identifier"]) and column["role"] == "left out"
    return left_out and not str(column["reason"]["en"]).startswith(FREE_TEXT)


def _rows(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = facts["n"]
    tested = next((part["n"] for part in facts["parts"] if part["part"] == "test"), None)
    if n < FEW_ROWS:
        yield (
            "note",
            "few-rows",
            Words(
                f"There are only {n:,} rows: every score will have a wide interval. `hakseup crossval` scores all but the test part.",
                f"행이 {n:,}개뿐이어서 점수의 신뢰구간이 넓습니다. `hakseup crossval`은 테스트 부분을 뺀 모든 행에서 점수를 잽니다.",
            ),
        )
    elif tested is not None and tested < 100:
        yield (
            "note",
            "small-test",
            Words(
                f"The test part has {tested:,} rows: one row more or less moves the score visibly. `hakseup crossval` says more.",
                f"테스트 부분이 {tested:,}행이어서 한 행만 달라도 점수가 눈에 띄게 변합니다. `hakseup crossval`로 더 알 수 있습니다.",
            ),
        )
