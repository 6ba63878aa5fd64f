/* The view of training: what to train at the left, how it goes at the right. */

import { computed, each, effect, h, onCleanup, signal, untracked } from "./reactive.js";
import { errorPart, number, percent, said, t } from "./words.js";
import { get, post, returned } from "./api.js";
import { data, dataName, jobs, run, runId, runs, sets, settle, stateOf, target, to } from "./state.js";
import { button, fail, heading } from "./parts.js";
import { watch } from "./events.js";
import { layerEditor } from "./layers.js";
import { settingsForm } from "./settings.js";
import { recipeCards } from "./recipes.js";
import { progress } from "./progress.js";

export function trainView() {
  const laid = signal([]); // runs that are to be laid over the chosen one
  const beside = computed(() =>
    laid().filter((id) => id !== runId() && (runs() ?? []).some((one) => one.run === id && one.data === run()?.data)),
  );
  effect(() => watch([runId(), ...beside()].filter(Boolean)));
  onCleanup(() => watch([]));
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "title-row" },
      heading(() => t("How is training going?", "학습이 어떻게 되어 가나요?"), answer),
    ),
    h(
      "div",
      { class: "columns training" },
      h("div", { class: "setup" }, setup(), runList(laid)),
      h("div", { class: "watching" }, progress(beside, preparing)),
    ),
  );
}

/** The largest sentence: how it stands. */
function answer() {
  if (preparing()) return t("It is getting ready", "배울 준비를 하고 있어요");
  const one = run();
  if (!one)
    return dataName()
      ? t("Choose how it shall learn, then start", "어떻게 배울지 고르고 시작해요")
      : t("Choose data first", "먼저 데이터를 골라요");
  const values = { p: share(one), e: number(one.validation_rmse), n: number(one.validation_n) };
  return (
    {
      training: () => t("It is learning", "배우고 있어요"),
      done: () =>
        values.p
          ? one.kind === "table"
            ? t("Done: {p} of the {n} validation rows are right", "다 배웠어요. 검증 {n}행의 {p}를 맞혀요", values)
            : t("Done: {p} of the {n} validation pictures are right", "다 배웠어요. 검증 그림 {n}장의 {p}를 맞혀요", values)
          : one.validation_rmse
            ? t("Done: typically off by {e} on validation rows", "다 배웠어요. 검증 행에서 보통 {e}만큼 빗나가요", values)
            : t("Done", "다 배웠어요"),
      stopped: () => t("Stopped; it can go on", "멈추었어요. 이어서 할 수 있어요"),
      interrupted: () => t("Interrupted; it can go on", "끊겼어요. 이어서 할 수 있어요"),
      failed: () => t("It failed", "실패했어요"),
      diverged: () => t("The loss grew without end", "오차가 끝없이 커졌어요"),
      damaged: () => t("This run cannot be read", "이 실행은 읽을 수 없어요"),
    }[stateOf(one)]?.() ?? t("Not begun", "아직 시작하지 않았어요")
  );
}

/** The share of the validation part that is right, with as many digits as so many examples can carry. */
const share = ({ validation_accuracy: right, validation_n: n }) =>
  right === null || right === undefined ? "" : percent(right, n ?? undefined);

function setup() {
  const which = computed(() => (data() ? data().name : ""));
  return h("section", { class: "panel", "aria-label": () => t("A new training", "새 학습") }, () =>
    which() ? newTraining(data.peek()) : chooseData(),
  );
}

function chooseData() {
  return [
    h("h2", null, () => t("A new training", "새 학습")),
    h("ul", { class: "plain" }, () =>
      (sets() ?? [])
        .filter((set) => set.here && set.n !== 0)
        .map((set) => h("li", null, h("a", { href: to({ data: set.name, run: null }) }, said(set.title) || set.name))),
    ),
  ];
}

function newTraining(set) {
  const recipes = signal(null);
  const chosen = signal(null); // name of the recipe
  const changed = signal({}); // settings that differ from the recipe
  const layers = signal(null); // the lines of the layer editor, null: it was not opened
  let given = []; // what they were at first: unchanged, the recipe's own network is trained
  const known = computed(() => layers() !== null); // apart, so that the editor stays while one types
  const sound = signal(true);
  const opened = signal(false); // whether the layer editor shows
  const instead = signal(false); // whether its lines stand for a network that is no list of layers
  get(["recipes"], { data: set.name }).then((answer) => {
    recipes.set(answer.recipes.filter((recipe) => recipe.fits));
    chosen.set(answer.recipes.find((recipe) => recipe.fits)?.name ?? null);
  }, fail);
  const recipe = computed(() => (recipes() ?? []).find((one) => one.name === chosen()) ?? null);
  const asked = () => (set.kind === "table" ? { recipe: chosen.peek(), target: target.peek() } : {});
  const open = async () => {
    const answer = await get(["recipes", chosen.peek(), "layers"], { data: set.name, target: target.peek() });
    given = answer.layers;
    instead.set(answer.own === false);
    layers.set(
      answer.layers.length
        ? answer.layers
        : ["Flatten()", "Dense(64, activation='relu')", `Dense(${answer.classes}, activation='softmax')`],
    );
  };
  effect(() => {
    if (opened() && chosen() && !layers()) untracked(open).catch(fail);
  });
  const start = async () => {
    const settings = { ...changed.peek() };
    if (target.peek()) settings["data.target"] = target.peek();
    const lines = (layers.peek() ?? []).map((text) => text.trim()).filter(Boolean);
    const own = String(lines) === String(given) ? null : lines;
    const job = await post(["runs"], { data: set.name, recipe: chosen.peek(), settings, layers: own });
    follow(job);
  };
  return [
    h(
      "h2",
      null,
      () => t("A new training", "새 학습"),
      " ",
      h("small", null, () => said(data()?.title) || set.name),
    ),
    recipeCards(recipes, chosen, (name) => {
      chosen.set(name);
      changed.set({});
      given = [];
      instead.set(false);
      layers.set(null);
    }),
    button(() => t("Start learning", "학습 시작"), start, {
      kind: "primary wide",
      iconName: "play",
      disabled: () => !recipe() || !sound(),
    }),
    () => stillPreparing(),
    h(
      "details",
      { ontoggle: (event) => opened.set(event.target.open) },
      h("summary", null, () => t("The network, layer by layer", "신경망을 층층이")),
      () =>
        known() &&
        instead() &&
        h(
          "p",
          { class: "note" },
          t(
            "The network of this recipe is sixteen small ones in one, and no list of layers. Change a line here, and a plain network of these layers is trained instead.",
            "이 레시피의 신경망은 작은 신경망 열여섯을 하나로 묶은 것이어서 층으로 늘어놓을 수 없어요. 여기에서 한 줄이라도 바꾸면 이 층들로 된 신경망을 대신 학습해요.",
          ),
        ),
      () => known() && layerEditor(layers, set, sound, asked),
    ),
    h(
      "details",
      null,
      h("summary", null, () => t("Settings, and why", "설정과 그 이유")),
      () => recipe() && settingsForm(set.kind, recipe(), changed),
    ),
  ];
}

// What was started here and whose run is not yet known: {job, at: the run that was shown then}. The page is about it
// until another run is chosen.
const begun = signal(null);
const beginning = () => begun() && runId() === begun().at;
const jobBegun = () => jobs().find((one) => one.job === begun()?.job);
const preparing = computed(() => Boolean(beginning()) && jobBegun()?.state !== "failed");
effect(() => returned() && begun.set(null)); // a server that was started anew knows nothing of it

/** Go to the run of a job as soon as it has one. */
function follow(job) {
  if (job.run) settle({ run: job.run });
  else begun.set({ job: job.job, at: runId.peek() });
}

function stillPreparing() {
  const job = jobBegun();
  if (!beginning()) return null;
  if (job?.run) {
    queueMicrotask(() => {
      begun.set(null);
      settle({ run: job.run });
    });
    return null;
  }
  if (job?.state === "failed") {
    return h(
      "div",
      { class: "error-box", role: "alert" },
      h("p", null, h("b", null, errorPart(job.error, "message") ?? t("It could not begin.", "시작하지 못했어요."))),
      h("p", null, errorPart(job.error, "hint") ?? ""),
    );
  }
  return h(
    "p",
    { class: "note", role: "status" },
    job?.said?.at(-1) ?? t("Reading the data…", "데이터를 읽고 있어요…"),
  );
}

function runList(laid) {
  const mine = computed(() => (runs() ?? []).filter((one) => !dataName() || one.data === dataName()));
  return h(
    "section",
    { class: "run-list", hidden: () => mine().length === 0 },
    h("h2", null, () => t("Trainings", "학습한 것들")),
    // Every second of a training has something new to say of it: the keyboard keeps its place meanwhile.
    h(
      "ul",
      null,
      each(
        mine,
        (one) => one.run,
        (one) => runRow(one, laid),
      ),
    ),
  );
}

function runRow(one, laid) {
  const id = one.peek().run;
  const here = computed(() => id === runId());
  return h(
    "li",
    { class: () => (here() ? "here" : "") },
    h(
      "a",
      { href: () => to({ run: id }), "aria-current": () => (here() ? "true" : null) },
      h("b", { translate: "no" }, id),
      h("small", null, () => [
        state(one()),
        share(one()) && ` · ${t("validation", "검증")} ${share(one())}`,
        one().validation_rmse ? ` · ${t("validation", "검증")} RMSE ${number(one().validation_rmse)}` : "",
      ]),
    ),
    () =>
      !here() &&
      h(
        "label",
        { class: "lay" },
        h("input", {
          type: "checkbox",
          "aria-label": () => t("lay over {run}", "{run} 겹쳐 보기", { run: id }),
          checked: () => laid().includes(id),
          onchange: (event) =>
            laid.set(event.target.checked ? [...laid.peek(), id] : laid.peek().filter((other) => other !== id)),
        }),
        h("span", null, () => t("lay over", "겹쳐 보기")),
      ),
  );
}

function state(one) {
  const words = {
    training: ["learning", "학습 중"],
    done: ["done", "끝남"],
    stopped: ["stopped", "멈춤"],
    interrupted: ["interrupted", "끊김"],
    failed: ["failed", "실패"],
    diverged: ["diverged", "발산"],
    damaged: ["damaged", "손상됨"],
  }[stateOf(one)] ?? ["not begun", "시작 전"];
  return t(...words);
}
