/* The first layer as pictures: what every kernel looks for, light for positive weights, dark for negative ones. */

import { effect, h } from "./reactive.js";
import { number, t } from "./words.js";
import { figure } from "./parts.js";

const MOST = 64; // kernels that are shown

/** Args: kernels: a function that gives `{shape: [n, c, h, w], low, high, data}` or null. */
export function kernels(kernelsOf) {
  const canvas = h("canvas", {
    class: "kernel-sheet",
    role: "img",
    "aria-label": () => t("Kernels of the first layer", "첫 층의 커널"),
  });
  effect(() => {
    const found = kernelsOf();
    if (found) paint(canvas, found);
  });
  return h(
    "div",
    { hidden: () => !kernelsOf() },
    figure(() => {
      const found = kernelsOf();
      return found
        ? t("What the first layer looks for: {n} kernels", "첫 층이 찾는 무늬: 커널 {n}개", {
            n: number(found.shape[0]),
          })
        : "";
    }, canvas),
  );
}

/** Bytes as they were sent: 0..255 for low..high. */
function bytes(text) {
  const raw = atob(text);
  const out = new Uint8ClampedArray(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

function paint(canvas, { shape: [n, channels, high, wide], data }) {
  const values = bytes(data);
  const shown = Math.min(n, MOST);
  const columns = shown > 32 ? 16 : Math.min(shown, 8);
  const rows = Math.ceil(shown / columns);
  canvas.width = columns * (wide + 1) - 1;
  canvas.height = rows * (high + 1) - 1;
  const context = canvas.getContext("2d");
  const size = high * wide;
  for (let k = 0; k < shown; k++) {
    const tile = context.createImageData(wide, high);
    for (let p = 0; p < size; p++) {
      for (let colour = 0; colour < 3; colour++) {
        // Three channels are the colours of the picture; of other counts the mean is shown.
        const at = k * channels * size;
        tile.data[4 * p + colour] =
          channels === 3 ? values[at + colour * size + p] : mean(values, at + p, channels, size);
      }
      tile.data[4 * p + 3] = 255;
    }
    context.putImageData(tile, (k % columns) * (wide + 1), Math.floor(k / columns) * (high + 1));
  }
}

function mean(values, from, channels, size) {
  let sum = 0;
  for (let c = 0; c < channels; c++) sum += values[from + c * size];
  return sum / channels;
}
