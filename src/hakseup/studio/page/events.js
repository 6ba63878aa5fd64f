/* What the server tells by itself: one stream a tab. It is closed while the tab cannot be seen.

   Browsers open six connections to one server, for all tabs together. Only so many tabs hold a stream that the others
   still get theirs: those ask anew every two seconds. */

import { effect, signal } from "./reactive.js";
import { jobs, loadSets, runs } from "./state.js";
import { get, heard, locked } from "./api.js";

const HELD = 4; // streams that stay open, of all tabs of a browser
const LOSSES = 16384; // of single batches that are kept: a long training has millions
const watched = signal([]); // ids of the runs whose training is followed
let data = null; // version of the data sets, as it was told last
const lives = new Map(); // run id -> signal of what is known of its training

/** Follow these runs from now on. */
export function watch(ids) {
  const before = watched.peek();
  if (ids.length !== before.length || ids.some((id, i) => id !== before[i])) watched.set([...ids]);
}

/** What is known of a run's training, or null: `{state, epoch, rows, losses, kernels, …}`. */
export function live(id) {
  if (!lives.has(id)) lives.set(id, signal(null));
  return lives.get(id);
}

export function begin() {
  let [stream, letGo, turn] = [null, null, 0];
  const close = () => {
    turn++;
    stream?.close();
    stream = null;
  };
  const hide = () => {
    close();
    letGo?.();
    letGo = null;
  };
  const open = async () => {
    close();
    if (document.hidden) return;
    const mine = turn;
    if (!letGo) {
      const given = await place();
      if (mine !== turn) return given?.();
      letGo = given;
    }
    const query = new URLSearchParams(watched.peek().map((id) => ["run", id]));
    const once = !letGo;
    let answered = false;
    if (once) query.set("once", "true");
    stream = new EventSource(`/api/events?${query}`);
    const on = (name, work) => stream.addEventListener(name, (event) => work(JSON.parse(event.data)));
    stream.addEventListener("open", () => {
      answered = true;
      locked.set(false);
      heard(true);
    });
    stream.addEventListener("error", () => {
      if (once && answered) return void (answered = false); // all was said; the browser asks again
      heard(false);
      if (stream?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      get(["studio"]).catch(() => {}); // an event stream does not say why it was refused
      setTimeout(open, 2000);
    });
    on("jobs", (said) => jobs.set(said.jobs));
    on("runs", (said) => runs.set(said.runs));
    on("sets", ({ version }) => {
      if (data && data !== version) loadSets(); // at first the page has just asked for them
      data = version;
    });
    on("live", (said) => live(said.run).update((before) => joined(before, said)));
    on("gone", (said) => live(said.run).set({ run: said.run, state: "gone", rows: [], losses: [] }));
  };
  effect(() => {
    watched();
    open();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? hide() : open()));
  addEventListener("pagehide", hide);
}

/** A place among the tabs that hold a stream: the function that gives it back, or null where all are taken. */
async function place() {
  if (!navigator.locks) return () => {}; // only where the page came over a network without encryption
  for (let i = 0; i < HELD; i++) {
    const end = await new Promise((taken) => {
      navigator.locks.request(`hakseup-stream-${i}`, { ifAvailable: true }, (lock) =>
        lock ? new Promise((done) => taken(done)) : taken(null),
      );
    });
    if (end) return end;
  }
  return null;
}

/** What was known, and what is new. */
export function joined(before, said) {
  const known = said.whole || !before ? { rows: [], losses: [], first: 0, kernels: null } : before;
  return {
    ...known,
    ...said,
    rows: said.rows?.length ? withRows(known.rows, said.rows) : known.rows,
    ...(said.batches ? withLosses(known, said.batches) : { losses: known.losses, first: known.first }),
    kernels: said.kernels ?? known.kernels,
  };
}

function withRows(known, fresh) {
  const rows = new Map(known.map((row) => [row.epoch, row]));
  for (const row of fresh) rows.set(row.epoch, row);
  return [...rows.values()].sort((a, b) => a.epoch - b.epoch);
}

/** The losses of the last batches; `first` is the number of the first of them. */
function withLosses({ losses: known, first: before }, { from, loss: fresh }) {
  const first = from < before || !known.length ? from : before; // it went on from a checkpoint, or nobody had watched
  const losses = first === before ? known.slice() : [];
  fresh.forEach((loss, i) => (losses[from - first + i] = loss));
  if (losses.length <= 2 * LOSSES) return { losses, first };
  return { losses: losses.slice(-LOSSES), first: first + losses.length - LOSSES };
}
