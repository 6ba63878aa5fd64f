"""The report: from facts to one HTML file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import UndefinedError
from markupsafe import Markup

from hakseup.report import environment, plots, shell, thumbnails, training_findings, views
from hakseup.report import facts as facts_of_run
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
    try:
        pictures = None if facts.get("kind") == "table" else thumbnails.gather(folder, facts)
        text = render(facts, language, pictures)
    except (UndefinedError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise facts_of_run.damaged(folder, error) from error
    folder.write_json(SUMMARY, facts)
    folder.write_text(REPORT, text)
    return folder.file(REPORT)


def render(
    facts: Mapping[str, Any], language: Language | None = None, pictures: Thumbnails | None = None
) -> str:
    """The page as text.

    Args:
        facts: as `facts.collect` gives them, or as they were read back from summary.json.
        language: which one shows first; None: the one spoken now.
        pictures: those of the run; None: a page without pictures.
    """
    if facts.get("kind") == "table":
        from hakseup.report import table_page

        return table_page.render(facts, language)
    pictures = pictures or Thumbnails()
    title = views.title(facts)
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
        augmented=pictures.augmented,
        class_rows=views.class_rows(facts, pictures),
        environment_rows=environment.rows(facts),
        drawing=views.drawing(facts),
        command=shlex.join(str(word) for word in facts["run"].get("command") or []),
    )


def _plots(facts: Mapping[str, Any]) -> dict[str, Markup]:
    """The figures that there are numbers for, by name."""
    history, headline, out = facts["history"], facts["headline"], {}
    done = facts["state"].get("state") == "done"
    chosen = facts["run"].get("best_epoch") if done else None
    for name in ("loss", "accuracy"):
        trained, validated = history.get(name, []), history.get(f"val_{name}", [])
        if any(v is not None for v in (*trained, *validated)):
            out[name] = plots.curves(
                trained,
                validated,
                chosen,
                share=name == "accuracy",
                by_validation=training_findings.validation_chose(facts),
            )
    if headline:
        out["score"] = plots.score(views.score_rows(facts), headline["n"])
        bins = facts["score"].get("calibration", {}).get("bins", [])
        if any(b["n"] for b in bins):
            before = (facts["score"].get("uncalibrated") or {}).get("calibration", {}).get("bins", [])
            out["reliability"] = plots.reliability(bins, headline["part"], before)
    return out
