/* What `hakseup look` finds, in words: the verdict first, then its reasons. */

import { effect, h, onCleanup, signal } from "./reactive.js";
import { language, said, t } from "./words.js";
import { address, get } from "./api.js";
import { withCode } from "./parts.js";

const REST = 1200; // milliseconds of quiet before the data are looked at again

/** Args: set; changed: counts the changes; ready: whether there is anything to look at; query: what else is asked;
    onfacts: gets the whole answer. */
export function findings(set, { changed = () => 0, ready = () => true, query = () => ({}), onfacts = () => {} } = {}) {
  const state = signal({ waiting: true });
  const old = signal(false); // the data have changed since: what was found may hold no longer
  let [timer, controller] = [null, null];
  const ask = async () => {
    controller?.abort();
    controller = new AbortController();
    try {
      const facts = await get(["data", set.name, "look"], query(), { signal: controller.signal });
      state.set({ facts });
      old.set(false);
      onfacts(facts);
    } catch (error) {
      if (error.name === "AbortError") return;
      state.set({ error });
      old.set(false);
      onfacts({});
    }
  };
  let first = true;
  effect(() => {
    changed();
    query();
    clearTimeout(timer);
    controller?.abort(); // it looks at what was there before
    if (!ready()) return;
    old.set(!first);
    timer = setTimeout(() => ready() && ask(), first ? 0 : REST); // a class may have come meanwhile that is still empty
    first = false;
  });
  onCleanup(() => {
    clearTimeout(timer);
    controller?.abort();
  });
  return h(
    "section",
    { class: "findings", "aria-live": "polite", hidden: () => !ready() },
    h("h2", null, () => t("What was found", "살펴본 결과")),
    () => {
      const { waiting, error, facts } = state();
      if (waiting) return h("p", { class: "note" }, t("Looking…", "살펴보고 있어요…"));
      if (error)
        return h(
          "p",
          { class: "finding problem" },
          mark("problem"),
          h("span", null, error.words ?? t("It could not be looked at.", "살펴볼 수 없었어요."), " ", error.hint ?? ""),
        );
      return [
        () =>
          (old() || facts.verdict) &&
          h("p", { class: "verdict" }, old() ? t("Looking again…", "다시 살펴보고 있어요…") : said(facts.verdict)),
        h(
          "ul",
          { class: () => (old() ? "old" : "") },
          (facts.findings ?? []).map((found) =>
            h("li", { class: `finding ${found.level}` }, mark(found.level), h("span", null, withCode(said(found)))),
          ),
        ),
        h(
          "p",
          null,
          h(
            "a",
            {
              href: () => address(["data", set.name, "look.html"], { ...asked(query()), lang: language() }),
              target: "_blank",
              rel: "noopener",
            },
            t("All of it as a page", "전부 한 페이지로 보기"),
          ),
        ),
      ];
    },
  );
}

/** Without what is not asked for. */
const asked = (query) => Object.fromEntries(Object.entries(query).filter(([, value]) => value));

/** The sign of a level, and its word for those who do not see it. */
function mark(level) {
  const [sign, word] = {
    problem: ["!", t("Problem", "문제")],
    note: ["i", t("Note", "참고")],
    good: ["✓", t("Good", "좋음")],
  }[level] ?? ["·", ""];
  return h(
    "span",
    { class: "sign" },
    h("span", { "aria-hidden": "true" }, sign),
    h("span", { class: "sr" }, `${word}: `),
  );
}
