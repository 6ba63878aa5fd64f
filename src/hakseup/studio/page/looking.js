/* Where the network looked: the picture with what mattered laid over it. */

import { effect, h, signal } from "./reactive.js";
import { percent, t } from "./words.js";
import { post } from "./api.js";
import { attempt, choice } from "./parts.js";

const SIDE = 224;

/** Args: one: the run; id: the picture; inner: the answer of /inside, whose `input` is the picture as it went in. */
export function looking(one, id, inner) {
  const over = signal("none");
  const where = signal(null);
  const canvas = h("canvas", {
    class: "looked-at",
    width: SIDE,
    height: SIDE,
    role: "img",
    "aria-label": () => t("The picture as it went in", "들어간 그림"),
  });
  effect(() => {
    if (over() !== "none" && !where.peek())
      attempt(async () => where.set(await post(["runs", one.run, "where"], { picture: id, class: null })));
  });
  let turn = 0;
  effect(() => {
    const heat = over() === "none" ? null : where()?.[over()];
    const mine = ++turn;
    draw(canvas, inner.input, heat, () => mine === turn);
  });
  const options = () => [
    ["none", t("Picture", "그림")],
    ...(inner.layers.some((layer) => layer.kind === "convolution") ? [["gradcam", "Grad-CAM"]] : []),
    ["occlusion", t("Covering", "가려 보기")],
    ["gradient", t("Gradient", "기울기")],
  ];
  return h(
    "div",
    { class: "looking" },
    canvas,
    () => choice("over", t("Lay over", "겹쳐 보기"), options(), over, over.set),
    h("p", { class: "note" }, () => explained(over(), where())),
  );
}

function explained(kind, where) {
  if (kind === "none") return t("The picture as the network gets it.", "신경망에 들어가는 그림이에요.");
  if (!where) return t("Working it out…", "계산하고 있어요…");
  if (kind === "gradcam")
    return t(
      "Warm: where the last feature maps speak for this class (Grad-CAM, Selvaraju 2017).",
      "따뜻한 곳: 마지막 특성 맵이 이 클래스라고 말하는 곳(Grad-CAM, Selvaraju 2017).",
    );
  if (kind === "occlusion") {
    const drop = Math.max(0, ...where.occlusion.drop.flat());
    return t(
      "Warm: covering this place makes it less sure, by up to {p} (Zeiler 2014).",
      "따뜻한 곳: 가리면 확신이 줄어드는 곳, 많게는 {p}(Zeiler 2014).",
      { p: percent(drop) },
    );
  }
  return t("Warm: pixels whose change would move the answer most.", "따뜻한 곳: 바뀌면 답이 가장 크게 움직이는 픽셀.");
}

/** Args: newest: whether nothing else is to be drawn by the time the pictures have been read. */
async function draw(canvas, input, heat, newest) {
  const context = canvas.getContext("2d");
  const [ground, warm] = await Promise.all([load(input.png), heat ? load(heat.png) : null]);
  if (!newest()) return;
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, SIDE, SIDE);
  context.drawImage(ground, 0, 0, SIDE, SIDE);
  if (!warm) return;
  context.imageSmoothingEnabled = true;
  context.drawImage(tinted(warm), 0, 0, SIDE, SIDE);
}

/** Grey values as a warm veil: 255 covers, 0 leaves the picture as it is. */
function tinted(image) {
  const layer = h("canvas", { width: image.width, height: image.height });
  const context = layer.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const value = pixels.data[i];
    pixels.data.set([213, 94 + (160 * (255 - value)) / 255, 0, Math.min(215, value * 0.9)], i);
  }
  context.putImageData(pixels, 0, 0);
  return layer;
}

export function load(source) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error("picture"));
    image.src = source;
  });
}
