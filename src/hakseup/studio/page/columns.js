/* The inside of a network for tables: which columns count, what each of them does to the answer, where it is wrong. */

import { h, s, signal } from "./reactive.js";
import { language, number, percent, probability, said, t, tick } from "./words.js";
import { choice, figure } from "./parts.js";

const MOST = 12; // columns that show at once
const [WIDE, HIGH] = [360, 230];
const FRAME = { left: 62, right: WIDE - 14, top: 14, bottom: HIGH - 40 };

/** Which columns it looks at: how much worse it gets when a column's values are dealt out anew. */
export function important(facts) {
  const all = (facts.importance?.columns ?? []).filter((column) => facts.used.includes(column.name));
  const open = signal(false);
  const top = Math.max(1e-12, ...all.map((column) => column.interval?.[1] ?? column.mean));
  const at = (value) => `${Math.min(100, Math.max(0, (100 * value) / top))}%`;
  const row = (column) => {
    const [band, dot] = [h("i"), h("b")];
    if (column.interval) {
      band.style.left = at(column.interval[0]);
      band.style.width = `calc(${at(column.interval[1])} - ${at(column.interval[0])})`;
    }
    dot.style.left = at(column.mean);
    return h(
      "li",
      { class: (column.interval?.[0] ?? column.mean) > 0 ? "own" : "" },
      h("span", { class: "who" }, () => columnName(facts, column.name)),
      h("span", { class: "span", "aria-hidden": "true" }, column.interval && band, dot),
      h("span", { class: "share" }, `${column.mean > 0 ? "+" : ""}${number(column.mean)}`),
    );
  };
  return figure(
    () => said(facts.found.importance) || t("Which columns count", "어떤 열이 중요한가"),
    h("p", { class: "note" }, () => {
      const error = facts.importance?.unit === "rmse" ? t("typical error (RMSE)", "보통의 오차(RMSE)") : t("loss", "오차");
      return t(
        "By how much the {error} grows when the values of a column are shuffled among the validation rows; lines: where it would lie with other rows (95%). Columns that say the same stand in for each other.",
        "검증 행끼리 그 열의 값을 뒤섞으면 {error}가 얼마나 커지는지예요. 선은 다른 행이었다면 있었을 범위(95%)예요. 같은 말을 하는 열들은 서로를 대신해서 덜 중요해 보여요.",
        { error },
      );
    }),
    h("ul", { class: "whiskers columns-count" }, () => (open() ? all : all.slice(0, MOST)).map(row)),
    all.length > MOST &&
      h(
        "button",
        { type: "button", class: "link", "aria-expanded": () => String(open()), onclick: () => open.update((on) => !on) },
        () => (open() ? t("fewer", "접기") : t("show all {n}", "{n}개 모두 보기", { n: all.length })),
      ),
  );
}

/** What one column does to the answer, all else as it is. */
export function effects(facts) {
  const shown = signal(facts.effects[0]?.name ?? null);
  const kind = () => facts.effects.find((one) => one.name === shown());
  if (!facts.effects.length) return null;
  return h(
    "section",
    { class: "effects" },
    h("h2", null, () => t("What a column does", "열 하나가 하는 일")),
    facts.effects.length > 1 &&
      choice(
        "effect",
        () => t("Column", "열"),
        facts.effects.map((one) => [one.name, () => columnName(facts, one.name)]),
        shown,
        shown.set,
      ),
    () => effect(facts, kind()),
  );
}

function effect(facts, one) {
  const classes = facts.classes.length;
  const label = classes === 2 ? 1 : classes ? one.mean[0].indexOf(Math.max(...one.mean[0])) : null;
  const of = (value) => (label === null ? value : value[label]);
  const [middle, low, high] = [one.mean, one.quantiles["0.1"], one.quantiles["0.9"]].map((list) => list.map(of));
  const answer = () =>
    label === null
      ? said(facts.target.words)
      : t("probability of “{c}”", "‘{c}’일 확률", { c: said(facts.classes[label]) });
  const shown = (value) => (label === null ? number(value) : percent(value));
  const place = (value) => (one.kind === "number" ? number(value) : value === null ? t("missing", "빈칸") : String(value));
  const sentence = () =>
    t(
      "{column} from {a} to {b}: the {answer} goes from {from} to {to} on average.",
      "{column}: {a}에서 {b}까지 바뀌면 {answer}: 평균 {from} → {to}",
      {
        column: columnName(facts, one.name),
        a: place(one.values[0]),
        b: place(one.values.at(-1)),
        answer: answer(),
        from: shown(middle[0]),
        to: shown(middle.at(-1)),
      },
    );
  const range = [Math.min(...low), Math.max(...high)];
  return figure(
    one.kind === "category" ? () => columnName(facts, one.name) : sentence,
    one.kind === "category"
      ? h(
          "ul",
          { class: "whiskers" },
          one.values.map((value, i) => {
            const [band, dot] = [h("i"), h("b")];
            const at = (v) => `${(100 * (v - range[0])) / (range[1] - range[0] || 1)}%`;
            band.style.left = at(low[i]);
            band.style.width = `calc(${at(high[i])} - ${at(low[i])})`;
            dot.style.left = at(middle[i]);
            return h(
              "li",
              null,
              h("span", { class: "who", translate: "no" }, () => place(value)),
              h("span", { class: "span", "aria-hidden": "true" }, band, dot),
              h("span", { class: "share" }, shown(middle[i])),
            );
          }),
        )
      : curve(one, [middle, low, high], [range, label, shown], () => columnName(facts, one.name), answer),
    h("p", { class: "note" }, () =>
      t(
        "Each value was given to the same {n} validation rows; the line is their mean, the band holds eight in ten of them.",
        "같은 검증 행 {n}개에 값을 하나씩 넣어 보았어요. 선은 평균이고, 띠에는 열에 여덟이 들어가요.",
        { n: number(one.n) },
      ),
    ),
  );
}

/** A line with its band; dates stand evenly. */
function curve(one, [middle, low, high], [range, label, shown], name, answer) {
  const places = one.kind === "number" ? one.values : one.values.map((_, i) => i);
  const x = scale([places[0], places.at(-1)], [FRAME.left, FRAME.right]);
  const y = scale(range, [FRAME.bottom, FRAME.top]);
  const path = (ys) => places.map((place, i) => `${x(place).toFixed(1)} ${y(ys[i]).toFixed(1)}`);
  const ends = one.kind === "number" ? [number(one.values[0]), number(one.values.at(-1))] : [one.values[0], one.values.at(-1)];
  return s(
    "svg",
    { class: "plain-chart", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": () => `${name()}, ${answer()}` },
    frame(label === null ? range.map(tick) : range.map(shown), ends, name, answer),
    s("path", { class: "band", d: `M${path(high).join("L")}L${path(low).reverse().join("L")}Z` }),
    s("path", { class: "line", d: `M${path(middle).join("L")}` }),
  );
}

/** Real against predicted, a dot for a row: on the line every prediction is right. */
export function dots(facts) {
  const { truth, predicted } = facts.details.dots;
  const both = [...truth, ...predicted];
  const range = [Math.min(...both), Math.max(...both)];
  const [x, y] = [scale(range, [FRAME.left, FRAME.right]), scale(range, [FRAME.bottom, FRAME.top])];
  const ends = range.map((value) => tick(value));
  return figure(
    () => said(facts.found.spread) || t("Real and predicted", "실제와 예측"),
    s(
      "svg",
      {
        class: "plain-chart",
        viewBox: `0 0 ${WIDE} ${HIGH}`,
        role: "img",
        "aria-label": () => t("Predicted against real, {n} validation rows", "검증 행 {n}개의 실제와 예측", { n: truth.length }),
      },
      frame(ends, ends, () => t("real", "실제"), () => t("predicted", "예측")),
      s("path", { class: "even", d: `M${x(range[0])} ${y(range[0])}L${x(range[1])} ${y(range[1])}` }),
      truth.map((value, i) => s("circle", { cx: x(value), cy: y(predicted[i]), r: 2.6 })),
    ),
    h("p", { class: "note" }, () =>
      t("A dot is a row; on the line the prediction is right. ", "점 하나가 한 행이고, 선 위에 있으면 딱 맞힌 거예요. "),
      () => said(facts.found.residuals),
    ),
  );
}

const scale =
  ([low, high], [from, to]) =>
  (value) =>
    from + ((value - low) / (high - low || 1)) * (to - from);

/** Axes of a small chart: the ends of both are written, and their names. */
function frame(vertical, horizontal, across, up) {
  const { left, right, top, bottom } = FRAME;
  const words = (x, y, anchor, what) => s("text", { x, y, "text-anchor": anchor }, what);
  return [
    s("path", { class: "grid", d: `M${left} ${top}V${bottom}H${right}` }),
    words(left - 6, bottom, "end", vertical[0]),
    words(left - 6, top + 9, "end", vertical[1]),
    words(left, bottom + 17, "start", horizontal[0]),
    words(right, bottom + 17, "end", horizontal[1]),
    words((left + right) / 2, bottom + 33, "middle", across),
    s("text", { x: -(top + bottom) / 2, y: 14, transform: "rotate(-90)", "text-anchor": "middle" }, up),
  ];
}

/** The rows that are missed the most, or are wrong with the most certainty. */
export function worst(facts) {
  const { worst: rows, columns } = facts.details ?? {};
  if (!rows?.length) return null;
  const numbers = facts.task === "number";
  const name = (place) => said(facts.classes[place]);
  const heads = numbers
    ? [() => t("real", "실제"), () => t("predicted", "예측"), () => t("off by", "빗나감")]
    : [() => t("truth", "정답"), () => t("said", "답"), () => t("how sure", "확신")];
  const cells = (row) =>
    numbers
      ? [number(row.truth), number(row.predicted), `${row.error > 0 ? "+" : ""}${number(row.error)}`]
      : [() => name(row.truth), () => name(row.label), probability(row.probability)];
  return h(
    "section",
    { class: "rows worst" },
    h("h2", null, () =>
      numbers
        ? t("Rows it misses most", "가장 크게 빗나간 행")
        : t("Rows it gets wrong, the surest first", "틀린 행, 확신한 것부터"),
    ),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": () => t("Wrong rows", "틀린 행") },
      h(
        "table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { scope: "col" }, () => t("line", "줄")),
            heads.map((words) => h("th", { scope: "col" }, words)),
            columns.map((column) => h("th", { scope: "col", translate: "no" }, column)),
          ),
        ),
        h(
          "tbody",
          null,
          rows.map((row) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, String(row.line)),
              cells(row).map((cell) => h("td", { class: "num" }, cell)),
              row.cells.map((cell) =>
                h("td", { class: typeof cell === "number" ? "num" : "" }, cell === null ? "–" : String(cell)),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/** What a column is called: its name, and in words where it has some. */
function columnName(facts, name) {
  const words = said(facts.words[name]);
  return language() && words && words !== name ? `${words} (${name})` : name;
}
