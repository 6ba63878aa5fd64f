/* The view to try it: draw or drop, the answer grows beside, with the picture as the network sees it. */

import { computed, h, onCleanup, signal } from "./reactive.js";
import { said, t } from "./words.js";
import { newest, post } from "./api.js";
import { asPNG, newDrawing } from "./drawing.js";
import { board, boardKey } from "./board.js";
import { inOrder, run } from "./state.js";
import { attempt, bars, button, fail, heading, tell } from "./parts.js";
import { choose, dropped, isPicture, pasted } from "./incoming.js";
import { runChooser, needRun } from "./chooser.js";
import { atOnce } from "./many.js";
import { tryRow } from "./row.js";

const ASKED = 256; // pixels of a drawing that is asked about as a picture

export function tryView() {
  const which = computed(() => run() && `${run().kind}/${run().run}`);
  return h("div", { class: "stack" }, () => {
    if (!which()) return needRun();
    return run.peek().kind === "table" ? tryRow(run.peek()) : tryPicture(run.peek());
  });
}

function tryPicture(one) {
  const drawing = newDrawing();
  const answer = signal(null);
  const given = signal(null); // URL of a dropped picture, null while one draws
  const ask = newest(
    async (body) => post(["runs", one.run, "predict"], await body()),
    (result, error) => (error ? fail(error) : answer.set(result)),
  );
  const wipe = () => {
    ask.forget();
    answer.set(null);
  };
  const drawn = (strokes) => {
    if (strokes.some((stroke) => !stroke.erase)) {
      given.set(null);
      ask(() => asked(strokes));
    } else if (!given.peek()) wipe();
  };
  const together = atOnce(one, () => answer()?.probabilities ?? []);
  const take = async (files) => {
    if (files.filter(isPicture).length > 1) return together.take(files);
    const file = files.find(isPicture);
    if (!file) {
      if (files.length) tell(() => t("This is no picture.", "그림 파일이 아니에요."), { kind: "error" });
      return;
    }
    drawing.renew();
    const png = await dataURL(file);
    given.set(png);
    ask(async () => ({ png, drawn: false }));
  };
  listen(drawing, take);
  const over = signal(false);
  return [
    h(
      "div",
      { class: "title-row" },
      heading(
        () => t("What does it say to yours?", "내 그림을 보고 뭐라고 하나요?"),
        () => verdict(answer()),
      ),
      runChooser(),
    ),
    h(
      "div",
      {
        class: () => `columns trying${over() ? " over" : ""}`,
        ondragover: (event) => {
          event.preventDefault();
          over.set(true);
        },
        ondragleave: () => over.set(false),
        ondrop: (event) => {
          event.preventDefault();
          over.set(false);
          attempt(async () => take((await dropped(event.dataTransfer)).map(({ file }) => file)));
        },
      },
      h(
        "section",
        { class: "easel", "aria-label": () => t("Drawing board", "그림판") },
        () =>
          given() &&
          h(
            "div",
            { class: "given" },
            h("img", { src: given(), alt: () => t("Your picture", "고른 그림") }),
            button(
              () => t("Draw instead", "그려서 해 보기"),
              () => {
                given.set(null);
                wipe();
              },
              { kind: "quiet" },
            ),
          ),
        h(
          "div",
          { hidden: () => Boolean(given()) },
          board(drawing, { label: () => t("Draw here", "여기에 그려요"), onchange: drawn }),
        ),
        h(
          "div",
          { class: "line others" },
          button(
            () => t("A picture from a file", "파일에서 고르기"),
            async () => take((await choose()).map(({ file }) => file)),
            { kind: "quiet", iconName: "folder" },
          ),
          h("span", { class: "note" }, () => t("or drop or paste one", "끌어다 놓거나 붙여넣어도 돼요")),
        ),
      ),
      seen(answer),
      says(answer),
      together.element,
    ),
  ];
}

function listen(drawing, take) {
  const onkeydown = (event) => {
    if (event.target.matches("input, textarea, select, dialog *")) return;
    if (boardKey(event, drawing)) event.preventDefault();
  };
  const onpaste = (event) => attempt(() => take(pasted(event)));
  document.addEventListener("keydown", onkeydown);
  document.addEventListener("paste", onpaste);
  onCleanup(() => {
    document.removeEventListener("keydown", onkeydown);
    document.removeEventListener("paste", onpaste);
  });
}

const dataURL = (blob) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });

function nameOf(result, key) {
  const found = result.probabilities.find((one) => one.key === key);
  return found ? said(found) : key;
}

function verdict(result) {
  if (!result || result.empty) return t("Draw something", "무엇이든 그려 보세요");
  if (result.answer === null) return t("I do not know", "모르겠어요");
  return nameOf(result, result.answer);
}

/** The drawing as it is asked about: its lines where they say everything, else a picture of it. */
async function asked(strokes) {
  const thickness = strokes[0].width;
  const plain = strokes.every((stroke) => !stroke.erase && stroke.width === thickness);
  if (plain) return { strokes: strokes.map(({ points }) => points.map(({ x, y }) => [x, y])), thickness };
  return { png: await dataURL(await asPNG(strokes, ASKED)), drawn: true };
}

/** The picture as the network sees it, and what was done to get there. */
function seen(result) {
  return h(
    "section",
    { class: "seen" },
    h("h2", null, () => t("What the network sees", "신경망이 보는 그림")),
    () => {
      const now = result();
      if (!now || now.empty)
        return [
          h("div", { class: "seen-frame blank" }),
          h(
            "p",
            { class: "note" },
            t(
              "Your drawing is made as small as the pictures it learned from.",
              "그린 것을 학습 그림과 같은 크기로 줄여서 보여 줘요.",
            ),
          ),
        ];
      return [
        h(
          "div",
          { class: "seen-frame" },
          h("img", {
            src: now.seen,
            alt: t("The picture in {h} by {w} pixels", "세로 {h}, 가로 {w} 픽셀의 그림", {
              h: now.size[0],
              w: now.size[1],
            }),
          }),
        ),
        h(
          "p",
          { class: "note" },
          t("{w} × {h} pixels", "{w} × {h} 픽셀", { h: now.size[0], w: now.size[1] }),
          (now.did ?? []).map((words) => ` · ${said(words)}`),
        ),
      ];
    },
  );
}

function says(result) {
  const shown = () => {
    const now = result();
    return now && !now.empty ? Object.fromEntries(inOrder(now.probabilities).map((one) => [one.key, one.p])) : null;
  };
  const names = (key) => nameOf(result() ?? { probabilities: [] }, key);
  return h(
    "section",
    { class: "says" },
    h("h2", null, () => t("How sure it is", "얼마나 확신하나요")),
    h("div", { class: "answer", "aria-live": "polite" }, () => {
      const now = result();
      if (!now || now.empty)
        return h("p", { class: "note" }, t("An empty sheet gets no answer.", "빈 종이에는 대답하지 않아요."));
      if (now.answer === null)
        return h("p", { class: "unknown" }, h("b", null, t("I do not know:", "모르겠어요.")), " ", said(now.reason));
      return null;
    }),
    bars(shown, { show: names, sure: () => result()?.answer !== null }),
    () => result()?.false_alarms && h("p", { class: "note" }, said(result().false_alarms)),
  );
}
