/* The score of the opened test part: its interval, simple models beside it, all measures. */

import { h } from "./reactive.js";
import { many, metricName, number, percent, said, t } from "./words.js";
import { figure } from "./parts.js";

/** The measure that leads, and its value. */
const leading = (metrics) =>
  ["accuracy", "rmse", "mae", "loss"].map((name) => [name, metrics[name]]).find(([, value]) => value !== undefined) ??
  Object.entries(metrics)[0];

/** Open: the score, its interval, simple models beside it. */
export function opened(score, details) {
  const [name, value] = leading(score.metrics);
  const share = name === "accuracy";
  const interval = score.interval?.[name];
  const shown = (each) => (share ? percent(each, score.n) : number(each));
  return [
    h(
      "p",
      { class: "score" },
      h("b", null, share ? percent(value, score.n).replace("%", "") : number(value)),
      share && h("small", null, "%"),
    ),
    h("p", { class: "lead" }, () =>
      share
        ? t(
            "{k} of {n} examples it had never seen. With other examples of the same kind the share would lie between {a} and {b} (95%).",
            "한 번도 보지 않은 {n}개 중 {k}개를 맞혔어요. 비슷한 다른 데이터였다면 {a}에서 {b} 사이였을 거예요(95%).",
            {
              k: number(Math.round(value * score.n)),
              n: number(score.n),
              a: shown(interval?.[0]),
              b: shown(interval?.[1]),
            },
          )
        : t(
            "{name} on {n} rows it had never seen; 95% interval {a} to {b}.",
            "한 번도 보지 않은 {n}행에서의 {name}, 95% 신뢰구간 {a}에서 {b}.",
            { name: metricName(name), n: number(score.n), a: shown(interval?.[0]), b: shown(interval?.[1]) },
          ),
    ),
    score.versus_baseline?.en && h("p", { class: "versus" }, () => said(score.versus_baseline)),
    figure(
      () =>
        share
          ? t("Beside simple models, on the same examples", "같은 데이터에서 간단한 모델과 비교")
          : t("Beside simple models, on the same rows", "같은 행에서 간단한 모델과 비교"),
      whiskers(score, name, share),
    ),
    h("p", { class: "note" }, () =>
      t("This test part was opened {n}.", "지금까지 이 테스트 부분을 {n} 열었어요.", {
        n: t(
          details.opened === 1 ? "once" : many(details.opened, "time", "times"),
          details.opened === 1 ? "한 번" : `${details.opened}번`,
        ),
      }),
    ),
    score.unknown?.promised?.en && h("p", { class: "note" }, () => said(score.unknown.promised)),
    metricsTable(score),
  ];
}

/** Intervals as lines, one below the other, on one axis. */
function whiskers(score, name, share) {
  const rows = [
    {
      words: () => t("this network", "이 신경망"),
      value: score.metrics[name],
      interval: score.interval?.[name],
      own: true,
    },
    ...Object.entries(score.baselines ?? {}).map(([model, metrics]) => ({
      words: () => said(score.baseline_titles?.[model] ?? model),
      value: metrics[name],
      interval: score.baseline_intervals?.[model]?.[name],
    })),
  ].filter((row) => row.value !== undefined && row.value !== null);
  const top = share ? 1 : Math.max(...rows.flatMap((row) => [row.value, row.interval?.[1] ?? row.value])) * 1.05;
  const axis =
    share &&
    h(
      "li",
      { class: "axis", "aria-hidden": "true" },
      h("span"),
      h(
        "span",
        { class: "span" },
        ["0", "25", "50", "75", "100%"].map((words) => h("span", null, words)),
      ),
      h("span"),
    );
  return h(
    "ul",
    { class: "whiskers" },
    rows.map((row) => {
      const [band, dot] = [h("i"), h("b")];
      const at = (value) => `${Math.min(100, (100 * value) / top)}%`;
      if (row.interval) {
        band.style.left = at(row.interval[0]);
        band.style.width = `${(100 * (row.interval[1] - row.interval[0])) / top}%`;
      }
      dot.style.left = at(row.value);
      return h(
        "li",
        { class: row.own ? "own" : "" },
        h("span", { class: "who" }, row.words),
        h("span", { class: "span", "aria-hidden": "true" }, row.interval && band, dot),
        h("span", { class: "share" }, share ? percent(row.value, score.n) : number(row.value)),
      );
    }),
    axis,
  );
}

function metricsTable(score) {
  return h(
    "details",
    null,
    h("summary", null, () => t("All measures", "모든 값")),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "plain" },
        h(
          "tbody",
          null,
          Object.entries(score.metrics).map(([name, value]) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, () => metricName(name)),
              h("td", { class: "num" }, number(value)),
              h(
                "td",
                { class: "num note" },
                score.interval?.[name] ? `${number(score.interval[name][0])} – ${number(score.interval[name][1])}` : "",
              ),
            ),
          ),
        ),
      ),
    ),
  );
}
