/* One picture flows through the network: the maps of every layer, one below the other. Point at a place of a map
   and the window it was worked out from shows, with its products. */

import { computed, effect, h, signal } from "./reactive.js";
import { number, said, t } from "./words.js";
import { newest, post } from "./api.js";
import { fail } from "./parts.js";
import { load } from "./looking.js";
import { shape } from "./layers.js";
import { workings } from "./workings.js";

const FEW = 10; // maps of a layer that show at once

/** Args: one: the run; id: the picture; inner: the answer of /inside. */
export function flow(one, id, inner) {
  const spot = signal(null); // {layer, filter, row, column}
  const found = signal(null); // how the value at the spot was worked out
  const ask = newest(
    async (place) => ({ ...(await post(["runs", one.run, "inside", "position"], { picture: id, ...place })), place }),
    (answer, error) => (error ? fail(error) : found.set(answer)),
  );
  effect(() => {
    const place = spot();
    if (place) ask(place);
    else {
      ask.forget();
      found.set(null);
    }
  });
  const shown = inner.layers.filter((layer) => layer.maps || layer.values);
  return h(
    "section",
    { class: "flow", "aria-label": () => t("Layer by layer", "층층이") },
    h("h2", null, () => t("Layer by layer", "층층이 들여다보기")),
    h("p", { class: "note" }, () =>
      !shown.some((layer) => layer.maps)
        ? t(
            "Every bar is a number of the layer. Choose one: how it came about shows below it.",
            "막대 하나가 층의 수 하나예요. 막대를 고르면 그 수가 어떻게 나왔는지 아래에 나타나요.",
          )
        : t(
            "Point at a place of a map, or choose a map and move with the arrow keys: how its number came about shows below it. Dark is little, yellow is much.",
            "맵의 한 곳을 가리키거나, 맵을 고르고 방향키로 움직여 보세요. 그 수가 어떻게 나왔는지 아래에 나타나요. 어두우면 작고 노라면 큰 값이에요.",
          ),
    ),
    h(
      "ol",
      { class: "stages" },
      stage(
        {
          name: "input",
          maps: inner.input,
          en: "The picture",
          ko: "그림",
          output_shape: [inner.input.height, inner.input.width, inner.input.count],
        },
        { spot, found, next: shown[0], still: true },
      ),
      shown.map((layer, i) => {
        const next = shown[i + 1] ?? null;
        const units = next ? null : inner.probabilities; // the last layer has one for each class
        return stage(layer, { spot, found, next, names: units?.length === layer.values?.length ? units : null });
      }),
    ),
  );
}

function stage(layer, { spot, found, next, names = null, still = false }) {
  const open = signal(false);
  const mine = () => spot()?.layer === layer.name;
  const source = computed(() =>
    next && spot()?.layer === next.name && found()?.place?.layer === next.name ? found() : null,
  );
  return h(
    "li",
    { class: "stage" },
    h(
      "header",
      null,
      h("b", null, still ? () => said(layer) : h("span", { translate: "no" }, layer.type)),
      h("small", null, () => (still ? "" : said(layer))),
      h("small", { class: "shape" }, () => shape(layer.output_shape)),
      !still && layer.maps?.shown > FEW && more(layer.maps, open),
    ),
    layer.maps ? maps(layer, { spot, source, still, open }) : values(layer, spot, names),
    () => mine() && found()?.place?.layer === layer.name && workings(found(), !layer.maps),
  );
}

/** All maps of a layer, or the first of them again. */
function more({ shown, count }, open) {
  return h(
    "button",
    { type: "button", class: "link", "aria-expanded": () => String(open()), onclick: () => open.update((on) => !on) },
    () => {
      if (open()) return t("fewer", "접기");
      return shown < count
        ? t("show {a} of {b}", "{b}개 중 {a}개 보기", { a: shown, b: number(count) })
        : t("show all {b}", "{b}개 모두 보기", { b: count });
    },
  );
}

function maps(layer, { spot, source, still, open }) {
  const { shown, png } = layer.maps;
  const sprite = load(png);
  const n = () => (still ? 1 : open() ? shown : Math.min(shown, FEW));
  return h("div", { class: "maps" }, () =>
    Array.from({ length: n() }, (_, filter) => map(layer, filter, sprite, spot, source, still)),
  );
}

function map(layer, filter, sprite, spot, source, still) {
  const { height, width, step } = layer.maps; // large maps come with every step-th pixel alone
  const [high, wide] = [Math.ceil(height / step), Math.ceil(width / step)];
  const canvas = h("canvas", { width: wide, height: high, "aria-hidden": "true" });
  sprite.then((image) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, filter * high, wide, high, 0, 0, wide, high);
    if (!still) tint(context, wide, high);
  });
  const ring = h("span", { class: "ring", "aria-hidden": "true" });
  effect(() => {
    const here =
      spot()?.layer === layer.name && spot().filter === filter
        ? { top: spot().row, left: spot().column, high: 1, wide: 1 }
        : windowOf(source(), filter);
    ring.hidden = !here;
    if (!here) return;
    const [top, left] = [Math.max(0, here.top), Math.max(0, here.left)];
    const [bottom, right] = [Math.min(height, here.top + here.high), Math.min(width, here.left + here.wide)];
    ring.style.top = `${(100 * top) / height}%`;
    ring.style.left = `${(100 * left) / width}%`;
    ring.style.height = `${(100 * (bottom - top)) / height}%`;
    ring.style.width = `${(100 * (right - left)) / width}%`;
  });
  if (still) return h("span", { class: `map${still ? " picture" : ""}` }, canvas, ring);
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (share, size) => Math.min(size - 1, Math.max(0, Math.floor(share * size)));
    spot.set({
      layer: layer.name,
      filter,
      row: inside((event.clientY - box.top) / box.height, height),
      column: inside((event.clientX - box.left) / box.width, width),
    });
  };
  const place = () =>
    spot.peek()?.layer === layer.name && spot.peek().filter === filter
      ? spot.peek()
      : { layer: layer.name, filter, row: Math.floor(height / 2), column: Math.floor(width / 2) };
  return h(
    "button",
    {
      type: "button",
      class: "map",
      "aria-label": () => t("{layer}, map {n}", "{layer}, 맵 {n}", { layer: layer.type, n: filter + 1 }),
      "aria-pressed": () => String(spot()?.layer === layer.name && spot().filter === filter),
      onpointermove: (event) => event.pointerType === "mouse" && at(event),
      onclick: (event) => (event.detail ? at(event) : spot.set(place())),
      onkeydown: (event) => {
        const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        if (!way) return;
        event.preventDefault();
        const now = place();
        const inside = (value, size) => Math.min(size - 1, Math.max(0, value));
        spot.set({ ...now, row: inside(now.row + way[0], height), column: inside(now.column + way[1], width) });
      },
    },
    canvas,
    ring,
  );
}

/** The window that a spot of the next layer looks at, in this layer's map `filter`. */
function windowOf(answer, filter) {
  if (!answer) return null;
  if (answer.kind === "convolution") {
    const [down, across] = answer.spread;
    return {
      top: answer.top,
      left: answer.left,
      high: (answer.kernel[0].length - 1) * down + 1,
      wide: (answer.kernel[0][0].length - 1) * across + 1,
    };
  }
  if (answer.kind === "pooling" && answer.place.filter === filter)
    return { top: answer.top, left: answer.left, high: answer.window.length, wide: answer.window[0].length };
  return null;
}

/** The values of a dense layer: a bar each. */
/** A row of numbers as bars. Args: names: of the classes that they stand for, or null. */
function values(layer, spot, names) {
  const low = Math.min(0, layer.low);
  const span = Math.max(layer.high, 0) - low || 1;
  const few = names && names.length <= FEW + 2; // they can be read below their bars
  const bars = h(
    "div",
    { class: `units${few ? " named" : ""}`, role: "group", "aria-label": () => t("{n} units", "유닛 {n}개", { n: layer.values.length }) },
    layer.values.map((value, unit) => {
      const bar = h("i");
      bar.style.height = `${Math.max(2, (100 * Math.abs(value)) / span)}%`;
      const words = () => `${names ? said(names[unit]) : unit + 1}: ${number(value, 3)}`;
      return h(
        "button",
        {
          type: "button",
          class: `unit${value < 0 ? " negative" : ""}`,
          title: words,
          "aria-label": words,
          tabindex: unit ? -1 : 0,
          onclick: () => spot.set({ layer: layer.name, filter: unit, row: 0, column: 0 }),
          onkeydown: roam,
        },
        bar,
      );
    }),
  );
  if (!few) return bars;
  const below = names.map((one) => h("small", { translate: "no" }, () => said(one)));
  return [bars, h("div", { class: "unit-names", "aria-hidden": "true" }, below)];
}

/** Arrow keys go from unit to unit: one stop of the Tab key for all. */
function roam(event) {
  const next = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
  if (!next || !event.target[next]) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  event.target[next].tabIndex = 0;
  event.target[next].focus();
}

/** Grey to viridis: dark is little, yellow is much; told apart by everyone. */
const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];
function tint(context, width, height) {
  const pixels = context.getImageData(0, 0, width, height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const along = (pixels.data[i] / 255) * (STOPS.length - 1);
    const [a, b] = [STOPS[Math.floor(along)], STOPS[Math.min(STOPS.length - 1, Math.floor(along) + 1)]];
    const part = along - Math.floor(along);
    for (let c = 0; c < 3; c++) pixels.data[i + c] = a[c] + (b[c] - a[c]) * part;
  }
  context.putImageData(pixels, 0, 0);
}
