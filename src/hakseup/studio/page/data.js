/* The view of the data: the welcome where nothing is chosen, else what is in the chosen set. */

import { computed, effect, h, signal } from "./reactive.js";
import { errorPart, josa, number, said, t } from "./words.js";
import { data, go, jobs, loadSets, sets, staying, to } from "./state.js";
import { post, remove, renamed } from "./api.js";
import { undoable } from "./actions.js";
import { button, heading, icon } from "./parts.js";
import { collecting } from "./collect.js";
import { gallery } from "./gallery.js";
import { renameSet } from "./naming.js";
import { findings } from "./findings.js";
import { table } from "./table.js";
import { welcome } from "./welcome.js";

export function dataView() {
  let [name, opened] = [null, 0];
  const which = computed(() => {
    const set = data();
    if (!set) return sets() ? "" : null;
    if (set.name !== name && set.name !== renamed()[name]) opened++; // one that was only renamed stays as it is shown
    name = set.name;
    return [opened, set.kind, set.editable, set.here].join("/");
  });
  return h("div", { class: "stack" }, () => {
    if (which() === null)
      return h("p", { class: "waiting", role: "status" }, () =>
        t("Looking into the workspace…", "작업 폴더를 보고 있어요…"),
      );
    return which() === "" ? welcome() : chosen(data.peek());
  });
}

function chosen(set) {
  const now = staying(set);
  const top = h(
    "div",
    { class: "title-row" },
    heading(
      () => t("What is in the data?", "데이터에 무엇이 들어 있나요?"),
      () => answer(now()),
    ),
    h(
      "div",
      { class: "actions" },
      more(now),
      h(
        "a",
        { class: "button primary", href: () => to({ view: "train", run: null }) },
        h("span", null, () => t("Train with it", "이것으로 학습하기")),
        icon("play"),
      ),
    ),
  );
  if (!set.here) return [top, download(set)];
  if (set.kind === "table") return [top, table(set)];
  if (set.editable) return [top, collecting(set)];
  const changed = signal(0);
  const shown = gallery(set, { changed: () => changed.update((n) => n + 1) });
  return [top, h("div", { class: "columns" }, shown, findings(set, { changed }))];
}

/** A known set that is not on this machine yet. */
function download(set) {
  // Whoever asked for it: another tab, or this one before it was loaded anew. The newest stands first.
  const job = computed(() => jobs().find((one) => one.what === "fetch" && one.data === set.name) ?? null);
  effect(() => job()?.state === "done" && loadSets());
  return h(
    "div",
    { class: "empty" },
    icon("download"),
    h("p", null, () =>
      t(
        "This set is not on this computer yet. It is downloaded once and kept.",
        "이 데이터는 아직 이 컴퓨터에 없어요. 한 번 내려받으면 계속 쓸 수 있어요.",
      ),
    ),
    button(
      () => t("Download it", "내려받기"),
      () => post(["data", set.name, "fetch"]),
      { kind: "primary", iconName: "download", disabled: () => job()?.state === "working" },
    ),
    () =>
      job()?.state === "failed" &&
      h(
        "div",
        { class: "error-box", role: "alert" },
        h("p", null, h("b", null, errorPart(job().error, "message"))),
        h("p", null, errorPart(job().error, "hint") ?? ""),
      ),
    h("p", { class: "note", role: "status" }, () =>
      job()?.state === "working" ? (job().said?.at(-1) ?? t("It begins…", "시작하고 있어요…")) : "",
    ),
  );
}

function answer(set) {
  const name = said(set.title) || set.name;
  if (set.n === null || set.n === undefined) return name;
  const values = { name, n: number(set.n), k: set.classes?.length ?? 0 };
  if (set.kind === "table") return t("{name}: {n} rows", "{name}: {n}행", values);
  if (set.n === 0) return t("{name}: no pictures yet", "{name}: 아직 그림이 없어요", values);
  return t("{name}: {n} pictures in {k} classes", "{name}: 그림 {n}장, 클래스 {k}개", values);
}

function more(set) {
  const putAside = async () => {
    const { name } = set.peek();
    const { undo } = await remove(["data", name]);
    go({ data: null, run: null });
    await loadSets();
    undoable(
      () =>
        t("“{name}” was put aside.", "{object} 치워 두었어요.", {
          name,
          object: josa(`‘${name}’`, "을", "를"),
        }),
      undo,
      loadSets,
    );
  };
  return [
    h("a", { class: "button quiet", href: () => to({ data: null, run: null }) }, () => t("Other data", "다른 데이터")),
    !set.peek().known &&
      button(
        () => t("Rename", "이름 바꾸기"),
        () => renameSet(set),
        { kind: "quiet", "aria-haspopup": "dialog" },
      ),
    !set.peek().known && button(() => t("Put aside", "치워 두기"), putAside, { kind: "quiet" }),
  ];
}
