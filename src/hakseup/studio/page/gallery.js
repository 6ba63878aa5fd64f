/* All pictures of a set by class. Where the set may be changed: choose, move by dragging or number, put aside. */

import { computed, each, h, onCleanup, signal } from "./reactive.js";
import { josa, many, number, said, t } from "./words.js";
import { post } from "./api.js";
import { loadSets, staying } from "./state.js";
import { attempt, button, icon } from "./parts.js";
import { undoable } from "./actions.js";
import { removeClass, renameClass } from "./classes.js";
import { shelves } from "./shelves.js";

const PAGE = { editable: 200, ready: 20 }; // pictures of a class that are asked for at a time
export const ENOUGH = 10; // pictures of a class from which training is worth a try
const SHOWN = 400; // of a class, where files come by the thousand: the others can be asked for
const MANY = 40; // with more classes they are opened one by one

export function gallery(first, { editable = false, changed = () => {} } = {}) {
  const set = staying(first);
  const selected = signal(new Set());
  const known = shelves(set, { page: editable ? PAGE.editable : PAGE.ready, selected, changed });
  const add = (pictures) => {
    known.enter(pictures);
    changed();
  };
  const drop = (ids) => {
    known.drop(ids);
    changed();
  };
  const move = (ids, name) => {
    if (!ids.length || !name) return false;
    attempt(async () => {
      const answer = await post(["data", set.peek().name, "move"], { pictures: ids, class: name });
      drop(ids);
      add(answer.pictures);
      undoable(
        () =>
          t("Moved to “{name}”: {n}", "{as} {n}장을 옮겼어요.", {
            n: ids.length,
            name,
            as: josa(`‘${name}’`, "으로", "로"),
          }),
        answer.undo,
        loadSets,
      );
    });
    return true;
  };
  const put = (ids) => {
    if (!ids.length) return false;
    attempt(async () => {
      const { undo } = await post(["data", set.peek().name, "remove"], { pictures: ids });
      drop(ids);
      undoable(
        () => t("Put aside: {n}. Nothing is erased.", "{n}장을 치워 두었어요. 지워지지는 않아요.", { n: ids.length }),
        undo,
        loadSets,
      );
    });
    return true;
  };

  const tools = { ...known, set, selected, move, put, editable };
  const element = h(
    "section",
    { class: "gallery", "aria-label": () => t("Pictures by class", "클래스별 그림") },
    editable && selection(tools),
    each(
      () => set().classes ?? [],
      (one) => one.name,
      (one) => classShelf(one, tools),
    ),
  );
  return editable
    ? {
        element,
        add,
        addMany: (pictures) => known.enter(pictures, SHOWN),
        drop,
        moveSelected: (name) => move([...selected.peek()], name),
        removeSelected: () => put([...selected.peek()]),
      }
    : element;
}

function classShelf(one, tools) {
  const { set, selected, load, move, shelf, editable } = tools;
  const { name } = one.peek();
  const mine = shelf(name);
  const places = computed(() => new Map(mine.pictures().map((picture, i) => [picture.id, i + 1])));
  const called = (id) =>
    t("{name}, picture {i} of {n}", "{name}, 그림 {n}장 중 {i}번째", {
      name: said(one().en ? one() : name),
      i: number(places().get(id)),
      n: number(mine.total()),
    });
  const over = signal(false);
  const place = computed(() => (set().classes ?? []).findIndex((other) => other.name === name));
  const open = (set.peek().classes ?? []).length <= MANY;
  if (open && !mine.asked) load(name);
  const dropping = editable && {
    ondragover: (event) => {
      if (![...event.dataTransfer.types].includes("text/x-pictures")) return;
      event.preventDefault();
      over.set(true);
    },
    ondragleave: () => over.set(false),
    ondrop: (event) => {
      const ids = event.dataTransfer.getData("text/x-pictures");
      over.set(false);
      if (!ids) return;
      event.preventDefault();
      event.stopPropagation();
      move(JSON.parse(ids), name);
    },
  };
  const head = [
    editable &&
      h("span", { class: "badge", data: () => ({ tone: place() % 8 }), "aria-hidden": "true" }, () => place() + 1),
    h("h2", { translate: "no" }, () => said(one().en ? one() : name)),
    h("small", null, () => counted(one().n ?? mine.total())),
    editable && classMenu(set, name),
  ];
  return h(
    "section",
    { class: () => `shelf${over() ? " over" : ""}`, ...dropping },
    h("header", null, head),
    h(
      "ul",
      { class: "pictures", "aria-label": name },
      each(
        mine.pictures,
        (picture) => picture.id,
        (picture) => tile(picture, mine, called, tools),
      ),
      // Empty places say how many are enough to begin.
      editable &&
        (() =>
          Array.from({ length: Math.max(0, ENOUGH - mine.total()) }, () =>
            h("li", { class: "tile place", "aria-hidden": "true" }),
          )),
    ),
    () =>
      (mine.total() > mine.pictures().length || (!open && !mine.pictures().length)) &&
      h(
        "p",
        null,
        button(
          () =>
            t("Show more ({n})", "더 보기({n}장)", { n: number((mine.total() || one().n) - mine.pictures().length) }),
          () => load(name),
          { kind: "link" },
        ),
      ),
  );
}

function classMenu(set, name) {
  const link = { type: "button", class: "link" };
  return h(
    "span",
    { class: "menu" },
    h("button", { ...link, "aria-label": () => t("Rename “{name}”", "‘{name}’ 이름 바꾸기", { name }), onclick: () => renameClass(set.peek(), name) }, () =>
      t("Rename", "이름 바꾸기"),
    ),
    h(
      "button",
      { ...link, "aria-label": () => t("Put aside “{name}”", "‘{name}’ 치워 두기", { name }), onclick: () => attempt(() => removeClass(set.peek(), name)) },
      () => t("Put aside", "치워 두기"),
    ),
  );
}

function tile(picture, mine, called, { selected, editable }) {
  const { id, url, name } = picture.peek();
  const alt = editable ? "" : () => called(id); // else its button says it
  let again = 2; // one that was put here by another program may not be whole yet
  const onerror = () => again-- > 0 && setTimeout(() => (image.src = picture.peek().url), 1500);
  const image = h("img", {
    src: () => picture().url,
    alt,
    title: name,
    loading: "lazy",
    draggable: "false",
    width: 64,
    height: 64,
    onerror,
  });
  if (url.startsWith("blob:")) onCleanup(() => URL.revokeObjectURL(url));
  if (!editable) return h("li", { class: "tile" }, image);
  const isChosen = () => selected().has(id);
  return h(
    "li",
    { class: () => `tile${picture.peek().fresh ? " fresh" : ""}` },
    h(
      "button",
      {
        type: "button",
        data: { picture: id },
        "aria-pressed": () => String(isChosen()),
        "aria-label": () => called(id),
        draggable: "true",
        onclick: (event) => selected.set(next(selected.peek(), id, event.shiftKey, mine.pictures.peek())),
        ondragstart: (event) => {
          const ids = selected.peek().has(id) ? [...selected.peek()] : [id];
          event.dataTransfer.setData("text/x-pictures", JSON.stringify(ids));
          event.dataTransfer.effectAllowed = "move";
        },
      },
      image,
    ),
  );
}

/** The selection after a click; with Shift everything between the last and this. */
function next(before, id, range, pictures) {
  const after = new Set(before);
  if (after.delete(id)) return after;
  if (range && before.size) {
    const ids = pictures.map((picture) => picture.id);
    const [from, to] = [ids.indexOf([...before].at(-1)), ids.indexOf(id)].sort((a, b) => a - b);
    if (from >= 0) for (const between of ids.slice(from, to)) after.add(between);
  }
  return after.add(id);
}

/** What can be done with the chosen pictures. */
function selection({ set, selected, move, put }) {
  const ids = () => [...selected()];
  return h("div", { class: "selection", role: "status", hidden: () => selected().size === 0 }, () => [
    h("b", null, t("{n} chosen", "{n}장 골랐어요", { n: selected().size })),
    h("span", null, t("Move to", "옮길 곳")),
    (set().classes ?? []).map((one, i) =>
      h(
        "button",
        { type: "button", class: "chip", data: { tone: i % 8 }, onclick: () => move(ids(), one.name) },
        h("kbd", null, i < 9 ? i + 1 : "·"),
        h("span", { translate: "no" }, one.name),
      ),
    ),
    h(
      "button",
      { type: "button", class: "button quiet", onclick: () => put(ids()) },
      icon("clear"),
      h("span", null, t("Put aside", "치워 두기")),
    ),
    h("button", { type: "button", class: "link", onclick: () => selected.set(new Set()) }, t("None", "고르지 않기")),
  ]);
}

const counted = (n) => t("{en}", "{n}장", { en: many(n, "picture", "pictures"), n: number(n) });
