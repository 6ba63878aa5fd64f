/* A table: its columns with what is in them, the choice of the target, what was found, the first rows. */

import { each, h, s, signal } from "./reactive.js";
import { number, percent, said, t } from "./words.js";
import { get } from "./api.js";
import { attempt, button } from "./parts.js";
import { keepSet, settle, staying, target } from "./state.js";
import { findings } from "./findings.js";

const ROWS = 20;

export function table(set) {
  const facts = signal(null);
  const seen = findings(set, { query: () => ({ target: target() }), onfacts: facts.set });
  return h(
    "div",
    { class: "columns tabular" },
    h(
      "div",
      { class: "gathered" },
      h("p", { class: "lead" }, () => {
        const found = facts()?.target;
        if (!facts()) return t("Looking at the columns…", "열을 살펴보고 있어요…");
        if (!found) return t("Nothing can be learned of it as it is.", "이대로는 배울 수 있는 것이 없어요.");
        const name = said(found.words) || found.name;
        return found.task === "number"
          ? t("What is learned: “{name}”, a number.", "배울 것: ‘{name}’, 수를 예측해요.", { name })
          : t("What is learned: “{name}”, {k} classes.", "배울 것: ‘{name}’, 클래스 {k}개 중 하나를 골라요.", {
              name,
              k: found.classes?.length ?? 0,
            });
      }),
      h(
        "fieldset",
        { class: "column-list" },
        h("legend", null, () => t("Columns. Choose the one to predict.", "열 목록. 예측할 열을 고르세요.")),
        each(
          () => all(facts()),
          (column) => column.name,
          (column) => columnRow(column, facts),
        ),
      ),
      firstRows(set),
    ),
    seen,
  );
}

/** The columns to learn from and the target, in one list. */
function all(facts) {
  if (!facts) return [];
  const { target } = facts; // what depends on it comes from the open parts alone
  const columns = facts.columns.map((column) =>
    column.name === target?.name ? { ...column, ...target, reason: null } : column,
  );
  return target && !columns.some((column) => column.name === target.name)
    ? [...columns, { ...target, missing: 0 }]
    : columns;
}

function columnRow(column, facts) {
  const { name } = column.peek();
  const isTarget = () => facts()?.target?.name === name;
  return h(
    "label",
    { class: () => `column${isTarget() ? " target" : ""}` },
    h("input", {
      type: "radio",
      name: "target",
      value: name,
      checked: isTarget,
      onchange: () => settle({ target: name }),
    }),
    h(
      "span",
      { class: "column-name" },
      h("b", { translate: "no" }, name),
      h("small", null, () => (said(column().words) === name ? "" : said(column().words))),
    ),
    h("span", { class: "spread", "aria-hidden": "true" }, () => histogram(column())),
    h("span", { class: "range" }, () => said(column().reason) || targetWords(column())),
    h("span", { class: "gaps" }, () => gaps(column())),
  );
}

/** How much is missing, where the reason does not say it: that of a column that is learned from does. */
export function gaps({ missing, missing_share: share, role, reason }) {
  const told = reason && (role !== "left out" || share === 1);
  return missing && !told ? t("{p} missing", "결측 {p}", { p: percent(share ?? 0) }) : "";
}

function targetWords(column) {
  if (column.classes)
    return column.classes
      .slice(0, 4)
      .map((one) => `${said(one)} ${percent(one.share, 40)}`)
      .join(", ");
  return column.low !== undefined
    ? t("number, {low} to {high}", "수, {low}부터 {high}까지", { low: number(column.low), high: number(column.high) })
    : "";
}

/** How often values occur: small bars. */
function histogram(column) {
  const counts =
    column.histogram?.counts ??
    column.classes?.map((one) => one.n) ??
    (column.values ?? []).map((one) => one.n ?? one.count);
  if (!counts?.length) return null;
  const top = Math.max(...counts, 1);
  const wide = 96 / counts.length;
  return s(
    "svg",
    { viewBox: "0 0 96 24", preserveAspectRatio: "none" },
    counts.map((n, i) =>
      s("rect", { x: i * wide, width: Math.max(wide - 1, 0.6), y: 24 - (24 * n) / top, height: (24 * n) / top }),
    ),
  );
}

function firstRows(set) {
  const now = staying(set);
  const rows = signal(null);
  const more = async () => {
    const offset = rows.peek()?.rows.length ?? 0;
    const answer = await attempt(() => get(["data", set.name, "rows"], { offset, limit: ROWS }));
    if (!answer) return;
    rows.set({ ...answer, rows: [...(rows.peek()?.rows ?? []), ...answer.rows] });
    if (now.peek().n !== answer.n) keepSet({ ...now.peek(), n: answer.n }); // of a file that was put there nobody had counted them
  };
  more();
  return h(
    "section",
    { class: "rows" },
    h("h2", null, () => t("Rows", "행")),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": () => t("Rows", "행") },
      () =>
        rows() &&
        h(
          "table",
          null,
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              h("th", { scope: "col" }, "#"),
              rows().columns.map((column) => h("th", { scope: "col", translate: "no" }, column.name)),
            ),
          ),
          h(
            "tbody",
            null,
            rows().rows.map((row, i) =>
              h(
                "tr",
                null,
                h("th", { scope: "row" }, i + 1),
                row.map((cell) =>
                  h(
                    "td",
                    { class: typeof cell === "number" ? "num" : "" },
                    cell === null ? h("span", { class: "none" }, "–") : String(cell),
                  ),
                ),
              ),
            ),
          ),
        ),
    ),
    () =>
      rows() &&
      rows().rows.length < rows().n &&
      h(
        "p",
        null,
        button(() => t("More rows", "행 더 보기"), more, { kind: "link" }),
      ),
  );
}
