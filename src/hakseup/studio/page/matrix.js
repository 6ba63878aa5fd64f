/* The confusion matrix: rows are the truth, columns what the network says. A cell opens its pictures. */

import { h } from "./reactive.js";
import { number, percent, said, t } from "./words.js";

const MOST = 40; // classes that are shown: a thousand of them would be a million cells

/** Args: facts: `{classes, matrix}`; cell: a signal with `{truth, label}` or null; opens: whether cells can be opened. */
export function matrix(facts, cell, opens) {
  const places = confused(facts.matrix);
  const classes = places.map((i) => facts.classes[i]);
  const counts = places.map((truth) => places.map((label) => facts.matrix[truth][label]));
  const totals = places.map((truth) => facts.matrix[truth].reduce((sum, n) => sum + n, 0));
  const words = (key) => said(classes.find((one) => one.key === key));
  const entry = (truth, label) => {
    const n = counts[truth][label];
    const share = totals[truth] ? n / totals[truth] : 0;
    const right = truth === label;
    const where = { truth: classes[truth].key, label: classes[label].key };
    const chosen = () => cell()?.truth === where.truth && cell()?.label === where.label;
    const box = h("td", { class: `cell ${n ? (right ? "right" : "wrong") : "none"}` });
    // Two ranges with a gap between them, so that the number can be read on every shade.
    const strong = n > 0 && share > (right ? 0.55 : 0.28);
    const shade = strong ? (right ? 0.86 + 0.14 * share : 0.74) : 0.1 + (right ? 0.4 : 1.2) * share;
    box.style.setProperty("--s", n ? shade.toFixed(3) : "0");
    if (strong) box.classList.add("strong");
    box.append(
      n && opens
        ? h(
            "button",
            {
              type: "button",
              "aria-pressed": () => String(chosen()),
              title: () => title(words(where.truth), words(where.label), n, share, totals[truth]),
              "aria-label": () => title(words(where.truth), words(where.label), n, share, totals[truth]),
              onclick: () => cell.set(chosen() ? null : where),
            },
            String(n),
          )
        : h("span", null, n ? String(n) : "·"),
    );
    return box;
  };
  return h(
    "figure",
    { class: "confusion" },
    h("figcaption", null, () =>
      [
        t("Rows: what it is. Columns: what the network says.", "행은 정답, 열은 신경망의 답이에요."),
        places.length < facts.classes.length &&
          t(
            " The {n} of {all} classes that are confused the most.",
            " 클래스 {all}개 가운데 가장 많이 헷갈리는 {n}개예요.",
            { n: places.length, all: number(facts.classes.length) },
          ),
      ],
    ),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: `matrix ${classes.length > 6 ? "many" : "few"}` },
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("td", null),
            classes.map((one) =>
              h(
                "th",
                { scope: "col", translate: "no" },
                h("span", null, () => said(one)),
              ),
            ),
          ),
        ),
        h(
          "tbody",
          null,
          classes.map((one, truth) =>
            h(
              "tr",
              null,
              h("th", { scope: "row", translate: "no" }, () => said(one)),
              classes.map((_, label) => entry(truth, label)),
            ),
          ),
        ),
      ),
    ),
  );
}

function title(truth, label, n, share, total) {
  return t("{truth}, taken for {label}: {n} ({p} of {truth})", "정답 {truth}, 답 {label}: {n}개({truth}의 {p})", {
    truth,
    label,
    n,
    p: percent(share, total),
  });
}

/** The places of the classes that are shown, in their order: all, or those that are mistaken for others or others for them. */
function confused(counts) {
  const places = counts.map((_, i) => i);
  if (places.length <= MOST) return places;
  const wrong = places.map(() => 0);
  counts.forEach((row, truth) =>
    row.forEach((n, label) => {
      if (truth === label) return;
      wrong[truth] += n;
      wrong[label] += n;
    }),
  );
  return places
    .sort((a, b) => wrong[b] - wrong[a])
    .slice(0, MOST)
    .sort((a, b) => a - b);
}
