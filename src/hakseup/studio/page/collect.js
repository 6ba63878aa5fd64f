/* Gathering pictures: the board and its classes at the left, everything gathered at the right. */

import { computed, each, h, onCleanup, signal } from "./reactive.js";
import { josa, number, t } from "./words.js";
import { asPNG, newDrawing } from "./drawing.js";
import { board, boardKey } from "./board.js";
import { post, send } from "./api.js";
import { sendPictures, sent } from "./sending.js";
import { keepSet, staying, to } from "./state.js";
import { attempt, button, icon, tell } from "./parts.js";
import { did } from "./actions.js";
import { addClass } from "./classes.js";
import { byClass, choose, dropped, isPicture, isTable, pasted } from "./incoming.js";
import { receiveTable, sayLeftOut } from "./welcome.js";
import { ENOUGH, gallery } from "./gallery.js";
import { findings } from "./findings.js";
import { camera } from "./camera.js";

export function collecting(first) {
  const set = staying(first);
  const classes = computed(() => set().classes ?? []);
  // The class that is being drawn: by its name, since others come and go, and by its place where it was renamed.
  const picked = signal({ name: null, place: 0 });
  const place = computed(() => {
    const found = classes().findIndex((one) => one.name === picked().name);
    return found >= 0 ? found : Math.max(0, Math.min(picked().place, classes().length - 1));
  });
  const at = Object.assign(() => place(), {
    set: (i) => picked.set({ name: classes.peek()[i]?.name ?? null, place: i }),
    call: (name) => picked.set({ name, place: classes.peek().length }), // it may have come this moment
  });
  const chosen = () => classes()[at()]?.name ?? null;
  const drawing = newDrawing();
  const changed = signal(0); // how often the pictures changed: what stands beside is asked again
  const shown = gallery(first, { editable: true, changed: () => changed.update((n) => n + 1) });

  const save = async () => {
    const name = chosen();
    const strokes = drawing.strokes.peek();
    if (!name || !strokes.some((stroke) => !stroke.erase)) return;
    drawing.renew();
    try {
      const png = await asPNG(strokes);
      const { added } = await send(["data", set.peek().name, "classes", name, "pictures"], png);
      // A kilobyte, and it is here; it is asked for only when the server has another one at its address.
      shown.add(added.map((picture) => ({ ...picture, served: picture.url, url: URL.createObjectURL(png) })));
      did(
        () => t("Saved.", "담았어요."),
        async () => {
          await post(["data", set.peek().name, "remove"], { pictures: added.map((picture) => picture.id) });
          shown.drop(added.map((picture) => picture.id));
        },
        { quiet: true },
      );
    } catch (error) {
      if (!drawing.strokes.peek().length) for (const stroke of strokes) drawing.add(stroke); // nothing is lost
      throw error;
    }
  };

  const sending = signal(null);
  const take = async (list) => {
    const pictures = list.filter(({ file }) => isPicture(file));
    if (!pictures.length) {
      const table = list.find(({ file }) => isTable(file));
      if (table) return receiveTable(table.file); // a data set of its own
      if (list.length)
        tell(
          () =>
            t(
              "These are no pictures. PNG, JPEG, WebP, BMP, TIFF and GIF can be taken.",
              "그림 파일이 아니에요. PNG, JPEG, WebP, BMP, TIFF, GIF를 넣을 수 있어요.",
            ),
          { kind: "error" },
        );
      return;
    }
    sayLeftOut(list.length - pictures.length);
    const groups = byClass(pictures, chosen());
    for (const name of groups.keys()) {
      if (!classes.peek().some((one) => one.name === name))
        keepSet(await post(["data", set.peek().name, "classes"], { name }));
    }
    try {
      await sendPictures(set.peek().name, groups, { added: shown.addMany, progress: sending });
    } finally {
      changed.update((n) => n + 1); // looked at once, not after every portion
    }
  };

  keys(drawing, {
    save,
    at,
    count: () => classes.peek().length,
    move: (i) => shown.moveSelected(classes.peek()[i]?.name),
    dropSelected: shown.removeSelected,
  });
  const onpaste = (event) => {
    const files = pasted(event);
    if (files.length) attempt(() => take(files.map((file) => ({ file, folder: null }))));
  };
  document.addEventListener("paste", onpaste);
  onCleanup(() => document.removeEventListener("paste", onpaste));

  const over = signal(false);
  const dropping = {
    ondragover: (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      over.set(true);
    },
    ondragleave: () => over.set(false),
    ondrop: (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      over.set(false);
      attempt(async () => take(await dropped(event.dataTransfer, sending)));
    },
  };
  return h(
    "div",
    { class: () => `columns collect${over() ? " over" : ""}`, ...dropping },
    h(
      "section",
      {
        class: "easel",
        "aria-label": () => t("Drawing board", "그림판"),
        // After a click with the mouse the keys belong to the sheet again, so that Enter keeps the drawing.
        onclick: (event) =>
          event.detail > 0 &&
          !document.querySelector("dialog[open]") &&
          event.currentTarget.querySelector(".sheet").focus({ preventScroll: true }),
      },
      classChips(set, classes, at),
      board(drawing, { label: () => sheetLabel(chosen()) }),
      button(() => t("Keep as “{name}”", "‘{name}’에 담기", { name: chosen() ?? "" }), save, {
        kind: "primary wide",
        disabled: () => !chosen() || drawing.empty(),
        "aria-keyshortcuts": "Enter",
      }),
      h("p", { class: "note keys" }, () =>
        t("Enter keeps the drawing, number keys choose the class.", "엔터를 누르면 담기고, 숫자 키로 클래스를 골라요."),
      ),
      h(
        "div",
        { class: "line others" },
        button(
          () => t("Files", "파일"),
          async () => take(await choose()),
          { kind: "quiet", iconName: "plus" },
        ),
        button(
          () => t("Folder", "폴더"),
          async () => take(await choose({ folder: true })),
          { kind: "quiet", iconName: "folder" },
        ),
        button(
          () => t("Camera", "카메라"),
          () => camera(chosen, (file) => take([{ file, folder: null }])),
          { kind: "quiet", iconName: "camera", disabled: () => !chosen() },
        ),
      ),
      h("p", { class: "note sending", role: "status" }, () => sent(sending)),
    ),
    h(
      "div",
      { class: "gathered" },
      progress(classes),
      shown.element,
      findings(first, { changed, ready: () => classes().length > 1 && classes().every((one) => one.n) }),
    ),
  );
}

function sheetLabel(name) {
  if (!name) return t("Add a class first", "먼저 클래스를 만들어요");
  return t("Draw “{name}” here", "여기에 ‘{object} 그려요", { name, object: josa(`${name}’`, "을", "를") });
}

/** How far the gathering is, as a sentence. */
export function progress(classes) {
  return h("p", { class: "lead progress", role: "status" }, () => {
    const few = classes().filter((one) => (one.n ?? 0) < ENOUGH);
    if (classes().length < 2)
      return t(
        "Two classes at least: the network learns to tell them apart.",
        "클래스가 둘은 있어야 해요. 신경망은 서로 구별하는 법을 배우니까요.",
      );
    if (few.length) {
      const one = few.reduce((fewest, other) => ((other.n ?? 0) < (fewest.n ?? 0) ? other : fewest));
      return t(
        "{n} more of “{name}” and training is worth a try.",
        "‘{name}’ {n}장만 더 모으면 학습을 시작할 만해요.",
        { n: ENOUGH - (one.n ?? 0), name: one.name },
      );
    }
    return [
      t("Enough to begin. More pictures make it surer.", "시작할 만큼 모았어요. 더 모으면 더 확실해져요."),
      " ",
      h("a", { href: to({ view: "train", run: null }) }, t("Train with it", "학습하러 가기")),
    ];
  });
}

function classChips(set, classes, at) {
  return h(
    "div",
    { class: "chips", role: "radiogroup", "aria-label": () => t("Class", "클래스") },
    each(
      classes,
      (one) => one.name,
      (one) => classChip(one, classes, at),
    ),
    h(
      "button",
      {
        type: "button",
        class: "chip add",
        "aria-label": () => t("Add a class", "클래스 더하기"),
        title: () => t("Add a class", "클래스 더하기"),
        onclick: () => addClass(set, at),
      },
      icon("plus"),
    ),
  );
}

function classChip(one, classes, at) {
  const { name } = one.peek();
  const place = computed(() => classes().findIndex((other) => other.name === name));
  const isMine = () => at() === place();
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      class: "chip",
      data: () => ({ tone: place() % 8 }),
      tabindex: () => (isMine() ? 0 : -1), // one stop of the Tab key for all, the arrow keys go from one to the next
      "aria-checked": () => String(isMine()),
      "aria-keyshortcuts": () => (place() < 9 ? String(place() + 1) : null),
      onclick: () => at.set(place()),
      onkeydown: (event) => {
        const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        const next = (place.peek() + by + classes.peek().length) % classes.peek().length;
        at.set(next);
        event.currentTarget.parentElement.querySelectorAll("[role=radio]")[next].focus();
      },
    },
    h("kbd", null, () => (place() < 9 ? place() + 1 : "·")),
    h("span", { translate: "no" }, name),
    h("small", null, () => number(one().n ?? 0)),
  );
}

/** Keys that work anywhere in this view, but not while somebody writes. */
function keys(drawing, { save, at, count, move, dropSelected }) {
  const onkeydown = (event) => {
    if (event.target.matches("input, textarea, select, dialog *") || event.isComposing) return;
    const digit =
      /^[1-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey ? Number(event.key) : null;
    if (event.key === "Enter" && !event.target.matches("button, a, summary")) attempt(save);
    else if (digit && digit <= count()) {
      if (!move(digit - 1)) at.set(digit - 1);
    } else if ((event.key === "Delete" || event.key === "Backspace") && dropSelected()) {
      /* the chosen pictures went, the board stays */
    } else if (boardKey(event, drawing)) {
      /* the board did it */
    } else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", onkeydown);
  onCleanup(() => document.removeEventListener("keydown", onkeydown));
}
