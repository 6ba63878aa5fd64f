"""`look`: what is in the data, before anything is trained."""

from __future__ import annotations

from typing import Any

from hakseup.cli.command import Call
from hakseup.cli.drawing import progress
from hakseup.cli.options import refuse, whole
from hakseup.cli.pages import page_file
from hakseup.cli.screen import clean, shown, write
from hakseup.cli.sliding import slide
from hakseup.words import Words, language

ONCE_EACH = Words("Call `hakseup look` once for each.", "`hakseup look`을 한 번씩 따로 실행하세요.")


def look(
    call: Call,
    *,
    data: str,
    html: str | None,
    pixels: str | None,
    augmented: str | None,
    recipe: str | None,
    kernel: str | None,
    stride: str | None,
    padding: str | None,
    transposed: bool,
    png: str | None,
) -> dict[str, Any]:
    """Say what is in the data; write the page, print one picture as numbers, draw the augmentation or a kernel, where asked."""
    sliding = {"--stride": stride, "--padding": padding, "--transposed": transposed or None, "--png": png}
    if kernel is not None:
        others = {"--html": html, "--pixels": pixels, "--augmented": augmented, "--recipe": recipe}
        others |= dict.fromkeys(call.settings, "")
        return slide(call, data, kernel, sliding, others)
    refuse(sliding, Words("without --kernel", "--kernel 없이는"))
    if augmented is not None:
        return _augmented(call, data, augmented, recipe, {"--html": html, "--pixels": pixels})
    idle = {key: value for key, value in call.settings.items() if key.startswith("augmentation.")}
    refuse(
        {"--recipe": recipe, **idle},
        Words("without --augmented", "--augmented 없이는"),
        Words("Add --augmented FILE.png, or leave it out.", "--augmented FILE.png를 더하거나 빼세요."),
    )
    if pixels is not None:
        return _pixels(call, data, pixels, html)
    page = page_file("--html", html)
    from hakseup import api
    from hakseup.cli.look_text import look_text
    from hakseup.data.looking import plain

    with progress(call.screen) as listener:
        facts = api.look(data, settings=call.settings, progress=listener)
    look_text(facts, call.screen.results, page=page is not None)
    table = facts.get("kind") == "table"
    out = facts if table else plain(facts)
    if page is not None:
        from hakseup import files
        from hakseup.report import look_page, table_look

        files.write_text(page, (table_look if table else look_page).render(facts, language()))
        call.screen.say(Words(f"Page: {shown(page)}", f"페이지: {shown(page)}"))
        out["html"] = str(page)
    return out


def _pixels(call: Call, data: str, number: str, html: str | None) -> dict[str, Any]:
    refuse({"--html": html}, Words("together with --pixels", "--pixels와 함께 쓰면"), ONCE_EACH)
    n = whole("--pixels", number, 0)
    from hakseup import api
    from hakseup.cli.look_text import pixels_text

    image, label = api.pixels(data, n, settings=call.settings)
    if not call.screen.as_json:
        results = call.screen.results
        write(clean(pixels_text(image, label, results.width if results.is_terminal else None)))
    return {"data": data, "picture": n, "label": label, "pixels": image.tolist()}


def _augmented(
    call: Call, data: str, name: str, recipe: str | None, others: dict[str, str | None]
) -> dict[str, Any]:
    """Draw training pictures and what the recipe makes of them."""
    refuse(others, Words("together with --augmented", "--augmented와 함께 쓰면"), ONCE_EACH)
    path = page_file("--augmented", name, (".png",))
    assert path is not None  # a name was given
    from hakseup import api, files

    with progress(call.screen) as listener:
        picture, settings = api.augmented(data, recipe=recipe, settings=call.settings, progress=listener)
    files.write_bytes(path, picture)
    call.screen.say(Words(f"Picture: {shown(path)}", f"그림: {shown(path)}"))
    return {"data": data, "augmented": str(path), "augmentation": settings}
