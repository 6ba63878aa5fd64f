"""The page of a document that was run: each block, what it printed and showed, the document's figures beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from hakseup.report import run_outputs, shell
from hakseup.report.numbers import number
from hakseup.words import Language
from hakseup.words import language as spoken

Said = dict[str, str]
_SHARES = ("acc", "정확도", "precision", "recall", "f1", "auc")


def render(facts: Mapping[str, Any], language: Language | None = None) -> str:
    """The page as text.

    Args:
        facts: of `runner.facts.collect`.
        language: which one shows first; None: the one spoken now. Both are in the page.
    """
    heading = facts["title"]
    return shell.render(
        "run.html.j2",
        language or spoken(),
        title=dict.fromkeys(("en", "ko"), f"{heading} · hakseup"),
        heading=heading,
        facts=facts,
        answer=_answer(facts),
        lead=_lead(facts),
        shown=run_outputs.shown,
        printed=run_outputs.text,
        python=run_outputs.python,
        value=value,
        difference=difference,
    )


def _answer(facts: Mapping[str, Any]) -> Markup:
    """The sentence that stands largest."""
    n, ran, failed = facts["blocks_n"], facts["ran"], len(facts["failed"])
    left = n - ran - failed
    if ran == n == 1:
        return shell.two("The one block ran.", "블록 하나가 실행되었습니다.")
    if ran == n:
        return shell.two("All {n} blocks ran.", "블록 {n}개가 모두 실행되었습니다.", n=n)
    if left and facts["interrupted"]:
        return shell.two(
            "Stopped by Ctrl-C after {done} of {n} blocks.",
            "Ctrl-C로 멈추었습니다. 블록 {n}개 가운데 {done}개까지 갔습니다.",
            n=n,
            done=ran + failed,
        )
    if left:
        return shell.two(
            "{ran} of {n} blocks ran, {failed} failed, {left} were not reached.",
            "블록 {n}개 가운데 {ran}개가 실행되고 {failed}개가 실패했으며 {left}개에는 이르지 못했습니다.",
            n=n,
            ran=ran,
            failed=failed,
            left=left,
        )
    return shell.two(
        "{ran} of {n} blocks ran; {failed} failed.",
        "블록 {n}개 가운데 {ran}개가 실행되고 {failed}개가 실패했습니다.",
        n=n,
        ran=ran,
        failed=failed,
    )


def _lead(facts: Mapping[str, Any]) -> Markup:
    """What the figures say as a whole."""
    figures = facts["figures"]
    both = [f for f in figures if f["ours"] is not None]
    if not figures:
        return shell.two("The document prints no figures to compare with.", "문서에는 견줄 수치가 없습니다.")
    reached = sum(_reached(f) for f in both)
    if len(figures) == 1:
        return shell.two(
            "The one figure that the document prints is reached."
            if reached
            else "The one figure that the document prints is not reached.",
            "문서가 출력한 수치 하나에 이르렀습니다."
            if reached
            else "문서가 출력한 수치 하나에 이르지 못했습니다.",
        )
    return shell.two(
        "Of the {n} figures that the document prints, ours are as good or better in {r}.",
        "문서가 출력한 수치 {n}개 가운데 {r}개에서 우리 수치가 같거나 더 좋습니다.",
        n=len(figures),
        r=reached,
    )


def _reached(figure: Mapping[str, Any]) -> bool:
    less = figure["difference"] if figure["lower_is_better"] else -figure["difference"]
    return bool(less <= 0.5 * 10 ** -_decimals(figure["document"]))


def _decimals(value: float) -> int:
    text = f"{value!r}"
    return min(4, len(text.partition(".")[2])) if "e" not in text else 0


def value(figure: Mapping[str, Any], which: str) -> str:
    """A figure as a person reads it: four decimals for shares and small losses, three places for large ones."""
    value = figure[which]
    if value is None or value != value:
        return "–"
    share = any(word in figure["name"].lower() for word in _SHARES)
    if share and 0 <= value <= 1:
        return f"{value:.4f}"
    return f"{value:.4f}" if abs(value) < 100 and value != 0 and abs(value) >= 1e-3 else number(value)


def difference(figure: Mapping[str, Any]) -> tuple[str, str]:
    """The difference with its sign, and whether it is better, worse or the same."""
    gap = figure["difference"]
    if gap is None or gap != gap:
        return "–", ""
    text = f"{gap:+.4f}" if abs(gap) < 100 and abs(gap) >= 5e-5 else "0" if abs(gap) < 5e-5 else f"{gap:+.3g}"
    if text == "0":
        return "0", "same"
    return text.replace("-", "−"), "better" if _reached(figure) else "worse"
