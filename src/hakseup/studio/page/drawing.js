/* A drawing: strokes on a square whose side is 1, what was done to them, and how they become ink.

   The board shows it and the server gets it as a PNG, black on white, through the same `paint`. */

import { signal } from "./reactive.js";

const SIDE = 64; // pixels of the picture that is saved: as much as a network for drawings needs
const FINE = 4; // it is drawn this many times larger first, so that its edges are smooth
const NEAR = 0.004; // points closer than this are left out: a still hand makes no new ink
const FOLLOW = 0.55; // how far the ink runs to the hand at every point: takes the tremble out

export function newDrawing() {
  const strokes = signal([]);
  const [past, future] = [[], []];
  const steps = signal(0); // changes whenever past or future do

  const put = (next) => {
    past.push(strokes.peek());
    future.length = 0;
    strokes.set(next);
    steps.update((n) => n + 1);
  };
  const back = (from, to) => {
    if (!from.length) return false;
    to.push(strokes.peek());
    strokes.set(from.pop());
    steps.update((n) => n + 1);
    return true;
  };
  return {
    strokes,
    empty: () => !strokes().some((stroke) => !stroke.erase),
    add: (stroke) => put([...strokes.peek(), stroke]),
    clear: () => strokes.peek().length && put([]),
    undo: () => back(past, future),
    redo: () => back(future, past),
    canUndo: () => steps() >= 0 && past.length > 0,
    canRedo: () => steps() >= 0 && future.length > 0,
    /** A fresh sheet: what was drawn is no longer to be undone. */
    renew: () => {
      past.length = future.length = 0;
      strokes.set([]);
      steps.update((n) => n + 1);
    },
  };
}

/** A stroke that begins at a point. `width`: share of the side; pressure 0 to 1, one half is a plain mouse. */
export function begin(point, width, erase) {
  return { points: [point], width, erase };
}

/** Let the stroke follow the hand. Returns whether it grew. */
export function extend(stroke, point) {
  const last = stroke.points.at(-1);
  const next = {
    x: last.x + (point.x - last.x) * FOLLOW,
    y: last.y + (point.y - last.y) * FOLLOW,
    pressure: last.pressure + (point.pressure - last.pressure) * 0.4,
  };
  if (Math.hypot(next.x - last.x, next.y - last.y) < NEAR) return false;
  stroke.points.push(next);
  return true;
}

/** The hand was lifted here: the ink reaches it. */
export function finish(stroke, point) {
  const last = stroke.points.at(-1);
  if (point && Math.hypot(point.x - last.x, point.y - last.y) >= NEAR)
    stroke.points.push({ ...point, pressure: last.pressure });
  return stroke;
}

/** Ink on a canvas of `side` pixels, which is wiped first. */
export function paint(context, side, strokes, ink = "#000", ground = "#fff") {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = ground;
  context.fillRect(0, 0, side, side);
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) trace(context, side, stroke, stroke.erase ? ground : ink);
}

function trace(context, side, { points, width }, colour) {
  context.strokeStyle = context.fillStyle = colour;
  const thick = (point) => side * width * (0.6 + 0.8 * point.pressure);
  const at = (point) => [point.x * side, point.y * side];
  if (points.length === 1) {
    context.beginPath();
    context.arc(...at(points[0]), thick(points[0]) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  let from = points[0];
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    const to = i === points.length - 1 ? b : { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    context.lineWidth = thick(b);
    context.beginPath();
    context.moveTo(...at(from));
    context.quadraticCurveTo(...at(a), ...at(to));
    context.stroke();
    from = to;
  }
}

/** A PNG, black on white, without transparency; as it is saved, or larger. */
export async function asPNG(strokes, side = SIDE) {
  const [large, small] = [side * FINE, side].map((size) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    return canvas;
  });
  paint(large.getContext("2d", { alpha: false }), side * FINE, strokes);
  const context = small.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "high";
  context.drawImage(large, 0, 0, side, side);
  return new Promise((done) => small.toBlob(done, "image/png"));
}
