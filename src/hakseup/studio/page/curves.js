/* Charts of lines: drawn anew when their values change, at most once a frame, and never with more points than
   can be seen. Lines are labelled where they end; the chosen epoch is marked; arrow keys read the values. */

import { effect, h, onCleanup, s, signal } from "./reactive.js";
import { number, percent, t, tick } from "./words.js";

const HEIGHT = 250;
const POINTS = 400; // of a line, at most: the lowest and highest of every stretch stay
const LOG_FROM = 30; // as in the report: a loss that spans more than this is drawn on a log scale

/** A chart of one measure over the epochs.

    Args: name: what it is, a function; share: the values are shares; lines: a function that gives
    `[{name, tone, points: [[x, y]], thin, dash}]`; mark: a function that gives `{x, words}` or null. */
export function chart({ name, share = false, lines, mark = () => null }) {
  const width = signal(0);
  const at = signal(null); // x that is read
  const drawing = s("svg", { height: HEIGHT, role: "img", "aria-label": name, tabindex: 0 });
  const reading = h("p", { class: "reading", role: "status" });
  let frame = null;
  let scale = null;
  const draw = (shown, marked, wide, x) => {
    scale = scales(shown, wide, share);
    drawing.setAttribute("viewBox", `0 0 ${wide} ${HEIGHT}`);
    drawing.replaceChildren(...picture(shown, marked, scale, share, x));
    reading.textContent = x === null || !shown.length ? "" : read(shown, x, share);
  };
  effect(() => {
    const [shown, marked, wide, x] = [lines().filter((line) => line.points.length), mark(), width(), at()];
    t("", ""); // the words inside follow the language
    if (!wide) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => draw(shown, marked, wide, x));
  });
  const watcher = new ResizeObserver(([entry]) => width.set(Math.round(entry.contentRect.width)));
  watcher.observe(drawing);
  onCleanup(() => {
    watcher.disconnect();
    cancelAnimationFrame(frame);
  });
  const under = (event) => {
    if (!scale) return;
    const box = drawing.getBoundingClientRect();
    at.set(scale.nearest(event.clientX - box.left));
  };
  drawing.addEventListener("pointermove", under);
  drawing.addEventListener("pointerleave", () => at.set(null));
  drawing.addEventListener("blur", () => at.set(null));
  drawing.addEventListener("keydown", (event) => {
    if (!scale || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    const known = scale.stops;
    const now = known.indexOf(at.peek());
    const next = {
      ArrowLeft: now < 0 ? known.length - 1 : now - 1,
      ArrowRight: now + 1,
      Home: 0,
      End: known.length - 1,
    }[event.key];
    at.set(known[Math.min(known.length - 1, Math.max(0, next))] ?? null);
    event.preventDefault();
  });
  return h("div", { class: "chart" }, drawing, reading);
}

function scales(shown, wide, share) {
  const inner = { left: 46, right: wide - 74, top: 26, bottom: HEIGHT - 34 };
  const points = shown.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y).filter((y) => Number.isFinite(y));
  const right = Math.max(1, most(xs));
  let [low, high] = share ? [shareFloor(least(ys)), 1] : [0, most(ys) || 1];
  const positive = ys.filter((y) => y > 0);
  const log = !share && positive.length > 0 && most(positive) / least(positive) > LOG_FROM;
  if (log) low = least(positive);
  if (high === low) high = low + 1;
  const f = log ? (y) => Math.log(Math.max(y, low)) : (y) => y;
  const left = Math.min(right > 1 ? 1 : 0, least(xs));
  const x = (value) => inner.left + ((value - left) / (right - left || 1)) * (inner.right - inner.left);
  const y = (value) => inner.bottom - ((f(value) - f(low)) / (f(high) - f(low))) * (inner.bottom - inner.top);
  const stops = [...new Set(shown.filter((line) => !line.thin).flatMap((line) => line.points.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  const nearest = (pixels) =>
    stops.reduce(
      (best, stop) => (best === null || Math.abs(x(stop) - pixels) < Math.abs(x(best) - pixels) ? stop : best),
      null,
    );
  return { x, y, inner, left, right, low, high, log, stops, nearest };
}

const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** The lowest share the axis shows, so that differences near the top can be seen. */
function shareFloor(lowest) {
  return [0.96, 0.9, 0.8, 0.5].find((floor) => lowest >= floor) ?? 0;
}

function picture(shown, marked, scale, share, x) {
  const { inner } = scale;
  const out = [];
  for (const [value, words] of yTicks(scale, share)) {
    const at = scale.y(value);
    out.push(s("line", { class: "grid", x1: inner.left, x2: inner.right, y1: at, y2: at }));
    out.push(s("text", { class: "tick", x: inner.left - 8, y: at + 4, "text-anchor": "end" }, words));
  }
  for (const value of xTicks(scale)) {
    out.push(s("text", { class: "tick", x: scale.x(value), y: inner.bottom + 18, "text-anchor": "middle" }, value));
  }
  out.push(
    s("text", { class: "tick", x: inner.right, y: inner.bottom + 32, "text-anchor": "end" }, t("epoch", "에포크")),
  );
  if (marked && marked.x >= scale.left && marked.x <= scale.right) {
    const at = scale.x(marked.x);
    out.push(s("line", { class: "mark", x1: at, x2: at, y1: inner.top - 6, y2: inner.bottom }));
    out.push(
      s(
        "text",
        {
          class: "marked",
          x: Math.max(at, inner.left + 40),
          y: inner.top - 12,
          "text-anchor": at > inner.right - 60 ? "end" : "middle",
        },
        marked.words,
      ),
    );
  }
  for (const line of shown) {
    const points = thinned(line.points);
    if (points.length > 1) {
      const d = points.map(([a, b], i) => `${i ? "L" : "M"}${scale.x(a).toFixed(1)} ${scale.y(b).toFixed(1)}`).join("");
      out.push(s("path", { class: `line ${line.tone}${line.thin ? " thin" : ""}${line.dash ? " dash" : ""}`, d }));
    }
    if (!line.thin) {
      const [a, b] = line.points.at(-1);
      out.push(s("circle", { class: `end ${line.tone}`, cx: scale.x(a), cy: scale.y(b), r: 3.5 }));
    }
  }
  out.push(...labels(shown, scale));
  if (x !== null)
    out.push(s("line", { class: "cursor", x1: scale.x(x), x2: scale.x(x), y1: inner.top, y2: inner.bottom }));
  return out;
}

/** Names at the ends of the lines, pushed apart where they would cover each other: lines that end at other epochs
    do not push each other away from their own ends. */
function labels(shown, scale) {
  const ends = shown
    .filter((line) => !line.thin && line.name)
    .map((line) => ({ line, x: scale.x(line.points.at(-1)[0]), y: scale.y(line.points.at(-1)[1]) }))
    .sort((a, b) => a.x - b.x);
  const groups = [];
  for (const end of ends) {
    const group = groups.at(-1);
    if (group?.some(({ x, line }) => end.x < x + 8 + breadth(line.name))) group.push(end);
    else groups.push([end]);
  }
  for (const group of groups) {
    group.sort((a, b) => a.y - b.y);
    for (let i = 1; i < group.length; i++) group[i].y = Math.max(group[i].y, group[i - 1].y + 16);
    const over = group.at(-1).y - scale.inner.bottom;
    if (over > 0) for (const end of group) end.y -= over;
  }
  return ends.map(({ line, x, y }) => s("text", { class: `label ${line.tone}`, x: x + 9, y: y + 4 }, line.name));
}

/** About how many pixels a label takes; Hangul stands wider. */
const breadth = (name) => [...name].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 13 : 7.5), 0);

function yTicks({ low, high, log }, share) {
  if (log) {
    const factors = high / low > 1000 ? [1] : [1, 3]; // two powers of ten at most would be one line or two
    const out = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const factor of factors) {
        const value = factor * 10 ** power;
        if (value >= low * 0.999 && value <= high * 1.001) out.push([value, tick(Number(value.toPrecision(3)))]);
      }
    }
    return out;
  }
  const step = share ? (high - low) / (low >= 0.9 ? 4 : low >= 0.8 ? 4 : low >= 0.5 ? 5 : 4) : niceStep(high - low, 4);
  const out = [];
  for (let value = low; value <= high + step / 1000; value += step) {
    out.push([value, share ? `${Number((100 * value).toFixed(1))}%` : tick(Number(value.toPrecision(6)))]);
  }
  return out;
}

function xTicks({ left, right, inner }) {
  const step = Math.max(1, niceStep(right - left || 1, Math.max(2, Math.floor((inner.right - inner.left) / 60))));
  const out = [];
  for (let value = Math.ceil(left / step) * step; value <= right + 1e-9; value += step) out.push(Math.round(value));
  return [...new Set(out)];
}

function niceStep(span, parts) {
  const rough = span / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
}

/** At most POINTS points: of every stretch the lowest and the highest, in their order. */
export function thinned(points) {
  if (points.length <= POINTS) return points;
  const size = Math.ceil((2 * points.length) / POINTS);
  const out = [];
  for (let start = 0; start < points.length; start += size) {
    const stretch = points.slice(start, start + size);
    const low = stretch.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = stretch.reduce((a, b) => (b[1] > a[1] ? b : a));
    out.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
  }
  return out;
}

function read(shown, x, share) {
  const values = shown
    .filter((line) => !line.thin)
    .map((line) => [line.name, line.points.find(([at]) => at === x)?.[1]])
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${share ? percent(value) : number(value)}`);
  return `${t("Epoch {x}", "에포크 {x}", { x })}: ${values.join(" · ")}`;
}
