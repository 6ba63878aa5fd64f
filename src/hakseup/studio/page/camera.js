/* Pictures from the camera: a window with what it sees, a press keeps one. Nothing leaves this computer. */

import { h, signal } from "./reactive.js";
import { t } from "./words.js";
import { ask, button, tell } from "./parts.js";

const SIDE = 512;

/** Why there is no picture, and what to do: browsers say it with the name of the error. */
function why(name) {
  if (name === "NotAllowedError")
    return t(
      "The browser may not use the camera. Allow it with the sign beside the address, then press again.",
      "브라우저가 카메라를 쓰도록 허락받지 못했어요. 주소 옆의 표시를 눌러 허락한 뒤 다시 눌러 주세요.",
    );
  if (name === "NotReadableError")
    return t(
      "Another program is using the camera. Close it, then press again.",
      "다른 프로그램이 카메라를 쓰고 있어요. 그 프로그램을 닫고 다시 눌러 주세요.",
    );
  if (!navigator.mediaDevices)
    return t(
      "Browsers allow a camera only on the computer where the studio runs. Files can be dropped instead.",
      "카메라는 스튜디오를 실행한 컴퓨터에서만 쓸 수 있어요. 대신 파일을 끌어다 놓을 수 있어요.",
    );
  return t("No camera was found.", "카메라를 찾지 못했어요.");
}

/** Args: chosen: name of the class that gets them, a function; keep: gets a JPEG file for every press. */
export async function camera(chosen, keep) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (error) {
    tell(() => why(error?.name), { kind: "error", seconds: 14 });
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
  const seeing = signal(false); // a camera takes a moment before it shows anything
  const started = new Promise((done) => video.addEventListener("playing", done, { once: true }));
  started.then(() => seeing.set(true));
  const shoot = async () => {
    await started;
    const side = Math.min(video.videoWidth, video.videoHeight);
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
        h("span", { class: "note", role: "status" }, () =>
          seeing()
            ? t("{n} taken", "{n}장 찍었어요", { n: kept() })
            : t("The camera is starting…", "카메라를 켜고 있어요…"),
        ),
        button(() => t("Done", "끝내기"), close),
      ),
    ],
  );
  const end = () => stream.getTracks().forEach((track) => track.stop());
  video.closest("dialog").addEventListener("close", end);
}
