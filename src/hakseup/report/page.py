"""The report: from facts to one HTML file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hakseup.report import facts as facts_of_run
from hakseup.report import plots, shell, thumbnails, views
from hakseup.report.thumbnails import Thumbnails
from hakseup.runs.folder import REPORT, SUMMARY, RunFolder
from hakseup.words import Language
from hakseup.words import language as spoken


def write(folder: RunFolder, language: Language | None = None) -> Path:
    """Write summary.json (the facts) and report.html; the path of the page.

    Args:
        folder: a run, finished or not.
        language: which one shows first; None: the one spoken now. Both are in the page.

    Raises:
        RunError: a file of the run is damaged, or the page cannot be written.
    """
    facts = facts_of_run.collect(folder)
    folder.write_json(SUMMARY, facts)
    folder.write_text(REPORT, render(facts, language, thumbnails.gather(folder, facts)))
    return folder.file(REPORT)


def render(facts: Mapping[str, Any], language: Language | None = None, pictures: Thumbnails | None = None) -> str:
    """The page as text.

    Args:
        facts: as `facts.collect` gives them, or as they were read back from summary.json.
        language: which one shows first; None: the one spoken now.
        pictures: those of the run; None: a page without pictures.
    """
    pictures = pictures or Thumbnails()
    title = _title(facts)
    return shell.render(
        "report.html.j2",
        language or spoken(),
        title={key: f"{title[key]} · hakseup" for key in ("en", "ko")},
        heading=title,
        facts=facts,
        run=facts["run"],
        views=views,
        plots=_plots(facts),
        mistakes=views.pictures(facts["mistakes"], pictures.mistakes, facts["classes"], 112),
        samples=views.pictures(facts["samples"], pictures.samples, facts["classes"], 96),
        class_rows=views.class_rows(facts, pictures),
        command=shlex.join(str(word) for word in facts["run"].get("command") or []),
    )


def _title(facts: Mapping[str, Any]) -> dict[str, str]:
    source = facts["source"] or {}
    named = source.get("title")
    if named:
        return {"en": named["en"], "ko": named["ko"]}
    name = str(source.get("name") or (facts["run"].get("data") or {}).get("name") or facts["name"])
    return {"en": name, "ko": name}


def _plots(facts: Mapping[str, Any]) -> dict[str, Markup]:
    """The figures that there are numbers for, by name."""
    history, headline, out = facts["history"], facts["headline"], {}
    done = facts["state"].get("state") == "done"
    chosen = facts["run"].get("best_epoch") if done else None
    for name in ("loss", "accuracy"):
        trained, validated = history.get(name, []), history.get(f"val_{name}", [])
        if any(v is not None for v in (*trained, *validated)):
            out[name] = plots.curves(trained, validated, chosen, share=name == "accuracy")
    if headline:
        out["score"] = plots.score(views.score_rows(facts), headline["n"])
        bins = facts["score"].get("calibration", {}).get("bins", [])
        if any(b["n"] for b in bins):
            out["reliability"] = plots.reliability(bins, headline["part"])
    return out
