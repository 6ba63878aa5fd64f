/* Which run a view is about, and what to say where there is none. */

import { h } from "./reactive.js";
import { t } from "./words.js";
import { runId, runs, settle, stateOf, to } from "./state.js";
import { icon } from "./parts.js";

/** A menu of the runs that can be looked into. */
export function runChooser() {
  const usable = () => (runs() ?? []).filter((one) => one.state !== "not begun" && one.state !== "damaged");
  return h(
    "label",
    { class: "chooser" },
    h("span", null, () => t("Training", "학습한 것")),
    h("select", { onchange: (event) => settle({ run: event.target.value }) }, () =>
      usable().map((one) => h("option", { value: one.run, selected: one.run === runId() }, one.run)),
    ),
  );
}

export function needRun() {
  return h(
    "div",
    { class: "empty" },
    h("h1", { tabindex: -1 }, () =>
      runs() === null
        ? t("Looking for trainings…", "학습한 것을 찾고 있어요…")
        : t("Nothing has been trained yet", "아직 학습한 것이 없어요"),
    ),
    h(
      "p",
      null,
      () =>
        runs() !== null &&
        t("Gather data and train first.", "먼저 데이터를 모으고 학습해요."),
    ),
    h(
      "a",
      { class: "button primary", href: () => to({ view: "data", run: null }) },
      h("span", null, () => t("To the data", "데이터로 가기")),
    ),
  );
}

/** A run whose training is not done has no results yet. */
export function notDone(one) {
  const working = stateOf(one) === "training";
  return h(
    "div",
    { class: "empty" },
    icon("train"),
    h("h1", { tabindex: -1 }, () =>
      working
        ? t("It is still learning", "아직 배우고 있어요")
        : t("This training did not end", "이 학습은 끝까지 가지 못했어요"),
    ),
    h("p", null, () =>
      t(
        "What it gets wrong and its result can be seen when it is done.",
        "어디에서 틀리는지와 결과는 학습이 끝나면 볼 수 있어요.",
      ),
    ),
    h(
      "a",
      { class: "button primary", href: () => to({ view: "train" }) },
      h("span", null, () => (working ? t("Watch it", "지켜보기") : t("Go on with it", "이어서 학습하기"))),
    ),
  );
}
