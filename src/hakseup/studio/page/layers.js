/* One's own network: a line for every layer, its shape and parameters beside it while one types. */

import { each, effect, h, onCleanup, signal } from "./reactive.js";
import { errorPart, language, number, t } from "./words.js";
import { newest, post } from "./api.js";

const READY = [
  ["Conv2D(32, 3, activation='relu')", () => t("Convolution", "합성곱")],
  ["MaxPooling2D(2)", () => t("Pooling", "풀링")],
  ["Flatten()", () => t("Flatten", "펼치기")],
  ["Dense(64, activation='relu')", () => t("Dense", "밀집층")],
  ["Dropout(0.3)", () => t("Dropout", "드롭아웃")],
];

/** The editor. `layers`: a signal with the list of texts, or null while it is not known; `set`: the data; `asked`: what
    else is to be known of them (recipe and target of a table). `sound`: becomes whether the network can be trained. */
export function layerEditor(layers, set, sound, asked) {
  const ready = set.kind === "table" ? READY.filter(([text]) => /^(Dense|Dropout)/.test(text)) : READY;
  const rows = signal([]); // [{id, text}]
  const facts = signal(null);
  let count = 0;
  const made = (text) => ({ id: ++count, text });
  const publish = () => layers.set(rows.peek().map((row) => row.text));

  effect(() => {
    const given = layers();
    if (!given || (given.length === rows.peek().length && given.every((text, i) => text === rows.peek()[i].text)))
      return;
    rows.set(given.map(made));
  });
  const check = newest(
    (list) => post(["layers"], { layers: list, data: set.name, ...asked() }),
    (answer, error) => {
      facts.set(answer ?? { rows: [], fault: { number: null, ...error.error } });
      sound.set(Boolean(answer && !answer.fault));
    },
  );
  effect(() => {
    const list = layers();
    language(); // what is wrong is said in the language of the request
    if (list) check(list.map((text) => text.trim()).filter(Boolean));
  });

  const change = (id, text) => {
    rows.set(rows.peek().map((row) => (row.id === id ? { ...row, text } : row)));
    publish();
  };
  const insert = (after, text = "") => {
    const row = made(text);
    const list = [...rows.peek()];
    list.splice(after === null ? Math.max(0, list.length - 1) : list.findIndex((one) => one.id === after) + 1, 0, row);
    rows.set(list);
    publish();
    queueMicrotask(() => document.getElementById(`layer-${row.id}`)?.focus());
  };
  const take = (id) => {
    const at = rows.peek().findIndex((row) => row.id === id);
    rows.set(rows.peek().filter((row) => row.id !== id));
    publish();
    queueMicrotask(() => document.getElementById(`layer-${rows.peek()[Math.max(0, at - 1)]?.id}`)?.focus());
  };
  const shift = (id, by) => {
    const list = [...rows.peek()];
    const at = list.findIndex((row) => row.id === id);
    if (at + by < 0 || at + by >= list.length) return;
    list.splice(at + by, 0, ...list.splice(at, 1));
    rows.set(list);
    publish();
    queueMicrotask(() => document.getElementById(`layer-${id}`)?.focus());
  };
  onCleanup(() => sound.set(true));

  // Empty lines are no layers: what the server numbers is counted without them.
  const numberOf = (id) => {
    const filled = rows().filter((row) => row.text.trim());
    const at = filled.findIndex((row) => row.id === id);
    return at < 0 ? null : at + 1;
  };
  const factOf = (id) => {
    const at = numberOf(id);
    return at === null ? null : (facts()?.rows ?? []).find((row) => row.number === at);
  };
  const isFault = (id) => facts()?.fault && facts().fault.number !== null && facts().fault.number === numberOf(id);

  const line = (row) => {
    const { id } = row.peek();
    const keys = (event) => {
      if (event.key === "Enter" && !event.isComposing) insert(id);
      else if (event.key === "Backspace" && event.target.value === "" && rows.peek().length > 1) take(id);
      else if (event.altKey && event.key === "ArrowUp") shift(id, -1);
      else if (event.altKey && event.key === "ArrowDown") shift(id, 1);
      else return;
      event.preventDefault();
    };
    return h(
      "li",
      { class: () => (isFault(id) ? "fault" : "") },
      h("input", {
        id: `layer-${id}`,
        type: "text",
        spellcheck: "false",
        autocapitalize: "off",
        autocomplete: "off",
        "aria-label": () => t("Layer {n}", "{n}번째 층", { n: numberOf(id) ?? "" }),
        "aria-invalid": () => String(Boolean(isFault(id))),
        value: () => row().text,
        oninput: (event) => change(id, event.target.value),
        onkeydown: keys,
      }),
      h("span", { class: "shape" }, () => factOf(id) && `→ ${shape(factOf(id).output_shape)}`),
      h(
        "span",
        { class: "count" },
        () => factOf(id)?.parameters > 0 && t("{n} parameters", "파라미터 {n}개", { n: number(factOf(id).parameters) }),
      ),
      h(
        "button",
        {
          type: "button",
          class: "tool small",
          "aria-label": () => t("Take the layer away", "이 층 빼기"),
          onclick: () => take(id),
        },
        "×",
      ),
    );
  };
  return h(
    "div",
    { class: "layers" },
    h(
      "p",
      { class: "layer-input" },
      () =>
        facts()?.input_shape &&
        (set.kind === "table"
          ? t(
              "What goes in: {n} numbers for every row; words become one column of 0 and 1 for each value.",
              "들어오는 것: 행마다 수 {n}개. 글자로 된 값은 값마다 0과 1의 열이 돼요.",
              { n: number(facts().input_shape[0]) },
            )
          : t("What goes in: {shape}", "들어오는 것: {shape}", { shape: shape(facts().input_shape) })),
    ),
    h(
      "ol",
      null,
      each(rows, (row) => row.id, line),
    ),
    h("p", { class: "layer-state", role: "status" }, () => {
      const { fault, parameters } = facts() ?? {};
      if (fault)
        return h(
          "span",
          { class: "error" },
          errorPart(fault, "message"),
          " ",
          errorPart(fault, "hint") ?? "",
        );
      return parameters === undefined
        ? ""
        : t("{n} parameters in all", "파라미터 모두 {n}개", { n: number(parameters) });
    }),
    h(
      "div",
      { class: "line" },
      h("span", { class: "note" }, () => t("Insert", "넣기")),
      ready.map(([text, words]) =>
        h("button", { type: "button", class: "chip", onclick: () => insert(null, text) }, words),
      ),
    ),
    h("p", { class: "note" }, () =>
      t("Enter adds a line, Alt with ↑ ↓ moves a layer.", "엔터로 줄을 더하고, Alt와 ↑ ↓로 층을 옮겨요."),
    ),
  );
}

export const shape = (sizes) =>
  sizes
    ? sizes
        .filter((size) => size !== null)
        .map((size) => number(size))
        .join(" × ")
    : "";
