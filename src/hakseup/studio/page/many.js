/* Many pictures or the rows of a table at once: what the network says of them, counted, and as a CSV file to keep. */

import { h, onCleanup, signal } from "./reactive.js";
import { many, number, said, t } from "./words.js";
import { upload } from "./api.js";
import { button, icon, tell } from "./parts.js";
import { choose, isPicture, isTable } from "./incoming.js";

/** Args: one: the run; classes: a function that gives `[{key, en, ko}]`. Returns the element, and `take` for files. */
export function atOnce(one, classes = () => []) {
  const table = one.kind === "table";
  const found = signal(null);
  const file = signal(null); // the address of the CSV in this browser
  let over = false;
  const let_go = () => file.peek() && URL.revokeObjectURL(file.peek());
  onCleanup(() => {
    over = true;
    let_go();
  });
  const take = async (files) => {
    const fitting = files.filter(table ? isTable : isPicture);
    if (!fitting.length) {
      if (files.length)
        tell(
          () =>
            table
              ? t("This is no table: CSV, TSV, Parquet or Excel.", "표가 아니에요. CSV, TSV, Parquet, 엑셀이어야 해요.")
              : t("These are no pictures.", "그림 파일이 아니에요."),
          { kind: "error" },
        );
      return;
    }
    const answer = await upload(["runs", one.run, "predictions"], "files", fitting);
    if (over) return;
    let_go();
    file.set(URL.createObjectURL(new Blob(["\ufeff", answer.csv.replace(/^\ufeff/, "")], { type: "text/csv" })));
    found.set(answer);
  };
  const nameOf = (key) => said(classes().find((each) => each.key === key) ?? key);
  const element = h(
    "section",
    { class: "at-once" },
    h("h2", null, () => t("Many at once", "한꺼번에 여러 개")),
    h("p", { class: "note" }, () =>
      table
        ? t(
            "A table with the same columns: out comes the same table with the predictions behind it.",
            "같은 열이 있는 표를 고르면, 예측이 뒤에 붙은 표로 돌려줘요.",
          )
        : t(
            "Several pictures: out comes a table with what the network says of each.",
            "그림을 여러 장 고르면, 한 장마다 뭐라고 했는지 표로 돌려줘요.",
          ),
    ),
    h(
      "div",
      { class: "line" },
      button(
        () => (table ? t("Choose a table", "표 고르기") : t("Choose pictures", "그림 고르기")),
        async () =>
          take((await choose(table ? { accept: ".csv,.tsv,.parquet,.xlsx" } : {})).map((chosen) => chosen.file)),
        { iconName: table ? "data" : "folder" },
      ),
      () =>
        file() &&
        h(
          "a",
          { class: "button primary", href: file(), download: `${one.run}-predictions.csv` },
          icon("download"),
          h("span", null, t("Keep the predictions (CSV)", "예측 내려받기(CSV)")),
        ),
    ),
    h("div", { role: "status" }, () => found() && outcome(found(), table, nameOf)),
  );
  return { element, take };
}

/** What came out, in sentences. */
function outcome({ n, counts, unknown, refused, notes, bad_cells_n: bad }, table, nameOf) {
  const each = Object.entries(counts ?? {}).filter(([, count]) => count);
  return [
    h("p", null, () => [
      table
        ? t("{n} predicted. ", "{k}행을 예측했어요. ", { n: many(n, "row", "rows"), k: number(n) })
        : t("{n} predicted. ", "그림 {k}장을 예측했어요. ", { n: many(n, "picture", "pictures"), k: number(n) }),
      each.map(([key, count]) => `${nameOf(key)} ${number(count)}`).join(" · "),
      unknown ? ` · ${t("I do not know", "모르겠어요")} ${number(unknown)}` : "",
    ]),
    refused.length > 0 &&
      h("p", { class: "note" }, () =>
        t("Not read: {n}. {name}: {why}", "읽지 못한 것: {n}개. {name}: {why}", {
          n: number(refused.length),
          name: refused[0].input,
          why: said(refused[0].reason),
        }),
      ),
    bad > 0 &&
      h("p", { class: "note" }, () =>
        t("{n} could not be read and count as missing.", "읽을 수 없는 칸 {k}개는 비어 있는 것으로 보았어요.", {
          n: many(bad, "cell", "cells"),
          k: number(bad),
        }),
      ),
    (notes ?? []).map((words) => h("p", { class: "note" }, () => said(words))),
  ];
}
