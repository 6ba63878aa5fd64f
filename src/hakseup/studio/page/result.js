/* The view of the result: the sealed test part, opened by a deliberate act; the score with what stands beside it;
   what to take home. */

import { computed, effect, h, s, signal } from "./reactive.js";
import { errorPart, language, many, metricName, number, percent, said, t } from "./words.js";
import { address, get, post } from "./api.js";
import { jobs, run, runs } from "./state.js";
import { attempt, button, figure, heading, icon } from "./parts.js";
import { needRun, notDone, runChooser } from "./chooser.js";

export function resultView() {
  const which = computed(() => run() && `${run().run} ${run().state === "done"}`);
  return h("div", { class: "stack" }, () =>
    !which() ? needRun() : run.peek().state === "done" ? result(run.peek()) : notDone(run.peek()),
  );
}

function result(one) {
  const details = signal(null);
  const seal = signal(null);
  const opening = signal(null); // the job that opens the test part
  const load = () =>
    attempt(async () => {
      const [found, test] = await Promise.all([get(["runs", one.run]), get(["runs", one.run, "test"])]);
      details.set(found);
      seal.set(test);
    });
  load();
  const job = computed(() => jobs().find((found) => found.job === opening()) ?? null);
  effect(() => {
    if (job() && job().state !== "working") load().then(() => job.peek()?.state === "done" && opening.set(null));
  });
  const score = computed(() => details()?.scores?.test ?? null);
  return [
    h(
      "div",
      { class: "title-row" },
      heading(
        () => t("Can I believe it?", "믿어도 될까요?"),
        () => answer(details(), score(), one),
      ),
      runChooser(),
    ),
    h(
      "div",
      { class: "columns results" },
      h("div", null, () =>
        details() === null
          ? h("p", { class: "note" }, t("Reading the run…", "실행을 읽고 있어요…"))
          : score()
            ? opened(score(), details())
            : sealed(one, seal, opening, job, details),
      ),
      h("div", null, takeHome(one), comparison(one)),
    ),
  ];
}

function answer(details, score, one) {
  if (score) {
    const versus = score.versus_baseline;
    const model = versus && said(score.baseline_titles?.[versus.name] ?? versus.name);
    if (versus?.better) return t("Yes: it is better than {model}", "네, {model}보다 나아요", { model });
    return versus
      ? t("Whether it is better than {model} cannot be said yet", "{model}보다 나은지는 아직 말할 수 없어요", { model })
      : t("The test part is open", "테스트 부분을 열었어요");
  }
  if (!details) return one.run;
  return t("The test part is still sealed", "테스트 부분은 아직 봉인되어 있어요");
}

const leading = (metrics) =>
  ["accuracy", "rmse", "mae", "loss"].map((name) => [name, metrics[name]]).find(([, value]) => value !== undefined) ??
  Object.entries(metrics)[0];

/** Closed: what opening means, a box to tick, then the button. */
function sealed(one, seal, opening, job, details) {
  const understood = signal(false);
  const open = async () => opening.set((await post(["runs", one.run, "evaluate"], { open_the_test_part: true })).job);
  const validation = () => details()?.scores?.validation;
  return h(
    "section",
    { class: "sealed" },
    envelope(),
    h("p", { class: "lead" }, () => said(seal()?.said)),
    () =>
      validation() &&
      h(
        "p",
        null,
        t(
          "So far only the validation part has been looked at: {p} right of {n}. It chose the epoch, so it flatters a little.",
          "지금까지는 검증 부분만 보았어요: {n}개 중 {p}를 맞혔어요. 에포크를 고르는 데 썼으니 조금 후한 점수예요.",
          { p: percent(validation().metrics.accuracy, validation().n), n: number(validation().n) },
        ),
      ),
    h(
      "label",
      { class: "understood" },
      h("input", { type: "checkbox", checked: understood, onchange: (event) => understood.set(event.target.checked) }),
      h("span", null, () =>
        t(
          "I have finished choosing. After this score I do not go back to improve on the same test part.",
          "고르는 일은 끝났어요. 이 점수를 본 뒤에 같은 테스트 부분으로 다시 고치지 않을게요.",
        ),
      ),
    ),
    button(() => t("Open the test part", "테스트 부분 열기"), open, {
      kind: "primary",
      iconName: "seal",
      disabled: () => !understood() || Boolean(opening()),
    }),
    () =>
      opening() &&
      (job()?.state === "failed"
        ? h(
            "div",
            { class: "error-box", role: "alert" },
            h("p", null, h("b", null, errorPart(job().error, "message"))),
            h("p", null, errorPart(job().error, "hint") ?? ""),
          )
        : h("p", { class: "note", role: "status" }, job()?.said?.at(-1) ?? t("Opening…", "여는 중이에요…"))),
  );
}

function envelope() {
  return s(
    "svg",
    { class: "envelope", viewBox: "0 0 160 104", "aria-hidden": "true" },
    s("rect", { x: 4, y: 4, width: 152, height: 96, rx: 8 }),
    s("path", { d: "M6 9l74 52 74-52" }),
    s("circle", { cx: 80, cy: 60, r: 15 }),
    s("path", { class: "stamp", d: "M73 60l5 5 9-10" }),
  );
}

/** Open: the score, its interval, simple models beside it. */
function opened(score, details) {
  const [name, value] = leading(score.metrics);
  const share = name === "accuracy";
  const interval = score.interval?.[name];
  const shown = (each) => (share ? percent(each, score.n) : number(each));
  return [
    h(
      "p",
      { class: "score" },
      h("b", null, share ? percent(value, score.n).replace("%", "") : number(value)),
      share && h("small", null, "%"),
    ),
    h("p", { class: "lead" }, () =>
      share
        ? t(
            "{k} of {n} pictures it had never seen. With other pictures of the same kind the share would lie between {a} and {b} (95 %).",
            "한 번도 보지 않은 {n}개 중 {k}개를 맞혔어요. 비슷한 다른 데이터였다면 {a}에서 {b} 사이였을 거예요(95 %).",
            {
              k: number(Math.round(value * score.n)),
              n: number(score.n),
              a: shown(interval?.[0]),
              b: shown(interval?.[1]),
            },
          )
        : t(
            "{name} on {n} rows it had never seen; 95 % interval {a} to {b}.",
            "한 번도 보지 않은 {n}행에서의 {name}, 95 % 신뢰구간 {a}에서 {b}.",
            { name: metricName(name), n: number(score.n), a: shown(interval?.[0]), b: shown(interval?.[1]) },
          ),
    ),
    score.versus_baseline?.en && h("p", { class: "versus" }, () => said(score.versus_baseline)),
    figure(
      () =>
        share
          ? t("Beside simple models, on the same pictures", "같은 데이터에서 간단한 모델과 나란히")
          : t("Beside simple models, on the same rows", "같은 행에서 간단한 모델과 나란히"),
      whiskers(score, name, share),
    ),
    h("p", { class: "note" }, () =>
      t("This test part was opened {n}.", "이 테스트 부분은 {n} 열렸어요.", {
        n: t(
          details.opened === 1 ? "once" : many(details.opened, "time", "times"),
          details.opened === 1 ? "한 번" : `${details.opened}번`,
        ),
      }),
    ),
    score.unknown?.promised?.en && h("p", { class: "note" }, () => said(score.unknown.promised)),
    metricsTable(score),
  ];
}

/** Intervals as lines, one below the other, on one axis. */
function whiskers(score, name, share) {
  const rows = [
    {
      words: () => t("this network", "이 신경망"),
      value: score.metrics[name],
      interval: score.interval?.[name],
      own: true,
    },
    ...Object.entries(score.baselines ?? {}).map(([model, metrics]) => ({
      words: () => said(score.baseline_titles?.[model] ?? model),
      value: metrics[name],
      interval: score.baseline_intervals?.[model]?.[name],
    })),
  ].filter((row) => row.value !== undefined && row.value !== null);
  const top = share ? 1 : Math.max(...rows.flatMap((row) => [row.value, row.interval?.[1] ?? row.value])) * 1.05;
  const axis =
    share &&
    h(
      "li",
      { class: "axis", "aria-hidden": "true" },
      h("span"),
      h(
        "span",
        { class: "span" },
        ["0", "25", "50", "75", "100%"].map((words) => h("span", null, words)),
      ),
      h("span"),
    );
  return h(
    "ul",
    { class: "whiskers" },
    rows.map((row) => {
      const [band, dot] = [h("i"), h("b")];
      const at = (value) => `${Math.min(100, (100 * value) / top)}%`;
      if (row.interval) {
        band.style.left = at(row.interval[0]);
        band.style.width = `${(100 * (row.interval[1] - row.interval[0])) / top}%`;
      }
      dot.style.left = at(row.value);
      return h(
        "li",
        { class: row.own ? "own" : "" },
        h("span", { class: "who" }, row.words),
        h("span", { class: "span", "aria-hidden": "true" }, row.interval && band, dot),
        h("span", { class: "share" }, share ? percent(row.value, score.n) : number(row.value)),
      );
    }),
    axis,
  );
}

function metricsTable(score) {
  return h(
    "details",
    null,
    h("summary", null, () => t("All measures", "모든 값")),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "plain" },
        h(
          "tbody",
          null,
          Object.entries(score.metrics).map(([name, value]) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, () => metricName(name)),
              h("td", { class: "num" }, number(value)),
              h(
                "td",
                { class: "num note" },
                score.interval?.[name] ? `${number(score.interval[name][0])} – ${number(score.interval[name][1])}` : "",
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function takeHome(one) {
  const link = (words, what, query, name) =>
    h(
      "li",
      null,
      h(
        "a",
        {
          class: "button",
          href: () => address(["runs", one.run, what], query()),
          ...(name ? { download: name } : { target: "_blank", rel: "noopener" }),
        },
        icon(name ? "download" : "result"),
        h("span", null, words),
      ),
    );
  return h(
    "section",
    { class: "panel" },
    h("h2", null, () => t("Take it home", "가져가기")),
    h(
      "ul",
      { class: "links" },
      link(
        () => t("The report, one file that opens anywhere", "보고서: 어디서나 열리는 파일 하나"),
        "report",
        () => ({ lang: language() }),
      ),
      link(
        () => t("The run: weights, recipe, scores (zip)", "실행 폴더: 가중치, 레시피, 점수(zip)"),
        "download",
        () => ({}),
        `${one.run}.zip`,
      ),
      one.kind === "pictures" &&
        link(
          () => t("The picture of the network", "신경망 그림"),
          "network.svg",
          () => ({ lang: language() }),
        ),
    ),
    h(
      "p",
      { class: "note" },
      () => t("The same on the command line: ", "명령줄에서도 같아요: "),
      h("code", { translate: "no" }, `hakseup report runs/${one.run}`),
    ),
  );
}

/** Two runs side by side, on the same examples. */
function comparison(one) {
  const others = () =>
    (runs() ?? []).filter(
      (found) => found.run !== one.run && found.data === one.data && ["done", "stopped"].includes(found.state),
    );
  const other = signal("");
  const found = signal(null);
  const compare = async () => found.set(await post(["compare"], { runs: [one.run, other.peek() || others()[0].run] }));
  return h(
    "section",
    { class: "panel", hidden: () => others().length === 0 },
    h("h2", null, () => t("Is another one better?", "다른 것이 더 나을까요?")),
    h(
      "div",
      { class: "line" },
      h(
        "select",
        {
          "aria-label": () => t("The other training", "다른 학습"),
          onchange: (event) => other.set(event.target.value),
        },
        () => others().map((each) => h("option", { value: each.run }, each.run)),
      ),
      button(() => t("Compare", "비교하기"), compare),
    ),
    h(
      "div",
      { role: "status" },
      () =>
        found() && [
          found().pairs.map((pair) =>
            h(
              "p",
              null,
              h(
                "span",
                { class: "note" },
                pair.part === "test" ? t("Test part. ", "테스트 부분. ") : t("Validation part. ", "검증 부분. "),
              ),
              said(pair),
            ),
          ),
          found().notes.map((words) => h("p", { class: "note" }, said(words))),
        ],
    ),
  );
}
