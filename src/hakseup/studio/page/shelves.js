/* The pictures of a set by class, as far as they were asked for. They follow what another browser, the command line or a
   file manager does to them: what stays keeps its place, its element and the keyboard, what came stands where the
   server has it. */

import { effect, onCleanup, signal } from "./reactive.js";
import { get } from "./api.js";
import { keepSet } from "./state.js";
import { attempt } from "./parts.js";

const REST = 300; // milliseconds of quiet before a class is asked for again
const MOST = 1000; // pictures in one answer

/** Args: set: the data, a function; page: pictures of a class that are asked for at a time; selected: a signal with the
    ids that are chosen; changed: called when pictures came or went. */
export function shelves(set, { page, selected, changed }) {
  const all = new Map(); // class -> what is known of it
  let called = set.peek().name;
  const shelf = (name) => {
    if (!all.has(name))
      all.set(name, {
        pictures: signal([]),
        total: signal(0),
        asked: false,
        paged: new Set(), // ids that came in the server's order, from the first on
        version: null, // as the server told it with the pictures; null: they are not to be relied on
        turn: 0, // counts what was done to the pictures here
        timer: null,
      });
    return all.get(name);
  };
  let over = false; // the view has gone; what was on its way still comes
  const rows = (name, offset, limit) => get(["data", set.peek().name, "pictures"], { class: name, offset, limit });
  const later = (name) => {
    const one = shelf(name);
    clearTimeout(one.timer);
    if (!over) one.timer = setTimeout(() => follow(name), REST);
  };
  onCleanup(() => {
    over = true;
    for (const one of all.values()) clearTimeout(one.timer);
  });

  /** The next page of a class. */
  const load = async (name) => {
    const one = shelf(name);
    one.asked = true;
    // Pictures that were added meanwhile stand elsewhere in the server's order: they do not count.
    const offset = one.pictures.peek().filter((picture) => one.paged.has(picture.id)).length;
    const turn = one.turn;
    const answer = await attempt(() => rows(name, offset, page));
    if (!answer) return;
    for (const picture of answer.pictures) one.paged.add(picture.id);
    const known = new Set(one.pictures.peek().map((picture) => picture.id));
    one.pictures.update((list) => [...list, ...answer.pictures.filter((picture) => !known.has(picture.id))]);
    one.total.set(answer.n);
    const same = turn === one.turn && (!offset || one.version === (answer.version ?? null));
    one.version = same ? (answer.version ?? null) : null;
    one.turn++;
    if (!same) later(name);
  };

  /** Everything that shows of a class, asked for anew. */
  const follow = async (name) => {
    const one = shelf(name);
    const turn = one.turn;
    const wanted = Math.max(page, one.pictures.peek().length);
    const found = [];
    let answer;
    try {
      do {
        answer = await rows(name, found.length, Math.min(MOST, wanted - found.length));
        found.push(...answer.pictures);
      } while (answer.pictures.length && found.length < Math.min(wanted, answer.n));
    } catch {
      return; // it is asked for again when the data change, or when the server answers again
    }
    if (over) return;
    if (turn !== one.turn) return later(name);
    one.turn++;
    one.version = answer.version ?? null;
    one.paged = new Set(found.map((picture) => picture.id));
    one.total.set(answer.n);
    const before = one.pictures.peek();
    const now = merged(before, found, answer.n <= found.length);
    if (now.length !== before.length || now.some((picture, i) => picture !== before[i])) {
      put(one, now);
      changed();
    }
    recount();
  };

  /** These pictures from now on; the keyboard goes on at the place of one that went. */
  const put = (one, list) => {
    const stay = new Set(list.map(({ id }) => id));
    const before = one.pictures.peek();
    const gone = new Set(before.map(({ id }) => id).filter((id) => !stay.has(id)));
    const at = before.findIndex(({ id }) => gone.has(id) && id === document.activeElement.dataset.picture);
    if (at >= 0) {
      const next = [...before.slice(at), ...before.slice(0, at).reverse()].find(({ id }) => stay.has(id));
      if (next) document.querySelector(`[data-picture="${CSS.escape(next.id)}"]`)?.focus({ preventScroll: true });
    }
    unselect(gone);
    one.pictures.set(list);
  };
  const unselect = (gone) => {
    const left = [...selected.peek()].filter((id) => !gone.has(id));
    if (left.length !== selected.peek().size) selected.set(new Set(left));
  };

  /** Something was done here: the list is asked for again, since another may have done something at the same time. */
  const touched = (name) => {
    const one = shelf(name);
    one.turn++;
    one.version = null;
    later(name);
  };
  /** What the list of the sets says of each class, as it is known here. */
  const recount = () => {
    if (over) return;
    const now = set.peek();
    let differs = false;
    const classes = now.classes.map((one) => {
      const mine = all.get(one.name);
      if (!mine?.turn) return one; // nobody has said yet how many there are
      const [n, version] = [mine.total.peek(), mine.version ?? one.version];
      if (n === one.n && version === one.version) return one;
      differs = true;
      return { ...one, n, version };
    });
    if (differs) keepSet({ ...now, classes, n: classes.reduce((sum, one) => sum + (one.n ?? 0), 0) });
  };
  const enter = (pictures, most = Infinity) => {
    for (const picture of pictures) {
      const one = shelf(picture.class);
      if (!one.asked) one.total.set(set.peek().classes.find(({ name }) => name === picture.class)?.n ?? 0);
      one.asked = true;
      const shown = one.pictures.peek();
      if (shown.some((old) => old.id === picture.id)) continue;
      if (shown.length < most) one.pictures.set([...shown, { ...picture, fresh: true }]);
      one.total.update((n) => n + 1);
      touched(picture.class);
    }
    recount();
  };
  const drop = (ids) => {
    const gone = new Set(ids);
    for (const [name, one] of all) {
      const before = one.pictures.peek();
      const left = before.filter((picture) => !gone.has(picture.id));
      if (left.length === before.length) continue;
      one.total.update((n) => n - (before.length - left.length));
      put(one, left);
      touched(name);
    }
    recount();
  };

  effect(() => {
    const { name: now, classes = [] } = set();
    const there = new Map(classes.map((one) => [one.name, one.version ?? null]));
    for (const [name, one] of [...all]) {
      if (!there.has(name)) {
        clearTimeout(one.timer);
        all.delete(name);
        unselect(new Set(one.pictures.peek().map(({ id }) => id)));
      } else if (one.asked && (now !== called || there.get(name) !== one.version)) {
        if (now !== called) one.version = null; // their addresses have the name of the set in them
        later(name);
      }
    }
    called = now;
  });
  return { shelf, load, enter, drop };
}

/** What shows, and what the server has: what stays keeps its order, what came stands behind the one before it.

    Args: whole: whether the server has said everything; else what was added here and is not among it may stand behind. */
export function merged(before, found, whole) {
  const there = new Map(found.map((picture) => [picture.id, picture]));
  const kept = before.filter((picture) => there.has(picture.id) || (picture.fresh && !whole));
  const known = new Set(kept.map((picture) => picture.id));
  const behind = new Map(); // id, or null for the beginning -> those that came
  let last = null;
  for (const picture of found) {
    if (known.has(picture.id)) last = picture.id;
    else if (behind.has(last)) behind.get(last).push(picture);
    else behind.set(last, [picture]);
  }
  const newest = (old) => {
    const now = there.get(old.id);
    return !now || now.url === (old.served ?? old.url) ? old : { ...old, url: now.url, served: now.url };
  };
  return [...(behind.get(null) ?? []), ...kept.flatMap((old) => [newest(old), ...(behind.get(old.id) ?? [])])];
}
