/* The page itself: header, the five views, what is said to everybody. Every view is a question of its own. */

import { computed, effect, h, onCleanup, signal, untracked } from "./reactive.js";
import { language, speak, t } from "./words.js";
import { recall, remember } from "./memory.js";
import { reachable } from "./api.js";
import { icon, messageList } from "./parts.js";
import { begin } from "./events.js";
import { data, dataName, go, jobs, loadSets, run, runId, runs, sets, settle, to, view, VIEWS } from "./state.js";
import { dataView } from "./data.js";
import { trainView } from "./train.js";
import { insideView } from "./inside.js";
import { tryView } from "./try.js";
import { resultView } from "./result.js";

const SHOW = { data: dataView, train: trainView, inside: insideView, try: tryView, result: resultView };
const NAMES = {
  data: () => t("Data", "데이터"),
  train: () => t("Train", "학습"),
  inside: () => t("Inside", "들여다보기"),
  try: () => t("Try", "시험해 보기"),
  result: () => t("Result", "결과"),
};

// The address bar forgets the key that opened the page.
if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", `/${location.hash}`);

const theme = signal(recall("theme") ?? "auto");
effect(() => {
  if (theme() === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme();
});
effect(() => {
  document.documentElement.lang = language();
  document.title = `${NAMES[view()]()} · hakseup ${t("", "학습")}`.trim();
});

/** A view needs something that is not there yet: its tab says so. */
const ready = computed(() => ({
  data: true,
  train: Boolean(dataName() || runs()?.length),
  inside: Boolean(runs()?.length),
  try: Boolean(runs()?.length),
  result: Boolean(runs()?.length),
}));
const training = computed(() => jobs().some((job) => job.state === "working" && job.what !== "evaluate"));

function header() {
  return h(
    "header",
    { class: "masthead" },
    h("a", { class: "skip", href: "#main", onclick: skip }, () => t("To the content", "본문으로")),
    h(
      "a",
      {
        class: "mark",
        href: () => to({ view: "data", data: null, run: null }),
        "aria-label": () => t("hakseup, the beginning", "hakseup 학습, 처음으로"),
      },
      h("b", null, "hakseup"),
      h("span", null, "학습"),
    ),
    h(
      "nav",
      { "aria-label": () => t("Steps", "단계") },
      h(
        "ol",
        null,
        VIEWS.map((name) =>
          h(
            "li",
            null,
            h(
              "a",
              {
                href: () => to({ view: name }),
                "aria-current": () => (view() === name ? "page" : null),
                class: () => (ready()[name] ? "" : "later"),
              },
              icon(name),
              h("span", null, NAMES[name]),
              () =>
                name === "train" &&
                training() &&
                h("i", { class: "pulse", role: "img", "aria-label": t("training now", "학습 중") }),
            ),
          ),
        ),
      ),
    ),
    h("div", { class: "settings" }, languages(), themes()),
  );
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function languages() {
  const one = (key, name) =>
    h(
      "button",
      { type: "button", lang: key, "aria-pressed": () => String(language() === key), onclick: () => speak(key) },
      name,
    );
  return h(
    "div",
    { class: "languages", role: "group", "aria-label": () => t("Language", "언어") },
    one("ko", "한국어"),
    one("en", "English"),
  );
}

function themes() {
  const next = { auto: "light", light: "dark", dark: "auto" };
  const words = () =>
    ({
      auto: t("Colours: as the system", "색: 시스템에 맞춤"),
      light: t("Colours: light", "색: 밝게"),
      dark: t("Colours: dark", "색: 어둡게"),
    })[theme()];
  return h(
    "button",
    {
      type: "button",
      class: "tool",
      "aria-label": words,
      title: words,
      onclick: () => {
        theme.set(next[theme.peek()]);
        remember("theme", theme.peek());
      },
    },
    () => icon({ auto: "auto", light: "sun", dark: "moon" }[theme()]),
  );
}

function offline() {
  return h("div", { class: "offline", role: "alert" }, () =>
    reachable()
      ? null
      : h(
          "p",
          null,
          h("b", null, t("The studio does not answer.", "스튜디오가 대답하지 않아요.")),
          " ",
          t(
            "Trying again. A training that was started goes on by itself; nothing is lost.",
            "다시 연결하고 있어요. 이미 시작한 학습은 혼자서도 계속되고, 잃어버리는 것은 없어요.",
          ),
        ),
  );
}

function content() {
  const main = h("main", { id: "main", tabindex: -1 });
  effect(() => {
    const name = view();
    untracked(() => {
      main.className = `view ${name}`;
      main.replaceChildren(...[SHOW[name]()].flat());
    });
    onCleanup(() => main.replaceChildren());
  });
  return main;
}

/** Where nothing is chosen, the newest is. */
function choose() {
  effect(() => {
    const list = runs();
    if (!list) return;
    // A run that a job has just begun may not be in the list yet.
    const known = list.some((found) => found.run === runId()) || jobs().some((job) => job.run === runId());
    if (runId() && !known) settle({ run: null });
    else if (!runId() && list.length && !["data"].includes(view())) {
      settle({ run: (list.find((found) => found.data === dataName()) ?? list[0]).run });
    }
  });
  effect(() => {
    if (run() && !dataName()) settle({ data: run().data });
  });
}

document.body.append(header(), offline(), content(), messageList());
begin();
choose();
await loadSets();
if (dataName() && sets() && !data() && !runId()) go({ data: null });
document.addEventListener("visibilitychange", () => document.hidden || loadSets());
