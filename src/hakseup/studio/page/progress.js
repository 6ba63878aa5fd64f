/* How a training goes: how far, the curves, what the first layer has become, the changed pictures. */

import { computed, effect, h, signal } from "./reactive.js";
import { duration, errorPart, number, percent, t, tick } from "./words.js";
import { address, get, post } from "./api.js";
import { run, runId, stateOf, to, trainingOf } from "./state.js";
import { attempt, button, figure, icon } from "./parts.js";
import { live } from "./events.js";
import { chart } from "./curves.js";
import { ENDED, kept, lossTitle, shareTitle } from "./course.js";
import { kernels } from "./kernels.js";

const RESUMABLE = new Set(["stopped", "interrupted", "failed"]);

/** Args: beside: a signal with ids of runs that are laid over this one; preparing: whether one is about to begin. */
export function progress(beside, preparing) {
  const key = computed(() => runId());
  return h("div", null, () => (key() && !preparing() ? watching(key(), beside) : nothingYet(preparing)));
}

function nothingYet(preparing) {
  return h(
    "div",
    { class: "empty" },
    icon("train"),
    h("p", null, () =>
      preparing()
        ? t(
            "Started. It reads the data first; then you will see here how the errors become fewer.",
            "시작했어요. 먼저 데이터를 읽고, 곧 틀리는 일이 줄어드는 모습이 여기에 나타나요.",
          )
        : t(
            "Choose how it shall learn and press start. Here you will see how the errors become fewer.",
            "배우는 방법을 고르고 시작을 눌러요. 틀리는 일이 줄어드는 모습이 여기에 나타나요.",
          ),
    ),
  );
}

function watching(id, beside) {
  const now = live(id);
  const state = computed(() => stateOf(run()) ?? now()?.state ?? null);
  const job = computed(() => trainingOf(id));
  const rows = () => now()?.rows ?? [];
  const best = computed(() => now()?.best_epoch ?? run()?.best_epoch ?? null);
  const mark = () =>
    best()
      ? {
          x: best(),
          words: ENDED.has(state())
            ? t("chosen {n}", "고른 에포크 {n}", { n: best() })
            : t("best so far {n}", "지금까지 가장 좋음 {n}", { n: best() }),
        }
      : null;
  const column = (name) =>
    rows()
      .filter((row) => row[name] !== null && row[name] !== undefined)
      .map((row) => [row.epoch, row[name]]);
  const train = () => t("training", "학습");
  const validation = () => t("validation", "검증");
  const losses = () => {
    const { steps, epochs, losses: all, first = 0 } = now() ?? {};
    if (!steps) return [];
    // Batches after the last epoch are those of the final fit, which begins anew: another curve.
    const chosen = all.slice(0, Math.max(0, steps * epochs - first));
    return chosen.map((loss, i) => [(first + i + 1) / steps, loss]).filter(([, loss]) => loss !== undefined && loss !== null);
  };
  const others = (name) =>
    beside().map((other, i) => ({
      name: `${i + 2}`,
      tone: `run-${(i % 6) + 3}`,
      dash: true,
      points: (live(other)()?.rows ?? [])
        .filter((row) => row[name] !== null && row[name] !== undefined)
        .map((row) => [row.epoch, row[name]]),
    }));
  // Worked out apart: `now` changes several times a second, and a chart that is made anew each time is never drawn.
  const some = computed(() => rows().length > 0);
  const hasShare = computed(
    () => !rows().length || column("val_accuracy").length > 0 || column("accuracy").length > 0, // of a number there is none
  );
  const details = signal(null); // of a run that has begun
  const begun = computed(() => ENDED.has(state()) || some());
  effect(() => begun() && attempt(async () => details.set(await get(["runs", id]))));
  return [
    status(now, state, job, hasShare, best),
    h("p", { class: "beside", hidden: () => beside().length === 0 }, () =>
      beside().map((other, i) => h("span", { class: `key run-${(i % 6) + 3}` }, `${i + 2}: ${other}`)),
    ),
    h(
      "div",
      { class: "charts" },
      figure(
        () => lossTitle(rows(), best(), state()),
        chart({
          name: () => t("Loss over the epochs", "에포크에 따른 오차"),
          lines: () => [
            { name: "", tone: "train", thin: true, points: losses() },
            { name: train(), tone: "train", points: column("loss") },
            { name: validation(), tone: "validation", points: column("val_loss") },
            ...others("val_loss"),
          ],
          mark,
        }),
        h("p", { class: "note" }, () => kept(rows(), best(), state(), details()?.recipe_settings)),
      ),
      () =>
        some() &&
        hasShare() &&
        figure(
          () => shareTitle(rows(), best(), run()?.validation_n),
          chart({
            name: () => t("Share right over the epochs", "에포크에 따른 맞힌 비율"),
            share: true,
            lines: () => [
              { name: train(), tone: "train", points: column("accuracy") },
              { name: validation(), tone: "validation", points: column("val_accuracy") },
              ...others("val_accuracy"),
            ],
            mark,
          }),
        ),
    ),
    terms(),
    h(
      "div",
      { class: "charts lower" },
      kernels(() => now()?.kernels),
      augmented(
        id,
        computed(() => Boolean(details()?.has_augmented)),
      ),
    ),
  ];
}

function status(now, state, job, hasShare, best) {
  const one = () => now() ?? {};
  const shown = (name) => (running() ? last(one().rows, name) : chosen(one().rows, name, best()));
  const share = () => {
    const { epoch, epochs, step, steps } = one();
    if (!epochs) return 0;
    return Math.min(1, (Math.max(0, (epoch ?? 1) - 1) + (steps ? (step ?? 0) / steps : 0)) / epochs);
  };
  const running = computed(() => state() === "training");
  const measured = () => (running() ? null : run()?.validation_n);
  const reached = () => (running() ? null : run()?.validation_rmse);
  const stopping = signal(false);
  effect(() => running() || stopping.set(false));
  const bar = h("progress", { max: 1, value: () => share(), "aria-label": () => t("How far", "진행 정도") });
  return h(
    "div",
    { class: "status" },
    h(
      "div",
      { class: "figures" },
      big(
        () => t("epoch", "에포크"),
        () => (one().epoch || one().epochs ? `${Math.min(one().epoch ?? 0, one().epochs ?? Infinity)}` : "–"),
        () => (one().epochs ? t("of {n}", "/ {n}", { n: one().epochs }) : ""),
      ),
      big(
        () =>
          hasShare()
            ? t("validation right", "검증에서 맞힘")
            : reached()
              ? t("typical error (RMSE)", "보통의 오차(RMSE)")
              : t("validation loss", "검증 오차"),
        () => (hasShare() ? percent(shown("val_accuracy"), measured() ?? undefined) : reached() ? number(reached()) : tickOr(shown("val_loss"))),
        () => (measured() ? t("of {n}", "{n}개 가운데", { n: number(measured()) }) : ""),
      ),
      big(
        () => (running() ? t("time left", "남은 시간") : run()?.train_seconds ? t("time taken", "걸린 시간") : ""),
        () =>
          running()
            ? one().left === null || one().left === undefined
              ? "…"
              : duration(one().left)
            : run()?.train_seconds
              ? duration(run().train_seconds)
              : "",
        () =>
          running() && one().per_second
            ? t("{n} a second", "초당 {n}개", { n: number(Math.round(one().per_second)) })
            : "",
      ),
    ),
    () => running() && bar,
    () => running() && h("p", { class: "note", role: "status" }, stage(one())),
    () => problem(state(), job()),
    h("div", { class: "line" }, () => controls(state(), stopping)),
    () =>
      running() &&
      stopping() &&
      h(
        "p",
        { class: "note", role: "status" },
        t(
          "Stopping: the last step is finished and written down.",
          "멈추는 중이에요. 마지막 스텝을 마치고 저장하고 있어요.",
        ),
      ),
  );
}

function big(name, value, unit) {
  return h("div", { class: "big" }, h("span", { class: "name" }, name), h("b", null, value), h("small", null, unit));
}

const has = (row, name) => row[name] !== null && row[name] !== undefined;
const last = (rows, name) => (rows ?? []).findLast((row) => has(row, name))?.[name];
/** What the weights that are kept had: those of the chosen epoch, not of the last. */
const chosen = (rows, name, best) =>
  (rows ?? []).find((row) => row.epoch === best && has(row, name))?.[name] ?? last(rows, name);
const tickOr = (value) => (value === undefined ? "–" : tick(value));

function stage({ stage: name }) {
  if (name === "final")
    return t(
      "Chosen. Now it learns once more, with the validation examples too.",
      "골랐어요. 이제 검증 데이터까지 넣어 한 번 더 배워요.",
    );
  if (name === "ending")
    return t("Learned. Measuring and writing it down.", "다 배웠어요. 이제 점수를 재고 저장하고 있어요.");
  return t("You may close this page: the training goes on.", "이 페이지를 닫아도 학습은 계속돼요.");
}

function controls(state, stopping) {
  const id = runId.peek();
  const stop = async () => {
    stopping.set(true);
    const job = trainingOf(id); // it can be stopped before it has begun; one of the command line only while it trains
    const where = job?.state === "working" ? ["jobs", job.job, "stop"] : ["runs", id, "stop"];
    await post(where).catch((error) => {
      stopping.set(false);
      throw error;
    });
  };
  if (state === "training") return button(() => t("Stop", "멈추기"), stop, { iconName: "stop", disabled: stopping });
  return [
    RESUMABLE.has(state) &&
      button(
        () => t("Go on", "이어서 학습"),
        () => post(["runs", id, "resume"], { epochs: null }),
        { kind: "primary", iconName: "play" },
      ),
    state === "done" &&
      h("a", { class: "button primary", href: to({ view: "try" }) }, h("span", null, t("Try it", "시험해 보기"))),
    state === "done" && // of another there is nothing to see there
      h("a", { class: "button", href: to({ view: "inside" }) }, h("span", null, t("Look inside", "들여다보기"))),
    state === "done" && h("a", { class: "button", href: to({ view: "result" }) }, h("span", null, t("Result", "결과"))),
  ];
}

function problem(state, job) {
  const failed = job?.state === "failed" && state !== "done"; // killed, or the disk was full: the folder does not say so
  if (!failed && !["failed", "diverged", "damaged", "gone"].includes(state)) return null;
  const words = failed && job.error
    ? [errorPart(job.error, "message"), errorPart(job.error, "hint")]
    : state === "gone"
      ? [
          t("The folder of this run was deleted.", "이 실행의 폴더가 지워졌어요."),
          t("The other trainings are still here.", "다른 학습은 그대로 있어요."),
        ]
      : state === "diverged"
        ? [
            t("The loss grew without end.", "오차가 끝없이 커졌어요."),
            t("A smaller learning rate helps.", "학습률을 줄이면 나아져요."),
          ]
        : [
            t("The training ended before it was done.", "학습이 끝나기 전에 중단되었어요."),
            t(
              "It can go on from the last checkpoint, to the same weights.",
              "마지막 체크포인트부터 이어서 학습하면 똑같은 가중치가 나와요.",
            ),
          ];
  return h(
    "div",
    { class: "error-box", role: "alert" },
    h("p", null, h("b", null, words[0])),
    words[1] && h("p", null, words[1]),
  );
}

function terms() {
  return h(
    "dl",
    { class: "terms" },
    h(
      "div",
      null,
      h("dt", null, () => t("Epoch", "에포크")),
      h("dd", null, () =>
        t("Going once through all training examples.", "학습 데이터를 처음부터 끝까지 한 번 보는 것이에요."),
      ),
    ),
    h(
      "div",
      null,
      h("dt", null, () => t("Loss", "오차(손실)")),
      h("dd", null, () =>
        t(
          "How wrong the network is; to be sure and wrong costs most.",
          "얼마나 틀렸는지예요. 자신 있게 틀리면 가장 커져요.",
        ),
      ),
    ),
    h(
      "div",
      null,
      h("dt", null, () => t("Validation", "검증")),
      h("dd", null, () =>
        t(
          "Examples it does not learn from: they show when to stop.",
          "배우지 않고 남겨 둔 데이터예요. 언제 멈출지 알려 줘요.",
        ),
      ),
    ),
  );
}

/** Training pictures, and what the training makes of them. */
function augmented(id, has) {
  return h(
    "div",
    { hidden: () => !has() },
    () =>
      has() &&
      figure(
        () => t("The same pictures, a little changed every time", "같은 그림도 볼 때마다 조금씩 바꿔 배워요"),
        h("img", {
          class: "sheet-image",
          src: address(["runs", id, "augmented.png"]),
          alt: t("Training pictures at the left, changed ones at the right", "왼쪽은 학습 그림, 오른쪽은 바꾼 그림"),
          loading: "lazy",
        }),
      ),
  );
}
