/* The drawing board: a sheet to draw on with mouse, pen, finger or arrow keys, and its tools below. */

import { effect, h, onCleanup, signal } from "./reactive.js";
import { t } from "./words.js";
import { recall, remember } from "./memory.js";
import { icon } from "./parts.js";
import { begin, extend, finish, paint } from "./drawing.js";

const WIDTHS = [0.035, 0.065, 0.1]; // of the side of the sheet
const STEP = 0.02; // one press of an arrow key

const pen = { width: signal(Number(recall("pen") ?? 1)), erase: signal(false) };

/** Args: drawing: from `newDrawing`; label: what the sheet is for, a function; onchange: called while drawing
    with all strokes, the unfinished one among them; extra: buttons behind the tools. */
export function board(drawing, { label, onchange = () => {}, extra = [] }) {
  const sheet = h("canvas", {
    class: "sheet",
    tabindex: 0,
    role: "img",
    "aria-label": label,
    "aria-describedby": "board-keys",
    "aria-keyshortcuts": "ArrowLeft ArrowRight ArrowUp ArrowDown Space",
  });
  const hand = hands(sheet, drawing, onchange);
  effect(() => {
    drawing.strokes();
    hand.repaint();
    onchange(drawing.strokes.peek());
  });
  const watcher = new ResizeObserver(() => hand.repaint());
  watcher.observe(sheet);
  onCleanup(() => watcher.disconnect());

  return h(
    "div",
    { class: "board" },
    h("div", { class: "paper" }, sheet, h("p", { class: "hint", hidden: () => drawing.strokes().length > 0 }, label)),
    h("p", { id: "board-keys", class: "sr" }, () =>
      t(
        "Draw with mouse, pen or finger. With the keyboard: arrow keys move the pen, Space lowers and lifts it.",
        "마우스, 펜, 손가락으로 그려요. 키보드로는 방향키로 펜을 옮기고 스페이스로 펜을 내리거나 들어요.",
      ),
    ),
    tools(drawing, extra),
  );
}

function tools(drawing, extra) {
  const width = (i) =>
    h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-pressed": () => String(!pen.erase() && pen.width() === i),
        "aria-label": () => [t("Thin pen", "가는 펜"), t("Middle pen", "보통 펜"), t("Thick pen", "굵은 펜")][i],
        title: () => [t("Thin pen", "가는 펜"), t("Middle pen", "보통 펜"), t("Thick pen", "굵은 펜")][i],
        onclick: () => {
          pen.width.set(i);
          pen.erase.set(false);
          remember("pen", i);
        },
      },
      h("span", { class: `nib nib-${i}` }),
    );
  const act = (name, words, work, disabled) =>
    h(
      "button",
      { type: "button", class: "tool", "aria-label": words, title: words, disabled, onclick: work },
      icon(name),
    );
  return h(
    "div",
    { class: "tools", role: "toolbar", "aria-label": () => t("Pen", "펜") },
    h("div", { class: "group" }, [0, 1, 2].map(width)),
    h(
      "button",
      {
        type: "button",
        class: "tool",
        "aria-pressed": () => String(pen.erase()),
        "aria-label": () => t("Eraser (E)", "지우개 (E)"),
        title: () => t("Eraser (E)", "지우개 (E)"),
        onclick: () => pen.erase.update((on) => !on),
      },
      icon("eraser"),
    ),
    h(
      "div",
      { class: "group" },
      act(
        "undo",
        () => t("Undo (Ctrl+Z)", "되돌리기 (Ctrl+Z)"),
        drawing.undo,
        () => !drawing.canUndo(),
      ),
      act(
        "redo",
        () => t("Redo (Ctrl+Y)", "다시 하기 (Ctrl+Y)"),
        drawing.redo,
        () => !drawing.canRedo(),
      ),
      act(
        "clear",
        () => t("Clear (Delete)", "모두 지우기 (Delete)"),
        drawing.clear,
        () => drawing.strokes().length === 0,
      ),
    ),
    extra,
  );
}

/** Keys of the board that work anywhere on the page. Returns whether the key was one of them. */
export function boardKey(event, drawing) {
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (control && key === "z") return event.shiftKey ? drawing.redo() : drawing.undo();
  if (control && key === "y") return drawing.redo();
  if (control || event.altKey) return false;
  if (key === "e") return (pen.erase.update((on) => !on), true);
  if (key === "delete" || key === "backspace") return (drawing.clear(), true);
  if (key === "[" || key === "]") {
    pen.width.set(Math.min(2, Math.max(0, pen.width.peek() + (key === "]" ? 1 : -1))));
    return true;
  }
  return false;
}

function hands(sheet, drawing, onchange) {
  let current = null; // the stroke under the hand
  let cursor = null; // where the keyboard's pen is
  let asked = false;
  const now = () => (current ? [...drawing.strokes.peek(), current] : drawing.strokes.peek());
  const repaint = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      const side = Math.round(sheet.clientWidth * devicePixelRatio);
      if (!side) return;
      if (sheet.width !== side) sheet.width = sheet.height = side;
      const context = sheet.getContext("2d", { alpha: false });
      paint(context, side, now());
      if (cursor && document.activeElement === sheet) mark(context, side, cursor, Boolean(current));
    });
  };
  const moved = () => {
    repaint();
    onchange(now());
  };
  const start = (point) => {
    current = begin(point, WIDTHS[pen.width.peek()], pen.erase.peek());
    moved();
  };
  const end = (point) => {
    if (!current) return;
    const stroke = finish(current, point);
    current = null;
    drawing.add(stroke);
  };

  const place = (event) => {
    const box = sheet.getBoundingClientRect();
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 0.5;
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height, pressure };
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    sheet.setPointerCapture(event.pointerId);
    end(null); // what the keyboard had begun is not lost
    cursor = null;
    start(place(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!current || !event.isPrimary || cursor) return;
    const through = event.getCoalescedEvents?.() ?? [];
    for (const each of through.length ? through : [event]) extend(current, place(each));
    moved();
  });
  sheet.addEventListener("pointerup", (event) => event.isPrimary && !cursor && end(place(event)));
  sheet.addEventListener("pointercancel", () => end(null));

  sheet.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      const far = event.shiftKey ? 4 * STEP : STEP;
      const inside = (v) => Math.min(1, Math.max(0, v));
      cursor ??= { x: 0.5, y: 0.5, pressure: 0.5 };
      cursor = { ...cursor, x: inside(cursor.x + way[0] * far), y: inside(cursor.y + way[1] * far) };
      if (current) current.points.push(cursor);
      moved();
    } else if (event.key === " ") {
      event.preventDefault();
      if (event.repeat) return; // held down it would lower and lift the pen many times a second
      cursor ??= { x: 0.5, y: 0.5, pressure: 0.5 };
      if (current) end(null);
      else start(cursor);
    } else return;
    event.preventDefault();
  });
  sheet.addEventListener("blur", () => {
    end(null);
    repaint();
  });
  sheet.addEventListener("focus", repaint);
  return { repaint };
}

/** The keyboard's pen: a ring, filled while it draws. */
function mark(context, side, { x, y }, down) {
  context.lineWidth = Math.max(2, side / 200);
  context.beginPath();
  context.arc(x * side, y * side, side / 50, 0, 2 * Math.PI);
  context.strokeStyle = "#0072b2";
  context.fillStyle = "#0072b2";
  if (down) context.fill();
  context.stroke();
}
