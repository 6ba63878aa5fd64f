/* To try a table: a field for every column, the prediction beside, new with every change. */

import { effect, h, signal } from "./reactive.js";
import { number, said, t } from "./words.js";
import { get, newest, post } from "./api.js";
import { attempt, bars, button, fail, heading } from "./parts.js";
import { runChooser } from "./chooser.js";
import { atOnce } from "./many.js";

export function tryRow(one) {
  const filled = signal(null); // the row of the data that the fields began with
  const row = signal(null); // {column: value}, as the fields are now
  const details = signal(null);
  const answer = signal(null);
  const truth = signal(null); // what the data say of the row that the fields began with
  const ask = newest(
    (values) => post(["runs", one.run, "rows"], { rows: [values] }),
    (result, error) => (error ? fail(error) : answer.set(result.predictions[0])),
  );
  attempt(async () => {
    details.set(await get(["runs", one.run]));
    await fill();
  });
  const fill = async () => {
    const some = { offset: Math.floor(Math.random() * 100), limit: 1 };
    const { rows, columns } = await get(["data", one.data, "rows"], some).catch((error) => {
      fail(error); // the data have gone: the fields are empty, and can be filled in
      return { rows: [], columns: [] };
    });
    const there = Object.fromEntries(columns.map((column, i) => [column.name, rows[0]?.[i] ?? null]));
    truth.set(there[details.peek().target] ?? null);
    filled.set(Object.fromEntries(details.peek().columns.map(({ name }) => [name, there[name] ?? null])));
    row.set(filled.peek());
  };
  effect(() => row() && ask(row()));
  const wordsOf = (name) => {
    const words = said(details()?.columns.find((column) => column.name === name));
    return words === name ? "" : words;
  };
  const used = () => details.peek().columns.filter((one) => one.used);
  const field = ({ name, values }) => {
    const list = values.length ? `values-${name}` : null;
    return h(
      "label",
      null,
      h("span", null, h("b", { translate: "no" }, name), " ", () => wordsOf(name)),
      h("input", {
        type: "text",
        list,
        value: String(filled.peek()[name] ?? ""),
        oninput: (event) =>
          row.set({ ...row.peek(), [name]: event.target.value === "" ? null : typed(event.target.value) }),
      }),
      list &&
        h(
          "datalist",
          { id: list },
          values.map((value) => h("option", { value })),
        ),
    );
  };
  const className = (key) => said(details()?.classes?.find((found) => found.key === key) ?? key);
  return [
    h(
      "div",
      { class: "title-row" },
      heading(
        () => t("What does it say to this row?", "이 행을 보고 뭐라고 하나요?"),
        () => verdict(answer(), className),
      ),
      runChooser(),
    ),
    h(
      "div",
      { class: "columns tabular" },
      h(
        "section",
        { class: "panel" },
        h(
          "div",
          { class: "line" },
          button(() => t("Another row of the data", "데이터의 다른 행"), fill),
          h(
            "p",
            { class: "note" },
            () =>
              truth() !== null &&
              t("In the data: {truth}", "데이터에 적힌 답: {truth}", {
                truth: typeof truth() === "number" && !details().classes.length ? number(truth()) : className(String(truth())),
              }),
          ),
        ),
        () =>
          filled() && [
            h("div", { class: "row-fields" }, used().map(field)),
            details.peek().columns.length > used().length &&
              h(
                "details",
                null,
                h("summary", null, () =>
                  t("Columns this network does not look at ({n})", "이 신경망이 보지 않는 열 {n}개", {
                    n: details.peek().columns.length - used().length,
                  }),
                ),
                h("div", { class: "row-fields" }, details.peek().columns.filter((one) => !one.used).map(field)),
              ),
          ],
      ),
      h(
        "section",
        { class: "says" },
        h("h2", null, () => t("How sure it is", "얼마나 확신하나요")),
        () => !answer() && h("p", { class: "note", role: "status" }, t("Reading a row…", "행을 읽고 있어요…")),
        bars(() => answer()?.probabilities ?? null, { show: className }),
        () =>
          answer() &&
          !answer().probabilities &&
          !answer().interval &&
          h(
            "p",
            { class: "note" },
            t("Too few validation rows to say how far off it may be.", "검증 행이 너무 적어 얼마나 빗나갈지는 말할 수 없어요."),
          ),
        () =>
          answer()?.interval &&
          h(
            "p",
            null,
            t("90% of such rows lie between {a} and {b}.", "이런 행의 90%는 {a}에서 {b} 사이예요.", {
              a: number(answer().interval[0]),
              b: number(answer().interval[1]),
            }),
          ),
        atOnce(one, () => details()?.classes ?? []).element,
      ),
    ),
  ];
}

const typed = (text) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

function verdict(answer, className) {
  if (!answer) return t("Change a value and see", "값을 바꾸며 살펴보세요");
  return answer.label !== undefined && answer.label !== null ? className(answer.label) : number(answer.value);
}
