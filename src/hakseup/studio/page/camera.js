/* Pictures from the camera: a window with what it sees, a press keeps one. Nothing leaves this computer. */

import { h, signal } from "./reactive.js";
import { t } from "./words.js";
import { ask, button, tell } from "./parts.js";

const SIDE = 512;

/** Args: chosen: name of the class that gets them, a function; keep: gets a JPEG file for every press. */
export async function camera(chosen, keep) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch {
    tell(
      () =>
        t(
          "No camera, or the browser was not allowed to use it.",
          "카메라가 없거나, 브라우저가 카메라를 쓰도록 허락받지 못했어요.",
        ),
      { kind: "error" },
    );
    return;
  }
  const video = h("video", {
    autoplay: true,
    playsinline: true,
    muted: true,
    srcObject: stream,
    "aria-label": () => t("What the camera sees", "카메라가 보는 것"),
  });
  const kept = signal(0);
  const shoot = async () => {
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (!side) return;
    const canvas = h("canvas", { width: SIDE, height: SIDE });
    const corner = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    canvas.getContext("2d", { alpha: false }).drawImage(video, ...corner, side, side, 0, 0, SIDE, SIDE);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    await keep(new File([blob], `camera-${Date.now()}.jpg`, { type: "image/jpeg" }));
    kept.update((n) => n + 1);
  };
  ask(
    () => t("Camera: “{name}”", "카메라: ‘{name}’", { name: chosen() }),
    (close) => [
      h("div", { class: "viewfinder" }, video),
      h(
        "div",
        { class: "line" },
        button(() => t("Take", "찍기"), shoot, { kind: "primary", autofocus: true }),
        h("span", { class: "note", role: "status" }, () => t("{n} taken", "{n}장 찍었어요", { n: kept() })),
        button(() => t("Done", "끝내기"), close),
      ),
    ],
  );
  const end = () => stream.getTracks().forEach((track) => track.stop());
  video.closest("dialog").addEventListener("close", end);
}
