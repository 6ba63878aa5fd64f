/* What the page asks the server: one function for every kind of request, one kind of error. */

import { errorPart, language, said } from "./words.js";
import { signal } from "./reactive.js";

/** Whether the server answered last time; and whether it did, but does not know this page's key. */
export const reachable = signal(true);
export const locked = signal(false);
/** How often the server came back: what was asked of it before is to be asked anew. */
export const returned = signal(0);
/** How often something was asked for that is no longer there. */
export const missing = signal(0);
/** Old names of data sets with those of now: what was begun under an old one goes on. */
export const renamed = signal({});
const GONE = new Set(["no-such-data", "no-such-class", "gone-meanwhile"]);

export function heard(answers) {
  if (answers && !reachable.peek()) returned.update((n) => n + 1);
  reachable.set(answers);
}

/** What the server said was wrong: a code, a sentence, what to do. */
class Refusal extends Error {
  constructor(error, status) {
    super(said(error.message));
    Object.assign(this, { code: error.code, error, status });
  }

  get words() {
    return errorPart(this.error, "message");
  }

  get hint() {
    return errorPart(this.error, "hint");
  }
}

function path(what, name, ...more) {
  const now = what === "data" ? (renamed.peek()[name] ?? name) : name;
  const parts = [what, now, ...more].filter((part) => part !== undefined);
  return `/api/${parts.map((part) => String(part).split("/").map(encodeURIComponent).join("/")).join("/")}`;
}

async function request(method, address, { body, query, type, signal: aborted } = {}) {
  const url = new URL(address, location.origin);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(key, value);
  }
  const headers = { "Accept-Language": language.peek() };
  if (type) headers["Content-Type"] = type;
  let answer;
  try {
    answer = await fetch(url, { method, body, headers, signal: aborted });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    heard(false);
    throw new Refusal(unreachable(), 0);
  }
  locked.set(answer.status === 401);
  if (!locked.peek()) heard(true);
  const content = await answer.json().catch(() => null);
  if (!answer.ok) {
    if (GONE.has(content?.error?.code)) missing.update((n) => n + 1);
    throw new Refusal(content?.error ?? strange(answer.status), answer.status);
  }
  return content;
}

const unreachable = () => ({
  code: "unreachable",
  message: { en: "The studio does not answer.", ko: "스튜디오가 대답하지 않아요." },
  hint: {
    en: "Is `hakseup studio` still running in the terminal? A training that was started goes on by itself.",
    ko: "터미널에서 `hakseup studio`가 돌고 있는지 봐 주세요. 이미 시작한 학습은 계속되고 있어요.",
  },
});
const strange = (status) => ({
  code: "strange-answer",
  message: {
    en: `An answer that this page does not understand (${status}).`,
    ko: `이 페이지가 모르는 응답이에요(${status}).`,
  },
  hint: null,
});

export const get = (parts, query, options) => request("GET", path(...parts), { query, ...options });
export const post = (parts, content, options) =>
  request("POST", path(...parts), { body: JSON.stringify(content ?? {}), type: "application/json", ...options });
export const patch = (parts, content) =>
  request("PATCH", path(...parts), { body: JSON.stringify(content), type: "application/json" });
export const remove = (parts) => request("DELETE", path(...parts));
export const send = (parts, blob) => request("POST", path(...parts), { body: blob, type: blob.type });
export const address = (parts, query) => {
  renamed(); // who shows it follows
  const url = new URL(path(...parts), location.origin);
  for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
  return url.pathname + url.search;
};

/** Send files as a form; `name` is the field. */
export function upload(parts, name, files) {
  const form = new FormData();
  for (const file of files) form.append(name, file, file.name);
  return request("POST", path(...parts), { body: form });
}

/** A request whose answers can be overtaken: one at a time is on its way, and of those that wait only the newest
    is sent. `ask.forget()` lets go of both. */
export function newest(work, done) {
  let [running, waiting, turn] = [false, null, 0];
  const ask = async (...args) => {
    if (running) {
      waiting = args;
      return;
    }
    running = true;
    const mine = turn;
    const outcome = await work(...args).then(
      (answer) => [answer, null],
      (error) => [null, error],
    );
    running = false;
    if (mine === turn && !(waiting && outcome[1])) done(...outcome);
    if (waiting) {
      const next = waiting;
      waiting = null;
      ask(...next);
    }
  };
  ask.forget = () => {
    turn++;
    waiting = null;
  };
  return ask;
}
