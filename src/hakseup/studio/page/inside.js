/* The view of the inside: where the network errs at the left, one picture on its way through it at the right. */

import { computed, effect, h, onCleanup, signal } from "./reactive.js";
import { josa, number, probability, said, t } from "./words.js";
import { get, post } from "./api.js";
import { inOrder, picture, run, settle } from "./state.js";
import { attempt, bars, button, choice, fail, heading } from "./parts.js";
import { needRun, notDone, runChooser } from "./chooser.js";
import { dots, effects, important, worst } from "./columns.js";
import { matrix } from "./matrix.js";
import { flow } from "./flow.js";
import { looking } from "./looking.js";

const PAGE = 60;

export function insideView() {
  const which = computed(() => run() && `${run().run} ${run().state === "done"}`);
  return h("div", { class: "stack" }, () =>
    !which() ? needRun() : run.peek().state === "done" ? inside(run.peek()) : notDone(run.peek()),
  );
}

/** Of a table: which columns count at the right, where it is wrong at the left. */
function insideOfTable(one) {
  const facts = signal(null); // what the run has kept of rows and columns
  const matrixFacts = signal(null);
  attempt(async () => {
    const found = await get(["runs", one.run, "columns"]);
    if (found.task === "classes") matrixFacts.set(await get(["runs", one.run, "confusion"], { part: "validation" }));
    facts.set(found);
  });
  const name = (key) => said(facts()?.classes.find((found) => found.key === key) ?? key);
  return [
    h(
      "div",
      { class: "title-row" },
      heading(
        () => t("Where is it wrong, and what does it look at?", "어디에서 틀리고, 무엇을 보나요?"),
        () => (facts()?.task === "number" ? missed(facts()) : answer(matrixFacts(), name, true)),
      ),
      runChooser(),
    ),
    () =>
      facts() &&
      h(
        "div",
        { class: "columns insides of-table" },
        h(
          "section",
          { class: "errs", "aria-label": () => t("Where it is wrong", "틀리는 곳") },
          h("h2", null, () => t("Where it is wrong", "틀리는 곳")),
          matrixFacts() && matrix(matrixFacts(), signal(null), false),
          facts().details?.dots && dots(facts()),
        ),
        h(
          "section",
          { class: "through", "aria-label": () => t("What it looks at", "무엇을 보나요") },
          h("h2", null, () => t("What it looks at", "무엇을 보나요")),
          important(facts()),
          effects(facts()),
        ),
        worst(facts()),
      ),
  ];
}

function missed({ metrics, n }) {
  return t("It is off by {e} on average", "평균 {e}만큼 빗나가요", { e: number(metrics.mae), n });
}

function inside(one) {
  if (one.kind === "table") return insideOfTable(one);
  const facts = signal(null); // the confusion matrix and the classes
  const cell = signal(null); // {truth, label}: of the matrix; null: all mistakes
  const list = signal({ n: 0, pictures: [] }); // what the album shows
  const truth = (id) => list().pictures.find((shown) => shown.id === id)?.truth ?? null;
  attempt(async () => facts.set(await get(["runs", one.run, "confusion"], { part: "validation" })));
  const name = (key) => said(facts()?.classes.find((found) => found.key === key) ?? key);
  return [
    h(
      "div",
      { class: "title-row" },
      heading(
        () => t("Where is it wrong, and what does it see?", "어디에서 틀리고, 무엇을 보나요?"),
        () => answer(facts(), name),
      ),
      runChooser(),
    ),
    h(
      "div",
      { class: "columns insides" },
      h(
        "section",
        { class: "errs", "aria-label": () => t("Where it is wrong", "틀리는 곳") },
        () => facts() && matrix(facts(), cell, true),
        album(one, cell, list, name),
      ),
      h("div", null, () =>
        picture()
          ? through(one, picture(), name, truth)
          : h("p", { class: "note" }, t("Choose a picture.", "그림을 골라요.")),
      ),
    ),
  ];
}

function answer(facts, name, rows = false) {
  if (!facts) return t("Looking at the validation part…", "검증 부분을 보고 있어요…");
  const wrong = facts.matrix
    .flatMap((row, truth) => row.map((n, label) => ({ n: truth === label ? 0 : n, truth, label })))
    .filter(({ n }) => n);
  const total = wrong.reduce((sum, { n }) => sum + n, 0);
  if (!total)
    return t("None of the {n} in the validation part is wrong", "검증 부분 {n}개를 모두 맞혔어요", {
      n: number(facts.n),
    });
  const worst = wrong.reduce((a, b) => (b.n > a.n ? b : a));
  const values = {
    n: number(total),
    all: number(facts.n),
    ...taken(name(facts.classes[worst.truth].key), name(facts.classes[worst.label].key)),
  };
  return t(
    "{n} of {all} are wrong, most often “{a}” taken for “{b}”",
    rows
      ? "{all}행 중 {n}행을 틀렸고, {object} {as} 본 일이 가장 많아요"
      : "{all}장 중 {n}장을 틀렸고, {object} {as} 본 일이 가장 많아요",
    values,
  );
}

/** What was taken for what, for sentences in both languages. */
const taken = (a, b) => ({ a, b, object: josa(`‘${a}’`, "을", "를"), as: josa(`‘${b}’`, "으로", "로") });

/** The pictures of a cell of the matrix, or the surest mistakes, or all. */
function album(one, cell, list, name) {
  const kind = signal("wrong");
  const query = () => ({ part: "validation", ...(cell() ?? (kind() === "wrong" ? { wrong: true } : {})) });
  let turn = 0; // an answer to what is no longer asked shows nothing
  const load = async (offset) => {
    const mine = ++turn;
    const answer = await attempt(() => get(["runs", one.run, "pictures"], { ...query(), offset, limit: PAGE }));
    if (!answer || mine !== turn) return;
    list.set(offset ? { n: answer.n, pictures: [...list.peek().pictures, ...answer.pictures] } : answer);
    if (!offset && !answer.n && !cell.peek() && kind.peek() === "wrong") kind.set("all");
    else if (!picture.peek() && answer.pictures.length) settle({ picture: answer.pictures[0].id });
  };
  effect(() => {
    query();
    load(0);
  });
  onCleanup(() => turn++); // nor does it choose a picture once the view is about another run
  return h(
    "div",
    { class: "album" },
    h("div", { class: "line" }, () =>
      cell()
        ? [
            h(
              "p",
              null,
              h(
                "b",
                null,
                cell().truth === cell().label
                  ? t("“{a}”, recognised", "‘{a}’, 맞힘", { a: name(cell().truth) })
                  : t("“{a}” taken for “{b}”", "{object} {as} 본 것", taken(name(cell().truth), name(cell().label))),
              ),
            ),
            h(
              "button",
              { type: "button", class: "link", onclick: () => cell.set(null) },
              t("all mistakes", "틀린 그림 모두"),
            ),
          ]
        : choice(
            "album",
            t("Which pictures", "어떤 그림"),
            [
              ["wrong", t("Mistakes, the surest first", "틀린 그림, 확신한 것부터")],
              ["all", t("All", "모두")],
            ],
            kind,
            kind.set,
          ),
    ),
    h("ul", { class: "pictures" }, () =>
      list().pictures.map((shown) =>
        h(
          "li",
          { class: "tile" },
          h(
            "button",
            {
              type: "button",
              "aria-pressed": () => String(picture() === shown.id),
              "aria-label": t("{truth}, taken for {label}, {p}", "정답 {truth}, 답 {label}, {p}", {
                truth: name(shown.truth),
                label: name(shown.label),
                p: probability(shown.probability),
              }),
              onclick: () => settle({ picture: shown.id }),
            },
            h("img", { src: shown.url, alt: "", loading: "lazy", width: 64, height: 64 }),
            h(
              "small",
              { class: shown.truth === shown.label ? "" : "miss", translate: "no" },
              shown.truth === shown.label ? name(shown.label) : `${name(shown.truth)} → ${name(shown.label)}`,
            ),
          ),
        ),
      ),
    ),
    () =>
      list().n > list().pictures.length &&
      h(
        "p",
        null,
        button(
          () => t("Show more", "더 보기"),
          () => load(list.peek().pictures.length),
          { kind: "link" },
        ),
      ),
  );
}

/** One picture and everything that happens to it. */
function through(one, id, name, truth) {
  const inner = signal(null);
  attempt(async () => inner.set(await post(["runs", one.run, "inside"], { picture: id })));
  return h("section", { class: "through", "aria-label": () => t("Through the network", "신경망을 지나는 길") }, () => {
    const now = inner();
    if (!now)
      return h(
        "p",
        { class: "note", role: "status" },
        t("The picture is going through the network…", "그림이 신경망을 지나고 있어요…"),
      );
    const shares = Object.fromEntries(inOrder(now.probabilities).map((each) => [each.key, each.p]));
    return [
      h(
        "div",
        { class: "looked" },
        looking(one, id, now),
        h(
          "div",
          null,
          h("h2", null, () => says(name(now.label), truth(id) && name(truth(id)))),
          bars(() => shares, { show: name, truth: () => truth(id) }),
          nearest(one, id, name),
        ),
      ),
      flow(one, id, now),
    ];
  });
}

function says(label, truth) {
  const values = {
    label,
    truth,
    quoted: josa(`‘${label}’`, "이라고", "라고"),
    right: truth && josa(`‘${truth}’`, "이에요", "예요"),
  };
  if (truth === label) return t("It says “{label}”, and that is right", "{quoted} 했고, 맞았어요", values);
  if (truth) return t("It says “{label}”, but it is “{truth}”", "{quoted} 했지만 정답은 {right}", values);
  return t("It says “{label}”", "{quoted} 해요", values);
}

/** The training pictures that are most like it, to the network. */
export function nearest(one, id, name) {
  const found = signal(null);
  const changed = signal(false);
  post(["runs", one.run, "nearest"], { picture: id, n: 8 }).then(found.set, (error) =>
    error.code === "data-changed" ? changed.set(true) : fail(error),
  );
  return h(
    "div",
    { class: "nearest", hidden: () => !found()?.pictures.length && !changed() },
    h("h3", null, () => t("Learned pictures most like it", "배운 그림 가운데 가장 비슷한 것")),
    h("p", { class: "note", hidden: () => !changed() }, () =>
      t(
        "The data were changed after this training, so what it learned from can no longer be shown. Train again to see it.",
        "이 학습 뒤에 데이터가 바뀌어서 무엇을 배웠는지 보여 줄 수 없어요. 다시 학습하면 볼 수 있어요.",
      ),
    ),
    h("ul", { class: "pictures" }, () =>
      (found()?.pictures ?? []).map((near) =>
        h(
          "li",
          { class: "tile" },
          h("img", { src: near.url, alt: "", loading: "lazy", width: 48, height: 48 }),
          h("small", { translate: "no" }, name(near.class)),
        ),
      ),
    ),
  );
}
