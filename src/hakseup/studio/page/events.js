/* What the server tells by itself: one stream a tab. It is closed while the tab cannot be seen. */

import { effect, signal } from "./reactive.js";
import { jobs, runs } from "./state.js";
import { reachable } from "./api.js";

const watched = signal([]); // ids of the runs whose training is followed
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
  let stream = null;
  const close = () => {
    stream?.close();
    stream = null;
  };
  const open = () => {
    close();
    if (document.hidden) return;
    const query = watched
      .peek()
      .map((id) => `run=${encodeURIComponent(id)}`)
      .join("&");
    stream = new EventSource(`/api/events${query && `?${query}`}`);
    const on = (name, work) => stream.addEventListener(name, (event) => work(JSON.parse(event.data)));
    stream.addEventListener("open", () => reachable.set(true));
    stream.addEventListener("error", () => {
      reachable.set(false);
      if (stream?.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
    on("jobs", (said) => jobs.set(said.jobs));
    on("runs", (said) => runs.set(said.runs));
    on("live", (said) => live(said.run).update((before) => joined(before, said)));
    on("gone", (said) => live(said.run).set({ run: said.run, state: "gone", rows: [], losses: [] }));
  };
  effect(() => {
    watched();
    open();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
}

/** What was known, and what is new. */
export function joined(before, said) {
  const known = said.whole || !before ? { rows: [], losses: [], kernels: null } : before;
  const rows = new Map(known.rows.map((row) => [row.epoch, row]));
  for (const row of said.rows ?? []) rows.set(row.epoch, row);
  const losses = known.losses.slice();
  said.batches?.loss.forEach((loss, i) => (losses[said.batches.from + i] = loss));
  return {
    ...known,
    ...said,
    rows: [...rows.values()].sort((a, b) => a.epoch - b.epoch),
    losses,
    kernels: said.kernels ?? known.kernels,
  };
}
