/* The page itself: header, the five views, what is said to everybody. Every view is a question of its own. */

import { computed, effect, h, onCleanup, signal, untracked } from "./reactive.js";
import { josa, language, speak, t } from "./words.js";
import { recall, remember } from "./memory.js";
import { locked, missing, reachable, returned } from "./api.js";
import { icon, messageList, picturesAgain, tell, withCode } from "./parts.js";
import { undoLast } from "./actions.js";
import { begin } from "./events.js";
import { data, dataName, jobs, loadSets, picture, run, runId, runs, sets, settle, target, to, view, VIEWS } from "./state.js";
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
  const bar = (title, words) => h("p", null, h("b", null, title), " ", withCode(words));
  return h("div", { class: "offline", role: "alert" }, () => {
    if (locked())
      return bar(
        t("The studio was started anew and does not know this page.", "스튜디오가 새로 시작되어 이 페이지를 몰라요."),
        t(
          "Open the address that it printed in the terminal. Data and trainings are still there.",
          "터미널에 나온 주소를 다시 열어 주세요. 데이터와 학습한 것은 그대로 있어요.",
        ),
      );
    if (reachable()) return null;
    return bar(
      t("The studio does not answer.", "스튜디오가 대답하지 않아요."),
      t(
        "Trying again. A training that was started goes on by itself; nothing is lost. If it was closed: `hakseup studio` in the same folder, and this page goes on.",
        "다시 연결하고 있어요. 이미 시작한 학습은 혼자서도 계속되고, 잃어버리는 것은 없어요. 스튜디오를 껐다면 같은 폴더에서 `hakseup studio`를 다시 실행하세요. 이 페이지가 이어져요.",
      ),
    );
  });
}

function content() {
  const main = h("main", { id: "main", tabindex: -1 });
  let shown = null;
  effect(() => {
    const name = view();
    untracked(() => {
      main.className = `view ${name}`;
      main.replaceChildren(...[SHOW[name]()].flat());
      if (shown && shown !== name) {
        scrollTo(0, 0);
        // The link that led here may have gone with the view before: the keyboard goes on where the new one begins.
        if (document.activeElement === document.body) main.focus({ preventScroll: true });
      }
      shown = name;
    });
    onCleanup(() => main.replaceChildren());
  });
  return main;
}

/** Where nothing is chosen, the newest is; where what was chosen has gone, that is said. */
function choose() {
  effect(() => {
    const list = runs();
    if (!list) return;
    // A run that a job has just begun may not be in the list yet.
    const begun = jobs().some((job) => job.run === runId() && job.state === "working");
    const known = begun || list.some((found) => found.run === runId());
    if (runId() && !known) {
      sayGone(runId());
      settle({ run: null, picture: null });
    } else if (!runId() && list.length && !["data"].includes(view())) {
      const own = list.find((found) => found.data === dataName());
      // To train is about the chosen data: what learned from other data is nothing to show there.
      const next = own ?? (view() === "train" && dataName() ? null : list[0]);
      if (next) settle({ run: next.run });
    }
  });
  effect(() => {
    const [name, now] = [dataName(), data()?.name];
    if (!name || !now || name === now) return;
    tell(
      () =>
        t("“{name}” is called “{now}” now.", "‘{name}’의 이름이 {as} 바뀌었어요.", {
          name,
          now,
          as: josa(`‘${now}’`, "으로", "로"),
        }),
      { seconds: 12 },
    );
    settle({ data: now, target: target.peek(), picture: picture.peek() });
  });
  effect(() => {
    const name = run()?.data; // the run that is shown decides: another may have been chosen in another view
    if (name && name !== dataName() && (!dataName() || sets()?.some((set) => set.name === name)))
      settle({ data: name, picture: picture.peek() });
  });
  let doubted = null; // another tab may have made it since: the list is asked for once more
  effect(() => {
    const name = dataName();
    if (view() !== "data" || !sets() || !name || data()) return;
    if (doubted !== name) {
      doubted = name;
      loadSets();
      return;
    }
    doubted = null;
    sayGone(name);
    settle({ data: null, run: null });
  });
  effect(() => missing() + returned() && loadSets());
  effect(() => returned() && picturesAgain());
  effect(() => returned() && tell(() => t("The studio answers again.", "스튜디오가 다시 대답해요.")));
}

function sayGone(name) {
  tell(
    () =>
      t(
        "“{name}” is not in the studio's folder: it was moved or deleted. Everything else is still here.",
        "스튜디오 폴더에 ‘{name}’ 폴더나 파일이 없어요. 옮겨졌거나 지워졌어요. 나머지는 그대로 있어요.",
        { name },
      ),
    { kind: "error", seconds: 14 },
  );
}

// What was done to the data is taken back wherever they are looked at, unless the board had something to take back itself.
addEventListener("keydown", (event) => {
  if (event.defaultPrevented || view() !== "data" || event.target.matches("input, textarea, select, dialog *")) return;
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.shiftKey || !undoLast()) return;
  event.preventDefault();
});

// What is dropped beside a place for it must not replace the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
document.body.append(header(), offline(), content(), messageList());
begin();
choose();
await loadSets();
document.addEventListener("visibilitychange", () => document.hidden || loadSets());
