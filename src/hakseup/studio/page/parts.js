/* Small things that every view uses: icons, buttons, messages that pass, questions, bars. */

import { each, effect, h, s, scope, signal } from "./reactive.js";
import { probability, t } from "./words.js";

const ICONS = {
  eraser: "M3 13.5 10.5 6a2 2 0 0 1 2.8 0l2.7 2.7a2 2 0 0 1 0 2.8L11 16.5H6zM8 8.5l5.5 5.5M11 16.5h6",
  undo: "M7 4 3.5 7.5 7 11M3.5 7.5h8a4.5 4.5 0 0 1 0 9H8",
  redo: "M13 4l3.5 3.5L13 11M16.5 7.5h-8a4.5 4.5 0 0 0 0 9H12",
  clear: "M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6M8.5 9v4.5M11.5 9v4.5",
  plus: "M10 4v12M4 10h12",
  pencil: "M4 16l.8-3.6L13.4 3.8a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3L7.6 15.2z",
  camera: "M3 6.5h3.2L7.5 4.5h5l1.3 2H17v9.5H3zM10 8.2a2.9 2.9 0 1 0 0 5.8 2.9 2.9 0 0 0 0-5.8z",
  folder: "M3 5h5l1.5 2H17v9H3z",
  paste: "M7 4.5H4.5V17h11V4.5H13M7 3h6v3H7z",
  play: "M6 4l10 6-10 6z",
  stop: "M5.5 5.5h9v9h-9z",
  close: "M5 5l10 10M15 5 5 15",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4",
  moon: "M16 12.2A6.8 6.8 0 0 1 7.8 4 6.8 6.8 0 1 0 16 12.2z",
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  data: "M3.5 3.5h5.5v5.5H3.5zM11 3.5h5.5v5.5H11zM3.5 11h5.5v5.5H3.5zM11 11h5.5v5.5H11z",
  train: "M3 3.5v13h14M5.5 6c1.5 6 4 7.5 11 8",
  inside:
    "M4 10h0M2.8 5.5a1.2 1.2 0 1 0 2.4 0 1.2 1.2 0 1 0-2.4 0M2.8 14.5a1.2 1.2 0 1 0 2.4 0 1.2 1.2 0 1 0-2.4 0M14.8 10a1.2 1.2 0 1 0 2.4 0 1.2 1.2 0 1 0-2.4 0M5.2 6l9.6 3.5M5.2 14l9.6-3.5",
  try: "M4 16l.8-3.6L13.4 3.8a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3L7.6 15.2zM12 16.5h5",
  result: "M4.5 3.5h11v13h-11zM7 12.5l2 2 4-5M7 6.5h6",
  download: "M10 3v9M6 8.5l4 4 4-4M4 16.5h12",
  seal: "M4 5.5h12v10H4zM4 6l6 5 6-5",
};

export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
}

/** A button with words; `work` may be a promise: the button waits for it and says what went wrong. */
export function button(words, work, { kind = "", iconName = null, disabled = () => false, ...more } = {}) {
  const busy = signal(false);
  return h(
    "button",
    {
      type: "button",
      class: `button ${kind}`,
      disabled: () => busy() || Boolean(disabled()),
      "aria-busy": () => String(busy()),
      onclick: async (event) => {
        busy.set(true);
        await attempt(() => work(event));
        busy.set(false);
      },
      ...more,
    },
    iconName && icon(iconName),
    h("span", null, words),
  );
}

/** Do it; when it fails say why. Returns what it gives, or undefined. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    fail(error);
    return undefined;
  }
}

const messages = signal([]);
let numbered = 0;

/** Say something for a while. `words`: a function, so that it follows the language. */
export function tell(words, { kind = "note", action = null, seconds = 6, detail = null } = {}) {
  const id = ++numbered;
  const end = () => messages.update((list) => list.filter((message) => message.id !== id));
  messages.update((list) => [...list.slice(-2), { id, words, detail, kind, action, end }]);
  if (seconds) setTimeout(end, seconds * 1000);
  return end;
}

export function fail(error) {
  if (error?.code === "unreachable") return; // the bar at the top says so already, until it answers again
  if (!error?.code) console.error(error); // an error of the page itself: there to be found
  const words = () =>
    error?.words ? error.words : t("Something went wrong on this page.", "이 페이지에서 문제가 생겼어요.");
  tell(words, { kind: "error", seconds: 14, detail: () => error?.hint ?? "" });
}

export function messageList() {
  return h(
    "div",
    { class: "messages", role: "status", "aria-live": "polite" },
    each(
      messages,
      (m) => m.id,
      (m) =>
        h(
          "div",
          { class: `message ${m.peek().kind}` },
          h("div", null, h("p", null, () => withCode(m.peek().words())), m.peek().detail && h("p", { class: "detail" }, () => withCode(m.peek().detail()))),
          m.peek().action &&
            h(
              "button",
              {
                type: "button",
                class: "link",
                onclick: () => {
                  m.peek().end();
                  attempt(m.peek().action.work);
                },
              },
              m.peek().action.words,
            ),
          h(
            "button",
            { type: "button", class: "tool small", "aria-label": () => t("Close", "닫기"), onclick: m.peek().end },
            icon("close"),
          ),
        ),
    ),
  );
}

/** Ask again for the pictures that could not be had. */
export function picturesAgain() {
  for (const image of document.images) if (image.complete && !image.naturalWidth) image.src = String(image.src);
}

/** A window that asks. `body` gets the function that closes it. Closes with Escape. */
export function ask(title, body) {
  const id = `dialog-${++numbered}`;
  const close = () => box.close();
  const [box, end] = scope(() =>
    h("dialog", { class: "ask", "aria-labelledby": id }, h("h2", { id }, title), body(close)),
  );
  box.addEventListener("close", () => {
    box.remove();
    end();
  });
  box.addEventListener("click", (event) => event.target === box && close());
  document.body.append(box);
  box.showModal();
  return close;
}

/** Bars of probabilities, in the order of the classes, or the likeliest first where there are many.

    Args: probabilities: a function that gives {class: share} or null; show: name -> words; truth: the right one;
    sure: whether the likeliest is the answer. */
export function bars(probabilities, { show = (name) => name, truth = () => null, sure = () => true, most = 12 } = {}) {
  return h(
    "ol",
    { class: "bars" },
    each(
      () => {
        const all = Object.entries(probabilities() ?? {});
        const listed = all.length > most ? all.sort((a, b) => b[1] - a[1]).slice(0, most) : all;
        const top = Math.max(...listed.map(([, p]) => p));
        return listed.map(([name, p]) => ({ name, p, top: p === top && sure() }));
      },
      (row) => row.name,
      (row) => {
        const fill = h("i");
        const item = h(
          "li",
          { class: () => `bar${row().top ? " top" : ""}${row().name === truth() ? " truth" : ""}` },
          h(
            "span",
            { class: "who", translate: "no" },
            () => show(row().name),
            () => row().name === truth() && h("small", null, ` ${t("truth", "정답")}`),
          ),
          h("span", { class: "track", "aria-hidden": "true" }, fill),
          h("span", { class: "share" }, () => probability(row().p)),
        );
        effect(() => fill.style.setProperty("width", `${(100 * row().p).toFixed(2)}%`));
        return item;
      },
    ),
  );
}

/** Choose one of a few: radio buttons that look like one strip. */
export function choice(name, label, options, value, onchange) {
  return h(
    "div",
    { class: "choice", role: "radiogroup", "aria-label": label },
    options.map(([key, words]) =>
      h(
        "label",
        null,
        h("input", { type: "radio", name, value: key, checked: () => value() === key, onchange: () => onchange(key) }),
        h("span", null, words),
      ),
    ),
  );
}

/** A sentence in which `a command` stands in backticks. */
export const withCode = (words) =>
  (words ?? "").split("`").map((part, i) => (i % 2 ? h("code", { translate: "no" }, part) : part));

/** A figure with its finding as the title. */
export function figure(title, ...content) {
  return h("figure", null, h("figcaption", null, title), ...content);
}

/** A question of the page: its name, the answer in large, and what stands below. */
export function heading(question, answer) {
  return h("header", { class: "heading" }, h("p", { class: "question" }, question), h("h1", { tabindex: -1 }, answer));
}
