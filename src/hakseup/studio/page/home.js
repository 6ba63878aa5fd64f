/* What to take home from a run, and whether another one is better. */

import { h, signal } from "./reactive.js";
import { language, said, t } from "./words.js";
import { address, post } from "./api.js";
import { runs } from "./state.js";
import { button, icon } from "./parts.js";

/** Args: one: the run; details: a signal with everything about it, or null. */
export function takeHome(one, details) {
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
      () =>
        details()?.network && [
          link(
            () => t("The picture of the network (SVG)", "신경망 그림(SVG)"),
            "network.svg",
            () => ({ lang: language() }),
          ),
          link(
            () => t("The picture of the network (PNG)", "신경망 그림(PNG)"),
            "network.png",
            () => ({ lang: language() }),
            `${one.run}.png`,
          ),
        ],
    ),
    h(
      "p",
      { class: "note" },
      () => t("The same on the command line: ", "명령줄에서도 같아요: "),
      h("code", { translate: "no" }, `hakseup report runs/${one.run}`),
    ),
  );
}

const sideBySide = (ids, lang) =>
  `/api/compare.html?${new URLSearchParams([...ids.filter(Boolean).map((id) => ["run", id]), ["lang", lang]])}`;

/** Two runs side by side, on the same examples. */
export function comparison(one) {
  const others = () =>
    (runs() ?? []).filter(
      (found) => found.run !== one.run && found.data === one.data && (found.validation_n || found.test_n), // scored
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
          onchange: (event) => {
            other.set(event.target.value);
            found.set(null); // that was about the one before
          },
        },
        () => others().map((each) => h("option", { value: each.run, selected: each.run === other() }, each.run)),
      ),
      button(() => t("Compare", "비교하기"), compare),
    ),
    h(
      "p",
      null,
      h(
        "a",
        {
          href: () => sideBySide([one.run, other() || others()[0]?.run], language()),
          target: "_blank",
          rel: "noopener",
        },
        () => t("Both side by side on a page, with their curves", "둘을 나란히 놓은 페이지(곡선과 점수)"),
      ),
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
              pair.part &&
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
