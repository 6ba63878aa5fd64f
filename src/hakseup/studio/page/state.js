/* Where the page is and what it is about: the address says it, so that a reload comes back to the same place. */

import { get, renamed } from "./api.js";
import { computed, signal } from "./reactive.js";

export const VIEWS = ["data", "train", "inside", "try", "result"];

const here = signal(location.hash);
addEventListener("hashchange", () => here.set(location.hash));

const place = computed(() => {
  const [view, query] = here().replace(/^#\/?/, "").split("?");
  return { view: VIEWS.includes(view) ? view : "data", at: new URLSearchParams(query) };
});

export const view = computed(() => place().view);
export const dataName = computed(() => place().at.get("data"));
export const runId = computed(() => place().at.get("run"));
export const target = computed(() => place().at.get("target")); // of a table: the column to predict
export const picture = computed(() => place().at.get("picture")); // looked into: "validation/17"

/** The address of a place; what is not said stays as it is, null takes it away. */
export function to(next) {
  const now = place();
  const at = new URLSearchParams(now.at);
  // A column belongs to its data, a picture to its run.
  const other = (key) => key in next && next[key] !== now.at.get(key);
  if (other("data")) at.delete("target");
  if (other("data") || other("run")) at.delete("picture");
  for (const [key, value] of Object.entries(next)) {
    if (key === "view") continue;
    if (value === null) at.delete(key);
    else at.set(key, value);
  }
  const query = at.toString();
  return `#/${next.view ?? now.view}${query ? `?${query}` : ""}`;
}

export function go(next) {
  const hash = to(next);
  if (hash !== location.hash) {
    location.hash = hash;
    here.set(hash);
  }
}

/** As `go`, without a step in the history. */
export function settle(next) {
  const hash = to(next);
  history.replaceState(null, "", hash);
  here.set(hash);
}

/** What the server has: filled by the event stream and by what the views ask. */
export const runs = signal(null); // [Run], newest first
export const jobs = signal([]); // [Job], newest first
export const sets = signal(null); // [Data]

/** The set that had this name when it was last heard of. */
const found = (name) => {
  const by = (wanted) => sets()?.find((set) => set.name === wanted);
  return by(name) ?? by(renamed()[name]) ?? null;
};

/** The newest version of a set, for a view that is about it and no other; as it was last where it has gone. */
export function staying(first) {
  let last = first;
  return computed(() => (last = found(last.name) ?? last));
}

export const data = computed(() => found(dataName()));
export const run = computed(() => runs()?.find((found) => found.run === runId()) ?? null);

/** Classes, `[{key, …}]`, as they stand in the chosen data: in the order they were named, which a run does not know. */
export function inOrder(classes) {
  const place = new Map((data.peek()?.classes ?? []).map((one, i) => [one.name, i]));
  const at = ({ key }) => place.get(key) ?? place.size;
  return [...classes].sort((a, b) => at(a) - at(b));
}

/** The newest training of a run that was begun from here, or null. */
export const trainingOf = (id) => jobs().find((job) => job.run === id && job.what !== "evaluate") ?? null;

/** How a run stands. Its folder alone does not say whether somebody stopped it, nor whether its process has ended. */
export function stateOf(one) {
  const job = one && trainingOf(one.run);
  if (job?.state === "working" && one.state !== "done") return "training";
  return one?.state === "interrupted" && job?.state === "stopped" ? "stopped" : (one?.state ?? null);
}

/** Ask again what data there are: after changes, here or in another browser, when a training ended, when the tab comes back. */
export async function loadSets(again = 2) {
  const then = kept;
  try {
    const answer = await get(["data"]);
    if (kept !== then && again) return loadSets(again - 1); // it may have been written before what was made meanwhile
    if (JSON.stringify(answer.renamed ?? {}) !== JSON.stringify(renamed.peek())) renamed.set(answer.renamed ?? {});
    // The rows of a table are counted where they show, not in the list: what is known of them stays.
    const known = new Map((sets.peek() ?? []).map((set) => [set.name, set.n]));
    sets.set(answer.data.map((set) => (set.n === null ? { ...set, n: known.get(set.name) ?? null } : set)));
  } catch {
    /* `reachable` says so at the top of the page, and the next visit asks again */
  }
}

let kept = 0; // how often a set was made or changed here

/** A set that was made or changed, without asking for all of them. */
export function keepSet(set) {
  kept++;
  const { [set.name]: another, ...others } = renamed.peek(); // one that was called so before: this one is asked for now
  if (another) renamed.set(others);
  const list = sets.peek() ?? [];
  const known = list.some((old) => old.name === set.name);
  sets.set(known ? list.map((old) => (old.name === set.name ? set : old)) : [set, ...list]);
}

/** A set that was renamed here. */
export function keepName(old, now) {
  kept++;
  const before = Object.entries(renamed.peek()).filter(([name]) => name !== now);
  renamed.set({ ...Object.fromEntries(before.map(([name, last]) => [name, last === old ? now : last])), [old]: now });
  sets.update((list) => list.map((set) => (set.name === old ? { ...set, name: now } : set)));
}
