"""What the modules of the studio's page work out by themselves, asked in a real Chromium, without a studio behind them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from studio_browser import CHROMIUM, launched

import hakseup.studio

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium or Chrome on this machine")


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    handler = partial(_Files, directory=str(Path(hakseup.studio.__file__).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, launched() as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = browser.new_page(locale="ko-KR")
        opened.goto(f"http://127.0.0.1:{server.server_port}/page/style.css")  # a document without a script
        yield opened
        server.shutdown()


def test_particles_are_those_of_the_command_line(page: Any) -> None:
    from hakseup.words import josa

    words = [
        "사과",
        "귤",
        "서울",
        "3",
        "7",
        "8",
        "cat",
        "‘책’",
        "‘0’",
        "한(",
        "12",
        "20%",
        "‘수요(MW)’",
        "면적 (㎡)",
    ]
    pairs = [("을", "를"), ("으로", "로"), ("이라고", "라고")]
    ours = page.evaluate(
        "async ([words, pairs]) => { const { josa } = await import('/page/words.js');"
        "return pairs.map(([a, b]) => words.map((word) => josa(word, a, b))) }",
        [words, pairs],
    )
    assert ours == [[josa(word, f"{closed}/{opened}") for word in words] for closed, opened in pairs]


def test_numbers_are_written_as_in_the_report(page: Any) -> None:
    from hakseup.report.numbers import number, percent, probability

    shares, values = (
        [0.0, 1.0, 0.9998, 0.5, 0.333, 0.00004, 0.99],
        [0, 1234, 0.012345, 12.345, 3216540.4, 1e-7, 3.0, 999.5],
    )
    ours = page.evaluate(
        "async ([shares, values]) => { const w = await import('/page/words.js'); return ["
        "shares.map((s) => w.percent(s, 1000)), shares.map((s) => w.probability(s)), values.map((v) => w.number(v))] }",
        [shares, values],
    )
    assert ours[0] == [percent(share, 1000) for share in shares]
    assert ours[1] == [probability(share) for share in shares]
    assert ours[2][:5] == [number(value) for value in values][:5]


def test_a_line_with_many_points_keeps_its_peaks(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { thinned } = await import('/page/curves.js');"
        "const points = Array.from({ length: 20000 }, (_, i) => [i, Math.sin(i / 500)]);"
        "points[12345][1] = 9; points[777][1] = -9; return thinned(points) }"
    )
    assert len(got) <= 500
    assert [12345, 9] in got and [777, -9] in got
    assert [x for x, _ in got] == sorted(x for x, _ in got)


def test_news_of_a_training_is_joined_to_what_was_known(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { joined } = await import('/page/events.js');"
        "let known = joined(null, { whole: true, rows: [{ epoch: 1, loss: 3 }], batches: { from: 0, loss: [5, 4] }, kernels: { data: 'a' } });"
        "known = joined(known, { whole: false, rows: [{ epoch: 2, loss: 1 }, { epoch: 1, loss: 2 }], batches: { from: 2, loss: [3] }, kernels: null });"
        "return [known.rows, known.losses, known.kernels.data, joined(known, { whole: true, rows: [] }).losses] }"
    )
    assert got == [[{"epoch": 1, "loss": 2}, {"epoch": 2, "loss": 1}], [5, 4, 3], "a", []]


def test_a_list_keeps_the_elements_of_what_stays(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { each, h, signal } = await import('/page/reactive.js');"
        "const list = signal(['a', 'b', 'c']); const box = h('ul', null, each(list, (x) => x, (x) => h('li', null, x)));"
        "const b = box.children[1]; list.set(['c', 'b', 'd']); await null; await null;"
        "return [box.textContent, box.children[1] === b] }"
    )
    assert got == ["cbd", True]


def test_what_is_typed_into_a_setting_is_read_as_its_type(page: Any) -> None:
    cases: list[tuple[dict[str, Any], str, Any]] = [
        ({"type": "int", "least": 1, "most": 9}, "3", 3),
        ({"type": "int", "least": 1, "most": 9}, "3.5", None),
        ({"type": "int", "least": 1, "most": 9}, "0", None),
        ({"type": "int", "least": 1, "most": 9}, "", None),
        ({"type": "float", "least": 0, "most": None}, "1e-3", 0.001),
        ({"type": "float", "least": 0, "most": None}, "fast", None),
        ({"type": "list"}, "a, b ,,c", ["a", "b", "c"]),
        ({"type": "size"}, "28 x 32", [28, 32]),
        ({"type": "size"}, "", []),
        ({"type": "text"}, " price ", "price"),
    ]
    read = page.evaluate(
        "async (cases) => { const { parse } = await import('/page/settings.js');"
        "return cases.map(([row, text]) => parse(row, text) ?? null) }",
        [[row, text] for row, text, _ in cases],
    )
    assert read == [expected for _, _, expected in cases]


def test_a_likeliest_class_that_is_no_answer_does_not_lead(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { bars } = await import('/page/parts.js');"
        "const top = (sure) => [...bars(() => ({ a: 0.7, b: 0.3 }), { sure: () => sure }).querySelectorAll('.top .who')]"
        ".map((found) => found.textContent); return [top(true), top(false)] }"
    )
    assert got == [["a"], []]


def test_a_loss_on_a_log_scale_has_more_than_one_line(page: Any) -> None:
    chart = (
        "async (points) => { const { chart } = await import('/page/curves.js');"
        "const box = chart({ name: () => 'loss', lines: () => [{ name: 'a', tone: 'train', points }] });"
        "document.body.replaceChildren(box); while (!box.querySelector('.grid')) await new Promise(requestAnimationFrame);"
        "return [...box.querySelectorAll('.tick')].map((found) => Number(found.textContent)).filter((y) => y % 1) }"
    )
    assert page.evaluate(chart, [[1, 2.5], [2, 0.4], [3, 0.05]]) == [0.1, 0.3]  # and 1, which is an epoch too
    assert page.evaluate(chart, [[1, 20], [2, 0.004]]) == [0.01, 0.1]  # powers of ten are enough


def test_a_label_stands_where_its_own_line_ends(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { chart } = await import('/page/curves.js');
        const lines = [['long', [[1, 1], [50, 1]]], ['short', [[1, 1], [20, 1]]], ['beside', [[1, 1], [50, 0.98]]]];
        const box = chart({ name: () => 'x', share: true,
          lines: () => lines.map(([name, points]) => ({ name, tone: 'train', points })) });
        document.body.replaceChildren(box); while (!box.querySelector('.label')) await new Promise(requestAnimationFrame);
        const y = (found, name) => Number(found.getAttribute(name));
        const ends = [...box.querySelectorAll('.end')], labels = [...box.querySelectorAll('.label')];
        return lines.map(([name], i) => y(labels.find((one) => one.textContent === name), 'y') - y(ends[i], 'cy')) }"""
    )
    assert got[:2] == [4, 4] and got[2] >= 4  # only the two that end together make room for each other


def test_the_title_of_the_loss_names_the_epoch_that_was_kept(page: Any) -> None:
    said = (
        "async ([losses, best, state, settings]) => { const c = await import('/page/course.js');"
        "const w = await import('/page/words.js'); w.speak('en');"
        "const rows = losses.map((val_loss, i) => ({ epoch: i + 1, val_loss }));"
        "const out = [c.lossTitle(rows, best, state), c.kept(rows, best, state, settings)]; w.speak('ko'); return out }"
    )
    last = {"stopping.monitor": "val_loss", "stopping.restore_best": False}
    by_share = {"stopping.monitor": "val_accuracy", "stopping.restore_best": True}
    title, why = page.evaluate(said, [[3, 1, 2], 3, "done", last])
    assert title == "Validation loss was lowest at epoch 2; epoch 3 was kept"
    assert why == "Epoch 3 was kept: the last one, as this recipe always does."
    title, why = page.evaluate(said, [[3, 1, 2, 2], 3, "done", by_share])
    assert title == "Validation loss was lowest at epoch 2; epoch 3 was kept"
    assert why == "Epoch 3 was kept: its validation share right was the best of 4 epochs."
    title, why = page.evaluate(said, [[3, 1, 2, 2], 2, "done", by_share])
    assert (title, why) == ("Validation loss has not fallen since epoch 2", "")  # nothing to wonder at
    # While it learns nothing has been kept yet.
    assert page.evaluate(said, [[3, 1, 2], 3, "training", last]) == [
        "Validation loss was lowest at epoch 2",
        "",
    ]


def test_an_ended_training_shows_the_chosen_epoch_and_redraws_no_chart(page: Any) -> None:
    page.route("**/api/**", lambda route: route.fulfill(json={}))
    got = page.evaluate(
        """async () => {
        const { progress } = await import('/page/progress.js'); const { live } = await import('/page/events.js');
        const state = await import('/page/state.js');
        location.hash = '#/train?run=r'; await new Promise((done) => setTimeout(done));
        const rows = [0.5, 0.9, 0.7].map((share, i) => ({ epoch: i + 1, val_accuracy: share, val_loss: 1 - share }));
        live('r').set({ state: 'training', rows, losses: [], epochs: 3, epoch: 3, best_epoch: 2 });
        state.runs.set([{ run: 'r', data: 'd', state: 'training' }]);
        const box = progress(() => [], () => false); document.body.replaceChildren(box);
        const shown = () => box.querySelectorAll('.big b')[1].textContent; const before = shown();
        const chart = box.querySelectorAll('.chart')[1];
        live('r').set({ ...live('r').peek(), loss: 3 }); await null; await null;
        const same = chart === box.querySelectorAll('.chart')[1];
        state.runs.set([{ run: 'r', data: 'd', state: 'done' }]); await null; await null;
        return [before, shown(), same] }"""
    )
    page.unroute("**/api/**")
    assert got == ["70.0%", "90.0%", True]


def test_a_second_training_that_gets_ready_is_what_the_page_is_about(page: Any) -> None:
    answers = {
        "recipes": {
            "recipes": [{"name": "fast", "fits": True, "title": {"en": "", "ko": ""}, "settings": {}}]
        },
        "runs": {"job": "j", "run": None, "state": "working", "what": "train"},
        "settings": {"sections": [], "settings": []},
    }
    page.route(
        "**/api/**",
        lambda route: route.fulfill(json=answers.get(route.request.url.split("/")[4].split("?")[0], {})),
    )
    got = page.evaluate(
        """async () => {
        const { trainView } = await import('/page/train.js'); const state = await import('/page/state.js');
        const until = async (found) => { while (!found()) await new Promise((done) => setTimeout(done, 10)) };
        location.hash = '#/train?data=d&run=old'; await new Promise((done) => setTimeout(done));
        const old = { run: 'old', data: 'd', state: 'done', kind: 'pictures', validation_accuracy: 0.5, validation_n: 6 };
        state.sets.set([{ name: 'd', kind: 'pictures', here: true, n: 9 }]); state.runs.set([old]);
        document.body.replaceChildren(trainView());
        const title = () => document.querySelector('h1').textContent;
        const start = () => document.querySelector('.setup .button.primary');
        await until(() => start() && !start().disabled);
        const out = [title()];
        start().click(); await until(() => document.querySelector('.watching .empty'));
        out.push(title());
        state.jobs.set([{ job: 'j', run: 'new', state: 'working', what: 'train' }]);
        await until(() => location.hash.includes('run=new'));
        return [...out, document.querySelectorAll('.watching .empty').length] }"""
    )
    page.unroute("**/api/**")
    assert got == ["다 배웠어요. 검증 그림 6장의 50%를 맞혀요", "배울 준비를 하고 있어요", 0]


def test_only_what_was_scored_is_offered_for_comparison(page: Any) -> None:
    apart = {"pairs": [{"part": None, "en": "other data", "ko": "다른 데이터"}], "notes": []}
    page.route("**/api/**", lambda route: route.fulfill(json=apart))
    got = page.evaluate(
        """async () => {
        const { comparison } = await import('/page/home.js'); const state = await import('/page/state.js');
        const one = (run, state, more) => ({ run, state, data: 'd', validation_n: null, test_n: null, ...more });
        state.runs.set([one('this', 'done', { validation_n: 5 }), one('other', 'done', { validation_n: 5 }),
          one('killed', 'stopped'), one('goes on', 'training', { validation_n: 5 }), one('else', 'done', { data: 'e' })]);
        const panel = comparison(state.runs.peek()[0]);
        panel.querySelector('button').click();
        while (!panel.querySelector('[role=status] p')) await new Promise((done) => setTimeout(done, 10));
        return [[...panel.querySelectorAll('option')].map((found) => found.value), panel.querySelector('[role=status]').textContent] }"""
    )
    page.unroute("**/api/**")
    assert got == [["other", "goes on"], "다른 데이터"]  # they were compared on no part


def test_a_simple_model_that_is_better_is_said_so(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { answer } = await import('/page/result.js');
        const score = (better, worse) => ({ versus_baseline: { name: 'ridge', better, worse },
          baseline_titles: { ridge: { en: 'ridge regression', ko: '릿지 회귀' } } });
        return [[true, false], [false, true], [false, false]].map((one) => answer({}, score(...one), {})) }"""
    )
    assert got[:2] == ["네, 릿지 회귀보다 나아요", "아니요, 릿지 회귀가 더 나아요"]
    assert "아직 말할 수 없어요" in got[2]


def test_validation_flatters_only_where_it_decided(page: Any) -> None:
    decided = "async (all) => { const { decided } = await import('/page/result.js'); return all.map((one) => decided({ recipe_settings: one })) }"
    last = {"stopping.restore_best": False, "stopping.patience": 0}
    cases = [last, {**last, "stopping.patience": 3}, {**last, "stopping.restore_best": True}]
    assert page.evaluate(decided, cases) == [False, True, True]


def test_a_server_that_is_away_is_said_once(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { fail, messageList } = await import('/page/parts.js');
        const box = messageList(); document.body.replaceChildren(box);
        for (const old of box.querySelectorAll('.message .tool')) old.click(); await null; // of another test
        fail({ code: 'unreachable', words: 'away' }); fail({ code: 'other', words: 'use `hakseup look` first' }); await null; await null;
        return [box.querySelectorAll('.message').length, box.querySelector('code').textContent] }"""
    )
    assert got == [1, "hakseup look"]  # the bar at the top of the page says the other


def test_the_class_with_the_fewest_pictures_is_the_next_one(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { progress } = await import('/page/collect.js');
        return progress(() => [{ name: '고양이', n: 8 }, { name: '개', n: 2 }]).textContent }"""
    )
    assert got == "‘개’ 8장만 더 모으면 학습을 시작할 만해요."


def test_runs_of_other_data_are_not_laid_over(page: Any) -> None:
    page.route("**/api/**", lambda route: route.fulfill(json={"recipes": [], "sections": [], "settings": []}))
    got = page.evaluate(
        """async () => {
        const { trainView } = await import('/page/train.js'); const state = await import('/page/state.js');
        const until = async (found) => { while (!found()) await new Promise((done) => setTimeout(done, 10)) };
        const one = (run, data) => ({ run, data, state: 'done', kind: 'pictures' });
        state.jobs.set([]); state.runs.set([one('a', 'd'), one('b', 'd'), one('c', 'e')]);
        location.hash = '#/train?data=d&run=a'; await new Promise((done) => setTimeout(done));
        document.body.replaceChildren(trainView());
        const laid = () => [...document.querySelectorAll('.beside .key')].map((found) => found.textContent);
        await until(() => document.querySelector('.lay input')); document.querySelector('.lay input').click();
        await until(() => laid().length); const before = laid();
        location.hash = '#/train?data=e&run=c'; await until(() => !laid().length);
        return before }"""
    )
    page.unroute("**/api/**")
    assert got == ["2: b"]


def test_rows_that_nobody_had_counted_are_counted_where_they_show(page: Any) -> None:
    page.route("**/api/**", lambda route: route.fulfill(json={"columns": [], "rows": [], "n": 160}))
    got = page.evaluate(
        """async () => { const { table } = await import('/page/table.js'); const { sets } = await import('/page/state.js');
        const set = { name: 'homes.csv', kind: 'table', n: null }; sets.set([set]); table(set);
        while (sets.peek()[0].n === null) await new Promise((done) => setTimeout(done, 10));
        return sets.peek()[0].n }"""
    )
    page.unroute("**/api/**")
    assert got == 160


def test_a_number_without_an_interval_says_why(page: Any) -> None:
    answers = {
        "rows": {
            "predictions": [{"value": 1361.4, "interval": None}],
            "columns": [{"name": "size"}, {"name": "price"}],
            "rows": [[3, 1347]],
        },
        "r": {"columns": [{"name": "size", "used": True, "values": []}], "classes": [], "target": "price"},
    }
    page.route(
        "**/api/**", lambda route: route.fulfill(json=answers[route.request.url.split("?")[0].split("/")[-1]])
    )
    got = page.evaluate(
        """async () => { const { tryRow } = await import('/page/row.js');
        document.body.replaceChildren(...tryRow({ run: 'r', data: 'd', kind: 'table' }).flat());
        const says = () => document.querySelector('.says > .note')?.textContent ?? '';
        while (!says().includes('적어')) await new Promise((done) => setTimeout(done, 10));
        return [document.querySelector('h1').textContent, document.querySelector('.line .note').textContent] }"""
    )
    page.unroute("**/api/**")
    assert got == ["1,361", "데이터에 적힌 답: 1,347"]


def test_what_a_file_manager_hands_over_stands_in_natural_order(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { byClass } = await import('/page/incoming.js');
        const one = (folder, name) => ({ folder, file: { name } });
        const list = [one('나', '10.png'), one('가', '2.png'), one('나', '9.png'), one('가', '1.png')];
        return [...byClass(list, 'x')].map(([name, files]) => [name, files.map((file) => file.name)]) }"""
    )
    assert got == [["가", ["1.png", "2.png"]], ["나", ["9.png", "10.png"]]]


def test_pictures_that_cannot_be_used_do_not_end_the_sending(page: Any) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url.split("/")[-2])
        wrong = {"error": {"code": "unreadable", "message": "bad", "hint": None}}
        route.fulfill(
            **({"status": 422, "json": wrong} if len(asked) == 1 else {"json": {"added": [1], "refused": []}})
        )

    page.route("**/api/**", answer)
    got = page.evaluate(
        """async () => { const { sendPictures } = await import('/page/sending.js');
        const { signal } = await import('/page/reactive.js');
        const file = new File(['x'], 'x.png'); const came = []; const progress = signal(null);
        await sendPictures('d', new Map([['a', [file]], ['b', [file]]]), { added: (some) => came.push(...some), progress });
        return [came, progress()] }"""
    )
    page.unroute("**/api/**")
    assert asked == ["a", "b"] and got == [[1], None]


def test_a_picture_is_called_by_its_class_and_its_place(page: Any) -> None:
    pictures = [{"id": f"달/{n}.png", "class": "달", "name": f"{n}.png", "url": ""} for n in range(2)]
    page.route("**/api/**", lambda route: route.fulfill(json={"n": 2, "pictures": pictures}))
    got = page.evaluate(
        """async () => { const { gallery } = await import('/page/gallery.js'); const { sets } = await import('/page/state.js');
        const set = { name: 'd', editable: true, classes: [{ name: '해', n: 2 }, { name: '달', n: 2 }] };
        sets.set([set]); location.hash = '#/data?data=d'; await new Promise((done) => setTimeout(done));
        document.body.replaceChildren(gallery(set, { editable: true }).element);
        const labels = () => [...document.querySelectorAll('.shelf:last-child .tile button')].map((one) => one.ariaLabel);
        while (labels().length < 2) await new Promise((done) => setTimeout(done, 10));
        sets.set([{ ...set, classes: set.classes.toReversed() }]); // another browser named them otherwise
        return [labels(), [...document.querySelectorAll('.badge')].map((one) => one.dataset.tone + one.textContent)] }"""
    )
    page.unroute("**/api/**")
    assert got == [["달, 그림 2장 중 1번째", "달, 그림 2장 중 2번째"], ["01", "12"]]


def test_a_name_that_is_refused_stays_to_be_mended(page: Any) -> None:
    wrong = {"error": {"code": "bad-name", "message": "CON은(는) 안 돼요.", "hint": "다른 이름을 고르세요."}}
    page.route("**/api/**", lambda route: route.fulfill(status=422, json=wrong))
    got = page.evaluate(
        """async () => { const { renameClass } = await import('/page/classes.js');
        renameClass({ name: 'd' }, '해'); const input = document.querySelector('dialog input'); input.value = 'CON';
        input.form.requestSubmit(); const said = () => document.querySelector('dialog [role=alert]').textContent;
        while (!said()) await new Promise((done) => setTimeout(done, 10));
        const got = [document.querySelector('dialog').open, input.value, said()];
        document.querySelector('dialog').close(); return got }"""
    )
    page.unroute("**/api/**")
    assert got == [True, "CON", "CON은(는) 안 돼요. 다른 이름을 고르세요."]


def test_a_class_that_came_empty_meanwhile_is_not_a_finding(page: Any) -> None:
    asked: list[str] = []
    page.route("**/api/**", lambda route: (asked.append(route.request.url), route.fulfill(json={}))[1])
    page.evaluate(
        """async () => { const { findings } = await import('/page/findings.js');
        const { signal } = await import('/page/reactive.js'); const full = signal(true);
        let was = true; findings({ name: 'd' }, { ready: () => full() && was }); was = false;
        await new Promise((done) => setTimeout(done, 60)) }"""
    )
    page.unroute("**/api/**")
    assert asked == []


def test_what_was_found_before_a_change_is_not_shown_as_what_is_there(page: Any) -> None:
    told = iter(("two pictures", "three pictures"))

    def answer(route: Any) -> None:
        said = next(told)
        route.fulfill(
            json={
                "verdict": {"en": said, "ko": said},
                "findings": [{"level": "note", "en": said, "ko": said}],
            }
        )

    page.route("**/api/**", answer)
    got = page.evaluate(
        """async () => { const { findings } = await import('/page/findings.js');
        const { signal } = await import('/page/reactive.js'); const changes = signal(0);
        const shown = findings({ name: 'd' }, { changed: changes }); document.body.replaceChildren(shown);
        const verdict = () => shown.querySelector('.verdict')?.textContent ?? '';
        const list = () => shown.querySelector('ul').className;
        const told = async (word) => { while (!verdict().includes(word)) await new Promise((done) => setTimeout(done, 10)); };
        await told('two'); const before = list(); changes.set(1);
        await new Promise((done) => setTimeout(done)); const between = [verdict(), list()];
        await told('three'); return [before, ...between, list()] }"""
    )
    page.unroute("**/api/**")
    assert got == ["", "다시 살펴보고 있어요…", "old", ""]


def test_of_thousands_of_files_some_hundred_show_and_the_others_can_be_asked_for(page: Any) -> None:
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url.split("offset=")[-1].split("&")[0])
        first = [{"id": f"a/{n}", "class": "a", "name": "", "url": ""} for n in range(2)]
        route.fulfill(json={"n": 2, "pictures": first})

    page.route("**/api/**", answer)
    got = page.evaluate(
        """async () => { const { gallery } = await import('/page/gallery.js'); const { sets } = await import('/page/state.js');
        const set = { name: 'd', editable: true, classes: [{ name: 'a', n: 2 }] };
        sets.set([set]); location.hash = '#/data?data=d'; await new Promise((done) => setTimeout(done));
        const shown = gallery(set, { editable: true }); document.body.replaceChildren(shown.element);
        const tiles = () => document.querySelectorAll('.tile button').length;
        while (!tiles()) await new Promise((done) => setTimeout(done, 10));
        shown.addMany(Array.from({ length: 1000 }, (_, n) => ({ id: `a/x${n}`, class: 'a', name: '', url: '' })));
        await new Promise((done) => setTimeout(done));
        const before = [tiles(), sets.peek()[0].n];
        document.querySelector('.shelf p .button').click(); await new Promise((done) => setTimeout(done, 50));
        return before }"""
    )
    page.unroute("**/api/**")
    assert got == [400, 1002]
    assert set(asked) == {"0", "2"}  # the server's order, in which those that were added stand elsewhere


def test_data_that_were_changed_after_a_training_are_said_where_the_pictures_would_stand(page: Any) -> None:
    gone = {"error": {"code": "data-changed", "message": "…", "hint": None}}
    page.route("**/api/**", lambda route: route.fulfill(status=409, json=gone))
    got = page.evaluate(
        """async () => { const { nearest } = await import('/page/inside.js'); const { messageList } = await import('/page/parts.js');
        const box = nearest({ run: 'r' }, 'validation/1', (key) => key); const said = messageList();
        for (const old of said.querySelectorAll('.message .tool')) old.click(); await null;
        document.body.replaceChildren(box, said);
        while (box.hidden) await new Promise((done) => setTimeout(done, 10));
        return [box.querySelector('.note').textContent, said.textContent] }"""
    )
    page.unroute("**/api/**")
    assert got[0].startswith("이 학습 뒤에 데이터가 바뀌어서") and got[1] == ""


def test_a_network_without_maps_is_not_told_of_maps_and_its_last_units_are_classes(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { flow } = await import('/page/flow.js'); const { speak, t } = await import('/page/words.js'); speak('ko');
        const png = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';
        const layer = (name, values) => ({ name, type: 'Dense', values, low: 0, high: 1, output_shape: [values.length], en: '', ko: '' });
        const inner = { input: { png, shown: 1, width: 1, height: 1, count: 1 }, layers: [layer('a', [1, 0.5, 0]), layer('b', [0.25, 0.75])],
          probabilities: [{ key: 'x', en: 'x', ko: '원', p: 0.25 }, { key: 'y', en: 'y', ko: '각', p: 0.75 }] };
        const box = flow({ run: 'r' }, 'validation/1', inner); document.body.replaceChildren(box); await null;
        return [box.querySelector('.note').textContent.includes('맵'),
          [...box.querySelectorAll('.unit')].map((one) => one.ariaLabel), box.querySelector('.unit-names').textContent,
          t('', "‘원’을 본 것").split('\\u2060')] }"""
    )
    assert got == [
        False,
        ["1: 1.000", "2: 0.500", "3: 0.000", "원: 0.250", "각: 0.750"],
        "원각",
        ["‘원’", "을 본 것"],
    ]


def test_answers_stand_in_the_order_in_which_the_classes_were_named(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { inOrder, sets } = await import('/page/state.js');
        sets.set([{ name: 'sky', classes: [{ name: '해' }, { name: '달' }] }]); location.hash = '#/try?data=sky';
        await new Promise((done) => setTimeout(done));
        return inOrder([{ key: '달' }, { key: '구름' }, { key: '해' }]).map((one) => one.key) }"""
    )
    assert got == ["해", "달", "구름"]


def test_the_class_that_is_drawn_stays_the_same_when_others_come_and_go(page: Any) -> None:
    page.route("**/api/**", lambda route: route.fulfill(json={"n": 0, "pictures": []}))
    got = page.evaluate(
        """async () => { const { collecting } = await import('/page/collect.js'); const { sets } = await import('/page/state.js');
        const set = (...names) => ({ name: 'sky', editable: true, classes: names.map((name) => ({ name, n: 0 })) });
        sets.set([set('해', '달', '별')]); location.hash = '#/data?data=sky'; await new Promise((done) => setTimeout(done));
        document.body.replaceChildren(collecting(set('해', '달', '별')));
        const chosen = async () => { await new Promise((done) => setTimeout(done));
          return document.querySelector('.chip[aria-checked=true] span').textContent };
        document.querySelectorAll('.chips .chip')[1].click();
        const out = [await chosen()];
        for (const names of [['달', '별'], ['해', '달', '별'], ['해', '밤', '별'], ['해']]) {
          sets.set([set(...names)]); out.push(await chosen());
        }
        return out }"""
    )
    page.unroute("**/api/**")
    assert got == ["달", "달", "달", "밤", "해"]  # another came and went, it was renamed, it was put aside


def test_pictures_that_could_not_be_had_are_asked_for_again(page: Any) -> None:
    page.evaluate(
        """async () => { const image = new Image(); image.src = '/page/gone.svg'; document.body.replaceChildren(image);
        await new Promise((done) => image.addEventListener('error', done)) }"""
    )
    drawn = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    page.route("**/gone.svg", lambda route: route.fulfill(body=drawn, content_type="image/svg+xml"))
    got = page.evaluate(
        """async () => { const { picturesAgain } = await import('/page/parts.js'); const [image] = document.images;
        picturesAgain(); await image.decode(); return image.naturalWidth }"""
    )
    page.unroute("**/gone.svg")
    assert got == 9


def test_what_is_missing_in_a_column_is_said_once(page: Any) -> None:
    used = {
        "role": "number",
        "missing": 2,
        "missing_share": 0.2,
        "reason": {"en": "number, 1 to 9; missing in 2 of 10 rows"},
    }
    empty = {**used, "role": "left out", "missing": 10, "missing_share": 1, "reason": {"en": "empty"}}
    identifier = {**used, "role": "left out", "reason": {"en": "identifier"}}
    target = {**used, "role": "target", "reason": None}
    assert page.evaluate(
        "async (columns) => { const { gaps } = await import('/page/table.js'); return columns.map(gaps) }",
        [used, empty, {**used, "missing": 0, "missing_share": 0}, identifier, target],
    ) == ["", "", "", "결측 20.0%", "결측 20.0%"]


def test_what_others_did_to_pictures_keeps_what_stays_in_its_place(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { merged } = await import('/page/shelves.js');
        const one = (id, more) => ({ id, url: `/${id}`, ...more });
        const drawn = one('z', { fresh: true, served: '/z', url: 'blob:z' });
        const before = [one('a'), one('b'), drawn, one('c')];
        const list = (found, whole) => merged(before, found, whole).map((picture) => picture.id).join('');
        const found = ['0', 'a', 'b1', 'b', 'b2', 'b3', 'z', 'z1'].map((id) => one(id));
        const same = merged(before, before.map(({ id }) => one(id)), true);
        const anew = merged(before, [one('a', { url: '/a?v=2' }), one('z', { url: '/z?v=2' })], true);
        return [list(found, true), list([one('a')], false), list([one('a')], true), list([], true),
          same.every((picture, i) => picture === before[i]), anew.map((picture) => picture.url)] }"""
    )
    # What was drawn here stays where the server has not said everything: it may stand behind.
    assert got == ["0ab1bb2b3zz1", "az", "a", "", True, ["/a?v=2", "/z?v=2"]]


def test_a_new_class_is_the_one_that_is_drawn_next(page: Any) -> None:
    page.route(
        "**/api/**",
        lambda route: route.fulfill(
            json={
                "name": "sky",
                "editable": True,
                "classes": [{"name": n, "n": 0} for n in ("해", "달", "별")],
            }
            if route.request.method == "POST"
            else {"n": 0, "pictures": []}
        ),
    )
    got = page.evaluate(
        """async () => { const { collecting } = await import('/page/collect.js'); const { sets } = await import('/page/state.js');
        const tick = () => new Promise((done) => setTimeout(done));
        const set = { name: 'sky', editable: true, classes: [{ name: '해', n: 0 }, { name: '달', n: 0 }] };
        sets.set([set]); location.hash = '#/data?data=sky'; await tick();
        document.body.replaceChildren(collecting(set));
        const chips = () => [...document.querySelectorAll('.chips [role=radio]')];
        const chosen = () => document.querySelector('.chip[aria-checked=true] span').textContent;
        chips()[0].focus();
        for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowRight'])
          document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        await tick();
        const out = [chosen(), document.activeElement === chips()[1], chips().map((one) => one.tabIndex).join()];
        const held = document.activeElement;
        sets.set([{ ...set, classes: [{ name: '해', n: 5 }, { name: '달', n: 0 }] }]); await tick();
        out.push(document.activeElement === held, chips()[0].querySelector('small').textContent);
        document.querySelector('.chip.add').click();
        document.querySelector('dialog input').value = '별'; document.querySelector('dialog form').requestSubmit();
        while (document.querySelector('dialog')) await new Promise((done) => setTimeout(done, 10));
        await tick(); return [...out, chosen()] }"""
    )
    page.unroute("**/api/**")
    assert got == ["달", True, "-1,0", True, "5", "별"]


def test_pictures_are_added_to_what_a_closed_class_had(page: Any) -> None:
    page.route("**/api/**", lambda route: route.abort())
    got = page.evaluate(
        """async () => { const { shelves } = await import('/page/shelves.js'); const { signal, effect } = await import('/page/reactive.js');
        const { sets, staying } = await import('/page/state.js');
        const set = { name: 'd', classes: [{ name: 'a', n: 90 }, { name: 'b', n: 7 }] }; sets.set([set]);
        let end; const known = await new Promise((done) => (end = effect(() =>
          done(shelves(staying(set), { page: 9, selected: signal(new Set()), changed: () => {} })))));
        known.load('b'); // its answer has not come
        known.enter([{ id: 'a/1', class: 'a', url: '' }]);
        const counted = sets.peek()[0].classes.map((one) => one.n);
        end(); known.enter([{ id: 'a/2', class: 'a', url: '' }]); // the view has gone meanwhile
        return [counted, sets.peek()[0].n] }"""
    )
    page.unroute("**/api/**")
    assert got == [[91, 7], 98]


def test_what_was_begun_under_an_old_name_goes_on(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { address, renamed } = await import('/page/api.js');
        const { data, keepName, keepSet, sets, staying } = await import('/page/state.js'); const tick = () => new Promise((done) => setTimeout(done));
        const [a, b] = [{ name: 'a/1' }, { name: 'b' }]; sets.set([a, b]); location.hash = '#/data?data=a%2F1'; await tick();
        const mine = staying(a); const out = [data().name]; keepName('a/1', 'c'); keepName('c', 'd'); await tick();
        out.push(data().name, mine().name, address(['data', 'a/1', 'x/y'], {}), address(['data', 'b'], {}), address(['runs', 'a/1'], {}));
        keepName('d', 'a/1'); await tick(); out.push(data().name, mine().name, renamed());
        keepName('b', 'e'); keepSet({ name: 'b' }); out.push(address(['data', 'b', 'classes'], {}), address(['data'], {}));
        renamed.set({}); return out }"""
    )
    assert got[:6] == ["a/1", "d", "d", "/api/data/d/x/y", "/api/data/b", "/api/runs/a/1"]
    assert got[6:9] == ["a/1", "a/1", {"c": "a/1", "d": "a/1"}]
    assert got[9:] == ["/api/data/b/classes", "/api/data"]  # a new one with an old name of another


def test_a_long_training_keeps_as_many_batches_as_can_be_seen(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { joined } = await import('/page/events.js');
        const batch = (from, n) => ({ rows: [], batches: { from, loss: Array.from({ length: n }, (_, i) => from + i) } });
        let known = joined(null, { whole: true, ...batch(0, 8000) });
        for (let from = 8000; from < 100000; from += 1000) known = joined(known, batch(from, 1000));
        const right = known.losses.every((loss, i) => loss === known.first + i);
        const before = [known.losses.length <= 32768, known.first + known.losses.length, right];
        const rows = known.rows; known = joined(known, { rows: [], epoch: 3 });
        const back = joined(known, batch(50, 2)); // it went on from a checkpoint
        return [...before, known.rows === rows, back.first, back.losses] }"""
    )
    assert got == [True, 100000, True, True, 50, [50, 51]]


def test_a_line_of_ten_thousand_epochs_is_drawn_with_few_points(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { chart } = await import('/page/curves.js');
        const points = Array.from({ length: 10000 }, (_, i) => [i + 1, 1 / (i + 1)]);
        const box = chart({ name: () => '', lines: () => [{ name: 'v', tone: 'train', points }] });
        box.style.width = '600px'; document.body.replaceChildren(box);
        while (!box.querySelector('path')) await new Promise((done) => setTimeout(done, 10));
        return box.querySelector('path.line').getAttribute('d').split('L').length }"""
    )
    assert got <= 500


def test_a_matrix_of_a_thousand_classes_shows_those_that_are_confused(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { matrix } = await import('/page/matrix.js'); const { signal } = await import('/page/reactive.js');
        const n = 1000; const classes = Array.from({ length: n }, (_, i) => ({ key: `k${i}`, en: `k${i}`, ko: `k${i}` }));
        const counts = classes.map((_, i) => Array.from({ length: n }, (_, j) => (i === j ? 9 : 0)));
        counts[700][3] = 2; counts[41][999] = 1;
        const box = matrix({ classes, matrix: counts }, signal(null), true); document.body.replaceChildren(box);
        const names = [...box.querySelectorAll('tbody th')].map((one) => one.textContent);
        return [names.length, ['k3', 'k41', 'k700', 'k999'].every((name) => names.includes(name)), box.querySelectorAll('.wrong').length,
          box.querySelector('.wrong button').title, box.querySelector('figcaption').textContent] }"""
    )
    assert got[:3] == [40, True, 2] and "10%" in got[3] and "1,000" in got[4]


def test_an_answer_that_was_overtaken_shows_nothing(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { newest } = await import('/page/api.js'); const { insideView } = await import('/page/inside.js');
        const state = await import('/page/state.js'); const plain = window.fetch; const late = [];
        const tick = (n = 0) => new Promise((done) => setTimeout(done, n));
        const json = (value) => new Response(JSON.stringify(value));
        const row = (id) => ({ id, truth: 'x', label: 'y', probability: 1, url: '' });
        window.fetch = async (url) => {
          const { pathname, searchParams: at } = new URL(url);
          if (pathname.endsWith('confusion')) return json({ n: 3, classes: ['x', 'y'].map((key) => ({ key, en: key, ko: key })), matrix: [[1, 2], [0, 0]] });
          if (!pathname.endsWith('pictures')) return json({});
          if (at.get('wrong')) await new Promise((done) => late.push(done)); // the first question is answered last
          return json({ n: 1, pictures: [row(at.get('wrong') ? 'validation/9' : 'validation/1')] });
        };
        state.sets.set([{ name: 'd' }]); state.runs.set([{ run: 'r', data: 'd', state: 'done', kind: 'pictures' }]);
        location.hash = '#/inside?data=d&run=r&picture=validation/5'; await tick(); document.body.replaceChildren(insideView());
        while (!document.querySelector('td button')) await tick(10);
        document.querySelectorAll('td button')[0].click();
        while (!document.querySelector('.album .tile')) await tick(10);
        for (const done of late) done(); await tick(20); window.fetch = plain;
        return [...document.querySelectorAll('.album .tile small')].length + ' ' + document.querySelectorAll('.album .line b').length
          + ' ' + document.querySelector('.album .tile button').ariaLabel }"""
    )
    assert got.startswith("1 1 ")


def test_what_could_not_be_taken_back_can_be_later(page: Any) -> None:
    got = page.evaluate(
        """async () => { const { did, undoLast } = await import('/page/actions.js'); const { messageList } = await import('/page/parts.js');
        let [away, back] = [true, 0]; const wait = () => new Promise((done) => setTimeout(done));
        did(() => '', async () => { if (away) throw Object.assign(new Error(), { code: 'unreachable' }); back++; }, { quiet: true });
        const first = undoLast(); await wait(); away = false; const again = undoLast(); await wait();
        return [first, again, back] }"""
    )
    assert got == [True, True, 1]


def test_cards_and_runs_stay_where_the_keyboard_is(page: Any) -> None:
    page.route(
        "**/api/**",
        lambda route: route.fulfill(
            json={"n": 0, "pictures": [], "recipes": [], "sections": [], "settings": []}
        ),
    )
    got = page.evaluate(
        """async () => { const { welcome } = await import('/page/welcome.js'); const { trainView } = await import('/page/train.js');
        const state = await import('/page/state.js'); const tick = () => new Promise((done) => setTimeout(done));
        const set = (name, n) => ({ name, kind: 'pictures', here: true, n, classes: [] }); state.runs.set([]);
        state.sets.set([set('a', 1), set('b', 1)]); document.body.replaceChildren(...welcome());
        const stays = async (chosen, change) => { const held = document.querySelector(chosen); held.focus(); change(); await tick();
          return [document.activeElement === held, held.textContent] };
        const out = [await stays('a.set', () => state.sets.set([set('b', 1), set('a', 2)]))];
        const run = (more) => ({ run: 'r', data: 'a', kind: 'pictures', state: 'training', ...more });
        state.jobs.set([]); state.runs.set([run()]); location.hash = '#/train?data=a&run=r'; await tick(); document.body.replaceChildren(trainView());
        out.push(await stays('.run-list a', () => state.runs.set([run({ state: 'done', validation_accuracy: 0.5, validation_n: 4 })])));
        return out }"""
    )
    page.unroute("**/api/**")
    assert [one[0] for one in got] == [True, True]
    assert "그림 2장" in got[0][1] and "50%" in got[1][1]
