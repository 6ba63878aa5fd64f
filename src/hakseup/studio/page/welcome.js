/* The first thing one sees: what shall it learn? Draw, drop, or take something that is ready. */

import { attempt, button, fail, icon, tell } from "./parts.js";
import { get, post, upload } from "./api.js";
import { sendPictures, sent } from "./sending.js";
import { each, h, onCleanup, s, signal } from "./reactive.js";
import { byClass, choose, dropped, isPicture, isTable } from "./incoming.js";
import { go, keepSet, runs, sets, to } from "./state.js";
import { josa, many, number, said, t } from "./words.js";

export function welcome() {
  return [
    h(
      "header",
      { class: "heading wide" },
      h("h1", { tabindex: -1 }, () => t("What shall it learn?", "무엇을 가르쳐 볼까요?")),
      h("p", { class: "lead" }, () =>
        t(
          "Gather examples, let a network learn from them, and try it out. Everything stays on this computer.",
          "예시를 모으고, 신경망이 배우게 하고, 직접 시험해 봐요. 모든 것은 이 컴퓨터 안에서만 일어나요.",
        ),
      ),
    ),
    h("div", { class: "ways" }, drawWay(), dropWay()),
    ownSets(),
    readySets(),
  ];
}

function drawWay() {
  const names = signal(null); // null: the usual three, in the language spoken
  const usual = () => [t("circle", "동그라미"), t("square", "네모"), t("triangle", "세모")].join(", ");
  const id = "new-classes";
  const make = async () => {
    const classes = [
      ...new Set(
        (names.peek() ?? usual())
          .split(/[,\n]/)
          .map((name) => name.trim())
          .filter(Boolean),
      ),
    ];
    const set = await post(["data"], { name: freeName(t("my-drawings", "내-그림")), classes });
    keepSet(set);
    go({ view: "data", data: set.name, run: null });
  };
  return h(
    "section",
    { class: "way draw-way" },
    shapes(),
    h("h2", null, () => t("Draw it yourself", "직접 그려서")),
    h("label", { for: id }, () =>
      t("What will you draw? Separate with commas.", "무엇을 그릴 건가요? 쉼표로 나눠 적어요."),
    ),
    h(
      "form",
      {
        class: "line",
        onsubmit: (event) => {
          event.preventDefault();
          attempt(make);
        },
      },
      h("input", {
        id,
        type: "text",
        autocomplete: "off",
        value: () => names() ?? usual(),
        oninput: (event) => names.set(event.target.value),
      }),
      h(
        "button",
        { class: "button primary", type: "submit" },
        icon("pencil"),
        h("span", null, () => t("Start drawing", "그리기 시작")),
      ),
    ),
  );
}

function dropWay() {
  const over = signal(false);
  const progress = signal(null);
  const dropping = {
    dragover: (event) => over.set([...event.dataTransfer.types].includes("Files")),
    dragleave: (event) => event.relatedTarget || over.set(false),
    drop: (event) => {
      over.set(false);
      attempt(async () => take(await dropped(event.dataTransfer, progress)));
    },
  };
  for (const [kind, work] of Object.entries(dropping)) {
    document.addEventListener(kind, work); // the whole page: nobody has to aim
    onCleanup(() => document.removeEventListener(kind, work));
  }
  let here = true; // what takes minutes does not call one back from where one has gone meanwhile
  onCleanup(() => (here = false));
  const take = async (list) => {
    try {
      await receive(list, progress, () => here);
    } catch (error) {
      fail(error);
    }
  };
  return h(
    "section",
    { class: () => `way drop-way${over() ? " over" : ""}` },
    h("h2", null, () => t("Drop what you have", "가진 것을 끌어다 놓고")),
    h("p", null, () =>
      t(
        "A folder with one folder of pictures per class, or a table (CSV, Excel, Parquet).",
        "클래스마다 폴더로 나눈 그림 폴더, 또는 표(CSV, Excel, Parquet) 하나를 여기에 놓아요.",
      ),
    ),
    h(
      "div",
      { class: "line" },
      button(
        () => t("Choose a folder", "폴더 고르기"),
        async () => take(await choose({ folder: true })),
        { iconName: "folder" },
      ),
      button(
        () => t("Choose a table", "표 고르기"),
        async () => take(await choose({ accept: ".csv,.tsv,.parquet,.xlsx" })),
        { iconName: "data" },
      ),
    ),
    h(
      "p",
      { class: "note", role: "status" },
      () => sent(progress),
    ),
  );
}

/** Make a set of a table, and go there. */
export async function receiveTable(file) {
  const [, stem, ending] = /^(.*?)(\.[^.]*)?$/.exec(file.name);
  const name = freeName(stem, ending ?? "");
  const set = await upload(["tables"], "file", [name === file.name ? file : new File([file], name)]);
  if (name !== file.name)
    tell(
      () =>
        t("There is a “{old}” already: this one is called “{name}”.", "‘{old}’ 데이터가 이미 있어서 이번 것은 ‘{name}’ 이름으로 넣었어요.", {
          old: file.name,
          name,
        }),
      { seconds: 12 },
    );
  keepSet(set);
  go({ view: "data", data: set.name, run: null, target: null });
}

/** Make a set of what came: a table as it is, pictures by their folders. */
async function receive(list, progress, stays) {
  const table = list.find(({ file }) => isTable(file));
  if (table && !list.some(({ file }) => isPicture(file))) return receiveTable(table.file);
  const pictures = list.filter(({ file }) => isPicture(file));
  if (!pictures.length) {
    if (list.length)
      tell(
        () =>
          t(
            "There are neither pictures nor a table among these files. Pictures: PNG, JPEG, WebP, BMP, TIFF, GIF. Tables: CSV, TSV, Parquet, Excel.",
            "이 파일들 가운데 그림도 표도 없어요. 그림은 PNG, JPEG, WebP, BMP, TIFF, GIF, 표는 CSV, TSV, Parquet, 엑셀이어야 해요.",
          ),
        { kind: "error", seconds: 14 },
      );
    return;
  }
  sayLeftOut(list.length - pictures.length);
  const groups = byClass(pictures, t("unsorted", "미분류"));
  const parts = pictures.some(({ above }) =>
    above?.some((name) => /^(train|training|test|val|validation)$/i.test(name)),
  );
  const tops = new Set(pictures.map(({ top }) => top)); // of several folders none gives its name to all
  const name = freeName((tops.size === 1 && pictures[0].top) || t("my-pictures", "내-사진"));
  const set = await post(["data"], { name, classes: [...groups.keys()] });
  keepSet(set);
  await attempt(() => sendPictures(set.name, groups, { progress })); // what came until then is there to be seen
  keepSet(await get(["data", set.name])); // counted
  if (parts) {
    tell(
      () =>
        t(
          "Folders called train and test were put together; the studio sets a test part aside itself. `hakseup train FOLDER` takes them as they are.",
          "train, test 폴더는 하나로 합쳤어요. 테스트 부분은 스튜디오가 따로 떼어 둬요. 나눈 그대로 쓰려면 `hakseup train 폴더`를 쓰세요.",
        ),
      { seconds: 20 },
    );
  }
  const open = () => go({ view: "data", data: set.name, run: null });
  if (stays()) return open();
  tell(() => t("“{name}” is here now.", "{subject} 다 들어왔어요.", { name, subject: josa(`‘${name}’`, "이", "가") }), {
    action: { words: () => t("Open it", "열어 보기"), work: open },
    seconds: 20,
  });
}

/** A name that no set has: wanted, wanted-2, … */
function freeName(wanted, ending = "") {
  const taken = new Set((sets.peek() ?? []).map((set) => set.name.toLowerCase()));
  let name = wanted + ending;
  for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${wanted}-${i}${ending}`;
  return name;
}

/** What was neither a picture nor a table, so that nobody waits for it. */
export function sayLeftOut(n) {
  if (n)
    tell(
      () =>
        t("Left out, not a picture: {files}.", "그림이 아닌 파일 {n}개는 넣지 않았어요.", {
          n: number(n),
          files: many(n, "file", "files"),
        }),
      { seconds: 10 },
    );
}

function ownSets() {
  const own = () => (sets() ?? []).filter((set) => !set.known);
  return h(
    "section",
    { class: "sets", hidden: () => own().length === 0 },
    h("h2", null, () => t("Yours", "내 데이터")),
    cards(own),
  );
}

function readySets() {
  const ready = () => (sets() ?? []).filter((set) => set.known);
  return h(
    "section",
    { class: "sets", hidden: () => ready().length === 0 },
    h("h2", null, () => t("Ready to use", "준비되어 있는 데이터")),
    cards(ready),
  );
}

/** A card stays while its set does: the keyboard keeps its place, and its pictures are asked for once. */
const cards = (list) =>
  h(
    "ul",
    null,
    each(
      list,
      (set) => [set.name, set.kind, set.here, (set.n ?? 1) > 0].join("/"),
      (set) => card(set),
    ),
  );

function card(now) {
  const set = now.peek();
  const trained = () => (runs() ?? []).filter((run) => run.data === set.name).length;
  return h(
    "li",
    null,
    h(
      "a",
      { class: "set", href: () => to({ view: "data", data: set.name, run: null }) },
      set.kind === "pictures" && set.here && (set.n ?? 1) > 0
        ? peek(set)
        : h(
            "span",
            { class: `peek ${set.kind}`, "aria-hidden": "true" },
            icon(set.kind === "table" ? "data" : "download"),
          ),
      h("b", null, () => said(set.title) || set.name),
      h("small", null, () => sizes(now(), trained())),
    ),
  );
}

function sizes(set, trained) {
  const parts = [];
  if (!set.here) parts.push(t("will be downloaded", "내려받아야 해요"));
  if (set.n !== null && set.n !== undefined) {
    parts.push(
      set.kind === "table"
        ? t("{n} rows", "{n}행", { n: number(set.n) })
        : t("{n} pictures", "그림 {n}장", { n: number(set.n) }),
    );
  }
  if (set.classes?.length) parts.push(t("{n} classes", "클래스 {n}개", { n: set.classes.length }));
  if (trained) parts.push(t("trained {n}×", "{n}번 학습함", { n: trained }));
  return parts.join(" · ");
}

/** Four pictures of a set, asked for when the card comes into sight. */
function peek(set) {
  const shown = signal([]);
  const box = h("span", { class: "peek", "aria-hidden": "true" }, () =>
    shown().map((url) => h("img", { src: url, alt: "", loading: "lazy", width: 48, height: 48 })),
  );
  const watcher = new IntersectionObserver(async (seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watcher.disconnect();
    const { pictures: all } = await get(["data", set.name, "pictures"], { limit: 200 }).catch(() => ({ pictures: [] }));
    const one = new Map();
    for (const picture of all) if (!one.has(picture.class)) one.set(picture.class, picture.url);
    shown.set([...one.values(), ...all.map((picture) => picture.url)].slice(0, 4));
  });
  watcher.observe(box);
  onCleanup(() => watcher.disconnect());
  return box;
}

/** What one could draw, as a hand draws it. */
function shapes() {
  const lines = {
    a: "M44 12c-20-2-33 14-32 31 1 18 16 30 33 28 18-2 29-17 28-33C72 22 59 11 40 13",
    b: "M99 16c18-2 36-1 56 0 1 17 0 36-1 54-18 1-37 2-55-1 0-17 0-35 2-53",
    c: "M215 12c-11 19-22 38-33 57 22 2 44 1 66 0-10-20-21-39-34-58",
  };
  const paths = Object.entries(lines).map(([kind, d]) => s("path", { d, class: `ink-${kind}` }));
  return h("div", { class: "shapes", "aria-hidden": "true" }, s("svg", { viewBox: "0 0 260 84" }, paths));
}
