"""`recipes` and `data`: what is there to choose from; and the table of settings."""

from __future__ import annotations

from typing import Any

from hakseup.cli.command import Call
from hakseup.cli.figures import amount
from hakseup.cli.options import metavar
from hakseup.cli.screen import shown, write
from hakseup.errors import CallError
from hakseup.settings import SECTIONS, Setting, table
from hakseup.words import Words


def recipes(call: Call, *, name: str | None, settings: bool, markdown: bool) -> dict[str, Any]:
    """List the ready recipes, print one, or print the table of settings."""
    if name is not None and (settings or markdown):
        raise _useless("--settings" if settings else "--markdown", f"recipes {name}")
    if markdown and not settings:
        raise _useless("--markdown", "recipes")
    if settings:
        return _settings(call, markdown)
    if name is not None:
        return _recipe(call, name)
    from hakseup import recipes as ready

    found = [ready.load(one) for one in ready.names()]
    call.screen.table(
        [Words("recipe", "레시피"), Words("what it is", "내용")],
        [(one.name, Words(one.title.get("en", ""), one.title.get("ko", ""))) for one in found],
    )
    call.screen.next(
        f"hakseup recipes {found[0].name}",
        Words(
            "prints one: save it, change it, and train with --recipe FILE.",
            "하나를 출력합니다. 저장해 고친 뒤 --recipe 파일로 학습하세요.",
        ),
    )
    return {"recipes": [{"name": one.name, "title": dict(one.title)} for one in found]}


def _recipe(call: Call, name: str) -> dict[str, Any]:
    from hakseup import recipes as ready

    recipe = ready.load(name)
    text = ready.text(name) if name in ready.names() else ready.dump(recipe)
    if not call.screen.as_json:
        write(text.rstrip("\n"))
    return {"name": recipe.name, "title": dict(recipe.title), "recipe": recipe.as_dict()}


def _useless(option: str, command: str) -> CallError:
    return CallError(
        "option-without-effect",
        Words(
            f"{option} has no effect on `hakseup {command}`.",
            f"`hakseup {command}`에서 {option}은(는) 쓸모가 없습니다.",
        ),
        Words(
            "Ask for `hakseup recipes --settings --markdown`.",
            "`hakseup recipes --settings --markdown`처럼 쓰세요.",
        ),
    )


def _settings(call: Call, markdown: bool) -> dict[str, Any]:
    rows = list(table())
    if markdown and not call.screen.as_json:
        write(settings_page())
    elif not markdown:
        _say_settings(call, rows)
    return {
        "settings": [
            {
                "key": row.key,
                "default": row.default,
                "option": row.about.option,
                "choices": list(row.about.choices),
                "expected": row.expected.as_dict(),
                "words": row.about.words.as_dict(),
            }
            for row in rows
        ]
    }


def _say_settings(call: Call, rows: list[Setting]) -> None:
    """Section by section, as they stand in a recipe, each with what it does."""
    from hakseup.cli.help import block, width

    for section in SECTIONS:
        entries = [
            (
                f"{row.key.partition('.')[2]} = {_default(row)}",
                f"{row.about.words} ({row.expected})" + (f" {row.about.option}" if row.about.option else ""),
            )
            for row in rows
            if row.key.partition(".")[0] == section
        ]
        call.screen.say("\n".join(block(f"[{section}]", entries, width())))


def settings_page() -> str:
    """docs/settings.md: every setting, in both languages, section by section."""
    lines = [
        "# Settings · 설정",
        "",
        "Made by `hakseup recipes --settings --markdown` from the one table of settings; do not edit by hand.",
        "In a recipe they stand under their section; on the command line `--set section.key=value`, or the option.",
        "What a recipe does not say has the default.",
        "",
        "`hakseup recipes --settings --markdown`이 설정 표에서 만든 문서입니다. 손으로 고치지 마세요.",
        "레시피에서는 항목 아래에, 명령줄에서는 `--set 항목.이름=값` 또는 옵션으로 씁니다. 레시피에 없는 설정은 기본값을 씁니다.",
    ]
    for section in SECTIONS:
        lines += [
            "",
            f"## [{section}]",
            "",
            "| Setting · 설정 | Default · 기본값 | Option · 옵션 | What it does | 하는 일 |",
            "| --- | --- | --- | --- | --- |",
        ]
        for row in table():
            if row.key.partition(".")[0] == section:
                lines.append(_markdown_row(row))
    return "\n".join(lines)


def _markdown_row(row: Setting) -> str:
    name = row.key.partition(".")[2]
    option = f"`{row.about.option} {metavar(row)}`" if row.about.option else ""
    en, ko = (f"{words}; {expected}" for words, expected in _both(row))
    cells = [f"`{name}`", f"`{_default(row)}`", option, en, ko]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _both(row: Setting) -> list[tuple[str, str]]:
    words, expected = row.about.words, row.expected
    return [(words.en, expected.en), (words.ko, expected.ko)]


def _default(row: Setting) -> str:
    """A default as it stands in a recipe."""
    import json

    value = list(row.default) if isinstance(row.default, tuple) else row.default
    return json.dumps(value, ensure_ascii=False)


def data(call: Call, *, clear_cache: bool) -> dict[str, Any]:
    """List the known data sets and where they lie; or remove the decoded pictures that were kept."""
    from hakseup.data import cache
    from hakseup.sources import known
    from hakseup.sources.tables import known as tables

    if clear_cache:
        n, size = cache.clear()
        call.screen.say(
            Words(
                f"Removed {n:,} sets of decoded pictures ({amount(size, 'bytes')}) from {shown(cache.home())}; "
                "they are decoded again when they are next used.",
                f"{shown(cache.home())}에서 디코딩해 둔 그림 {n:,}벌({amount(size, 'bytes')})을 지웠습니다. 다음에 쓸 때 다시 디코딩합니다.",
            )
        )
        return {"cleared": n, "bytes": size}
    kept = cache.entries()
    size = sum(one[1] for one in kept)
    rows = [*known.describe(), *tables.describe()]
    call.screen.facts([(row["name"], _described(row)) for row in rows])
    if kept:
        call.screen.say(
            Words(
                f"Decoded pictures kept in {shown(cache.home())}: {amount(size, 'bytes')}; --clear-cache removes them.",
                f"{shown(cache.home())}에 디코딩해 둔 그림: {amount(size, 'bytes')}. --clear-cache로 지울 수 있습니다.",
            ),
            "dim",
        )
    call.screen.next(
        f"hakseup train {rows[0]['name']}",
        Words(
            "finds it in HAKSEUP_DATA or the cache, or downloads it.",
            "HAKSEUP_DATA나 캐시에서 찾고, 없으면 내려받습니다.",
        ),
    )
    return {"data": rows, "cache": {"entries": len(kept), "bytes": size}}


def _described(row: dict[str, Any]) -> Words:
    n, k = sum(row["n"].values()), len(row["classes"])
    licence = f", {row['licence']}" if row["licence"] else ""
    if row["kind"] == "table":
        of = len(row["columns"])
        return Words(
            f"{row['title']['en']}: {n:,} rows, {of} columns, target '{row['target']}'{licence}\n{_where(row)}",
            f"{row['title']['ko']}: {n:,}행, {of}열, 목표 '{row['target']}'{licence}\n{_where(row)}",
        )
    return Words(
        f"{row['title']['en']}: {n:,} pictures, {k} classes{licence}\n{_where(row)}",
        f"{row['title']['ko']}: 그림 {n:,}장, 클래스 {k}개{licence}\n{_where(row)}",
    )


def _where(row: dict[str, Any]) -> str:
    if row["found"] == "package":
        return str(Words("comes with scikit-learn", "scikit-learn에 들어 있음"))
    if row["path"]:
        return shown(row["path"])
    size = f" ({amount(row['bytes'], 'bytes')})" if row["bytes"] else ""
    return f"{Words('downloaded when first used', '처음 쓸 때 내려받습니다')}{size}"
