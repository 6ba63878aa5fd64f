"""`look`: what is in the data, before anything is trained."""

from __future__ import annotations

from typing import Any

from hakseup.cli.command import Call
from hakseup.cli.drawing import progress
from hakseup.cli.options import whole
from hakseup.cli.pages import page_file
from hakseup.cli.screen import clean, shown, write
from hakseup.errors import CallError
from hakseup.words import Words, language


def look(call: Call, *, data: str, html: str | None, pixels: str | None) -> dict[str, Any]:
    """Say what is in the data; write the page, or print one picture as numbers, where asked."""
    if pixels is not None:
        return _pixels(call, data, pixels, html)
    page = page_file("--html", html)
    from hakseup import api
    from hakseup.cli.look_text import look_text
    from hakseup.data.looking import plain

    with progress(call.screen) as listener:
        facts = api.look(data, settings=call.settings, progress=listener)
    look_text(facts, call.screen.results, page=page is not None)
    out = plain(facts)
    if page is not None:
        from hakseup import files
        from hakseup.report import look_page

        files.write_text(page, look_page.render(facts, language()))
        call.screen.say(Words(f"Page: {shown(page)}", f"페이지: {shown(page)}"))
        out["html"] = str(page)
    return out


def _pixels(call: Call, data: str, number: str, html: str | None) -> dict[str, Any]:
    if html is not None:
        raise CallError(
            "option-without-effect",
            Words(
                "--html has no effect together with --pixels.",
                "--pixels와 함께 쓰면 --html은 쓸모가 없습니다.",
            ),
            Words("Call `hakseup look` once for each.", "`hakseup look`을 한 번씩 따로 실행하세요."),
        )
    n = whole("--pixels", number, 0)
    from hakseup import api
    from hakseup.cli.look_text import pixels_text

    image, label = api.pixels(data, n, settings=call.settings)
    if not call.screen.as_json:
        results = call.screen.results
        write(clean(pixels_text(image, label, results.width if results.is_terminal else None)))
    return {"data": data, "picture": n, "label": label, "pixels": image.tolist()}
