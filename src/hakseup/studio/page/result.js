/* The view of the result: the sealed test part, opened by a deliberate act; the score; what to take home. */

import { computed, effect, h, s, signal } from "./reactive.js";
import { errorPart, josa, metricName, number, percent, said, t } from "./words.js";
import { get, post, returned } from "./api.js";
import { jobs, run } from "./state.js";
import { attempt, button, heading } from "./parts.js";
import { needRun, notDone, runChooser } from "./chooser.js";
import { opened } from "./score.js";
import { comparison, takeHome } from "./home.js";

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
  effect(() => {
    if (!returned()) return;
    opening.set(null); // a server that was started anew knows nothing of it
    load();
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
      h("div", null, takeHome(one, details), comparison(one)),
    ),
  ];
}

export function answer(details, score, one) {
  if (score) {
    const versus = score.versus_baseline;
    const model = versus && said(score.baseline_titles?.[versus.name] ?? versus.name);
    if (versus?.better) return t("Yes: it is better than {model}", "네, {model}보다 나아요", { model });
    if (versus?.worse)
      return t("No: {model} is better", "아니요, {subject} 더 나아요", { model, subject: josa(model, "이", "가") });
    return versus
      ? t("Whether it is better than {model} cannot be said yet", "{model}보다 나은지는 아직 말할 수 없어요", { model })
      : t("The test part is open", "테스트 부분을 열었어요");
  }
  if (!details) return one.run;
  return t("The test part is still sealed", "테스트 부분은 아직 봉인되어 있어요");
}

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
        t("So far only the validation part has been looked at: {seen}.", "지금까지는 검증 부분만 보았어요: {seen}.", {
          seen: seenSoFar(validation()),
        }),
        decided(details()) &&
          t(" It chose the epoch, so it flatters a little.", " 에포크를 고르는 데 썼으니 조금 후한 점수예요."),
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

/** Whether the validation part had a say in which weights were kept: some recipes always keep the last. */
export const decided = ({ recipe_settings: settings }) =>
  settings["stopping.restore_best"] !== false || settings["stopping.patience"] > 0;

function seenSoFar({ metrics, n }) {
  if (metrics.accuracy === undefined)
    return t("{name} {e} on {n} rows", "{n}행에서 {name} {e}", {
      name: metricName("rmse"),
      e: number(metrics.rmse),
      n: number(n),
    });
  return t("{p} right of {n}", "{n}개 중 {p}를 맞혔어요", { p: percent(metrics.accuracy, n), n: number(n) });
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
