/* What to take home from a run, and whether another one is better. */

import { h, signal } from "./reactive.js";
import { language, said, t } from "./words.js";
import { address, post } from "./api.js";
import { runs } from "./state.js";
import { button, icon } from "./parts.js";

export function takeHome(one) {
  const link = (words, what, query, name) =>
    h(
      "li",
      null,
      h(
        "a",
        {
          class: "button",
          href: () => address(["runs", one.run, what], query()),
          ...(name ? { download: name } : { target: "_blank", rel: "noopener" }),
        },
        icon(name ? "download" : "result"),
        h("span", null, words),
      ),
    );
  return h(
    "section",
    { class: "panel" },
    h("h2", null, () => t("Take it home", "가져가기")),
    h(
      "ul",
      { class: "links" },
      link(
        () => t("The report, one file that opens anywhere", "보고서: 어디서나 열리는 파일 하나"),
        "report",
        () => ({ lang: language() }),
      ),
      link(
        () => t("The run: weights, recipe, scores (zip)", "실행 폴더: 가중치, 레시피, 점수(zip)"),
        "download",
        () => ({}),
        `${one.run}.zip`,
      ),
      one.kind === "pictures" &&
        link(
          () => t("The picture of the network", "신경망 그림"),
          "network.svg",
          () => ({ lang: language() }),
        ),
    ),
    h(
      "p",
      { class: "note" },
      () => t("The same on the command line: ", "명령줄에서도 같아요: "),
      h("code", { translate: "no" }, `hakseup report runs/${one.run}`),
    ),
  );
}

/** Two runs side by side, on the same examples. */
export function comparison(one) {
  const others = () =>
    (runs() ?? []).filter(
      (found) => found.run !== one.run && found.data === one.data && ["done", "stopped"].includes(found.state),
    );
  const other = signal("");
  const found = signal(null);
  const compare = async () => found.set(await post(["compare"], { runs: [one.run, other.peek() || others()[0].run] }));
  return h(
    "section",
    { class: "panel", hidden: () => others().length === 0 },
    h("h2", null, () => t("Is another one better?", "다른 것이 더 나을까요?")),
    h(
      "div",
      { class: "line" },
      h(
        "select",
        {
          "aria-label": () => t("The other training", "다른 학습"),
          onchange: (event) => other.set(event.target.value),
        },
        () => others().map((each) => h("option", { value: each.run }, each.run)),
      ),
      button(() => t("Compare", "비교하기"), compare),
    ),
    h(
      "div",
      { role: "status" },
      () =>
        found() && [
          found().pairs.map((pair) =>
            h(
              "p",
              null,
              h(
                "span",
                { class: "note" },
                pair.part === "test" ? t("Test part. ", "테스트 부분. ") : t("Validation part. ", "검증 부분. "),
              ),
              said(pair),
            ),
          ),
          found().notes.map((words) => h("p", { class: "note" }, said(words))),
        ],
    ),
  );
}
