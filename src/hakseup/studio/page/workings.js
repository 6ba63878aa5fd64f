/* How one number of a map came about: window times kernel, product by product; or the largest of a window; or
   the strongest inputs of a unit. */

import { computed, h, signal } from "./reactive.js";
import { number, t } from "./words.js";

const PLAIN = 9; // products that are spelled out one by one; larger windows show as grids

/** Args: answer: of /inside/position, with its `place`; unit: the layer gives a row of numbers, no maps. */
export function workings(answer, unit) {
  const { place } = answer;
  const make = { convolution, pooling, dense, normalization, other }[answer.kind];
  return h(
    "div",
    { class: "workings", "aria-live": "polite" },
    h("p", { class: "place" }, () =>
      unit
        ? t("Unit {n}", "유닛 {n}", { n: place.filter + 1 })
        : t("Map {f}, row {r}, column {c}", "맵 {f}, {r}행 {c}열", {
            f: place.filter + 1,
            r: place.row + 1,
            c: place.column + 1,
          }),
    ),
    make(answer),
  );
}

const short = (value) => (value === null ? "" : number(value, Math.abs(value) >= 100 ? 0 : 2).replace("-", "−"));

function grid(values, kind, words) {
  const most = Math.max(...values.flat().map((value) => Math.abs(value ?? 0)), 1e-9);
  const table = h(
    "table",
    { class: `cells ${kind}`, "aria-label": words },
    h(
      "tbody",
      null,
      values.map((row) =>
        h(
          "tr",
          null,
          row.map((value) => {
            const cell = h("td", null, short(value));
            cell.style.setProperty("--s", String(Math.min(1, Math.abs(value ?? 0) / most)));
            cell.classList.add(value < 0 ? "minus" : "plus");
            return cell;
          }),
        ),
      ),
    ),
  );
  return h("figure", null, table, h("figcaption", null, words));
}

function convolution(answer) {
  const sums = answer.products.map((channel) => channel.flat().reduce((a, b) => a + b, 0));
  const strongest = sums.reduce((best, value, i) => (Math.abs(value) > Math.abs(sums[best]) ? i : best), 0);
  const channel = signal(strongest);
  const all = answer.sum - answer.bias; // what is summed: the sum that comes has the bias in it
  const rest = computed(() => all - sums[channel()]);
  return [
    sums.length > 1 &&
      h(
        "label",
        { class: "line" },
        h("span", null, () => t("Incoming map", "들어온 맵")),
        h("input", {
          type: "range",
          min: 0,
          max: sums.length - 1,
          value: channel,
          oninput: (event) => channel.set(Number(event.target.value)),
        }),
        h("output", null, () => t("map {a}", "맵 {a}", { a: answer.channels[channel()] + 1 })),
      ),
    () =>
      h(
        "div",
        { class: "equation" },
        grid(answer.window[channel()], "input", t("window", "창")),
        h("span", { class: "sign" }, "×"),
        grid(answer.kernel[channel()], "kernel", t("kernel", "커널")),
        h("span", { class: "sign" }, "="),
        grid(answer.products[channel()], "product", t("products", "곱")),
      ),
    h("p", { class: "sum" }, () => [
      answer.products[channel()].flat().length <= PLAIN
        ? answer.products[channel()]
            .flat()
            .map((value, i) => `${value < 0 ? " − " : i ? " + " : ""}${short(Math.abs(value))}`)
            .join("")
        : t("sum of the products {s}", "곱의 합 {s}", { s: short(sums[channel()]) }),
      sums.length > 1 && t(" + {s} from the other maps", " + 다른 맵들에서 {s}", { s: short(rest()) }),
    ]),
    ending(answer),
  ];
}

/** The sum, the bias, and what the activation makes of both. */
function ending({ sum, bias, activation, output }) {
  return h("p", { class: "ending" }, () => [
    t("sum {s} + bias {b} = ", "합 {s} + 편향 {b} = ", { s: short(sum - bias), b: short(bias) }),
    ...(activation && activation !== "linear"
      ? [`${short(sum)} → `, h("span", { translate: "no" }, activation), " → "]
      : []),
    h("b", null, short(output)),
  ]);
}

function normalization({ input, mean, deviation, scale, offset, output }) {
  return h("p", { class: "ending" }, () => [
    t("({x} − mean {m}) ÷ spread {d} × {a} + {b} = ", "({x} − 평균 {m}) ÷ 표준편차 {d} × {a} + {b} = ", {
      x: short(input),
      m: short(mean),
      d: short(deviation),
      a: short(scale),
      b: short(offset),
    }),
    h("b", null, short(output)),
  ]);
}

function other({ input, activation, output }) {
  return h("p", { class: "ending" }, () => [
    input !== null && `${short(input)} → `,
    activation && activation !== "linear" && [h("span", { translate: "no" }, activation), " → "],
    h("b", null, short(output)),
  ]);
}

function pooling(answer) {
  return h(
    "div",
    { class: "equation" },
    grid(answer.window, "input", t("window", "창")),
    h("span", { class: "sign" }, "→"),
    h("p", { class: "ending" }, () => [
      answer.how === "max" ? t("the largest: ", "가장 큰 값: ") : t("the mean: ", "평균: "),
      h("b", null, short(answer.output)),
    ]),
  );
}

function dense(answer) {
  return [
    h(
      "table",
      { class: "strongest" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          [() => t("input", "입력"), () => t("value", "값"), () => t("weight", "가중치"), () => t("product", "곱")].map(
            (words) => h("th", { scope: "col" }, words),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        answer.strongest.slice(0, 8).map((row) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, number(row.input + 1)),
            [row.value, row.weight, row.product].map((value) => h("td", { class: "num" }, short(value))),
          ),
        ),
      ),
    ),
    h("p", { class: "sum" }, () =>
      t(
        "the strongest {a} of {b} inputs; the others together {r}",
        "입력 {b}개 가운데 가장 센 {a}개, 나머지는 모두 {r}",
        {
          a: Math.min(8, answer.strongest.length),
          b: number(answer.inputs),
          r: short(answer.rest + answer.strongest.slice(8).reduce((sum, row) => sum + row.product, 0)),
        },
      ),
    ),
    ending(answer),
  ];
}
