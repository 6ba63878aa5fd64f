/* The small heart of the page: values that can be watched, and elements that follow them.

   A signal is a function that gives its value; whoever reads it inside an effect runs again when it changes.
   `h` makes elements; a function given as an attribute or a child is an effect of its own, so a change touches
   only what shows it. An effect that runs again first lets go of everything that was made inside it. */

let running = null; // the effect whose reads are recorded
let owner = null; // the scope that what is made now belongs to
let count = 0;
const waiting = new Set();

export function signal(value) {
  const readers = new Set();
  const read = () => {
    if (running) {
      readers.add(running);
      running.sources.add(readers);
    }
    return value;
  };
  read.peek = () => value;
  read.set = (next) => {
    if (Object.is(next, value)) return;
    value = next;
    for (const reader of readers) schedule(reader);
  };
  read.update = (change) => read.set(change(value));
  return read;
}

/** A value worked out from others; its readers run again only when the result differs. */
export function computed(work) {
  const result = signal(undefined);
  effect(() => result.set(work()));
  return result;
}

export function effect(work) {
  const me = { id: ++count, work, sources: new Set(), inner: [], cleanups: [], dead: false };
  owner?.inner.push(me);
  run(me);
  return () => dispose(me);
}

/** Run `make` in a scope of its own. Returns what it returns, and the function that lets go of the scope. */
export function scope(make) {
  const me = { id: ++count, sources: new Set(), inner: [], cleanups: [], dead: false };
  owner?.inner.push(me);
  return [within(me, null, make), () => dispose(me)];
}

/** What has to happen when the present scope ends: close a stream, stop a camera. */
export function onCleanup(work) {
  owner?.cleanups.push(work);
}

/** Read without being told of changes. */
export function untracked(work) {
  return within(owner, null, work);
}

function within(scopeOf, reader, work) {
  const before = [owner, running];
  [owner, running] = [scopeOf, reader];
  try {
    return work();
  } finally {
    [owner, running] = before;
  }
}

function run(me) {
  release(me);
  within(me, me, me.work);
}

function release(me) {
  for (const readers of me.sources) readers.delete(me);
  me.sources.clear();
  for (const inner of me.inner.splice(0)) dispose(inner);
  for (const work of me.cleanups.splice(0)) work();
}

function dispose(me) {
  me.dead = true;
  waiting.delete(me);
  release(me);
}

function schedule(me) {
  if (me.dead) return;
  if (waiting.size === 0) queueMicrotask(flush);
  waiting.add(me);
}

function flush() {
  for (let rounds = 0; waiting.size && rounds < 100; rounds++) {
    for (const me of [...waiting].sort((a, b) => a.id - b.id)) {
      if (waiting.delete(me) && !me.dead) run(me);
    }
  }
}

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "indeterminate", "open", "muted", "srcObject"]);
const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: attributes; `on…` are listeners; a function is followed. Children may be functions too. */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** As `h`, for drawings. */
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "ref") value(element);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "function") effect(() => assign(element, name, value()));
    else assign(element, name, value);
  }
  append(element, children);
  return element;
}

function assign(element, name, value) {
  if (name === "style") for (const [key, part] of Object.entries(value ?? {})) element.style.setProperty(key, part);
  else if (name === "data") for (const [key, part] of Object.entries(value)) element.dataset[key] = part;
  else if (PROPERTIES.has(name)) {
    if (element[name] !== value) element[name] = value ?? "";
  } else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Put children into an element: text, nodes, lists of them, or functions that give any of these. */
function append(parent, children) {
  for (const child of [children].flat(Infinity)) {
    if (typeof child === "function") parent.append(...follow(child));
    else if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

function follow(work) {
  const [start, end] = [document.createComment(""), document.createComment("")];
  const holder = document.createDocumentFragment();
  holder.append(start, end);
  effect(() => {
    const fresh = document.createDocumentFragment();
    append(fresh, [work()]);
    while (start.nextSibling !== end) start.nextSibling.remove();
    end.before(fresh);
  });
  return holder.childNodes;
}

/** A list that keeps the elements of the items that stay.

    Args:
        items: a function that gives a list.
        key: item -> what it is known by.
        render: a function that gives the newest version of the item -> one element. */
export function each(items, key, render) {
  const home = { id: ++count, sources: new Set(), inner: [], cleanups: [], dead: false };
  owner?.inner.push(home);
  const end = document.createComment("");
  const holder = document.createDocumentFragment();
  holder.append(end);
  let kept = new Map();
  effect(() => {
    const list = items() ?? [];
    within(home, null, () => {
      const next = new Map();
      for (const item of list) {
        const id = key(item);
        const entry = kept.get(id) ?? made(item, render);
        entry.item.set(item);
        next.set(id, entry);
      }
      for (const [id, entry] of kept) {
        if (next.has(id)) continue;
        entry.end();
        entry.node.remove();
      }
      kept = next;
      home.inner = home.inner.filter((inner) => !inner.dead);
      let at = end;
      const held = document.activeElement;
      for (const { node } of [...next.values()].reverse()) {
        if (node.nextSibling !== at) at.before(node);
        at = node;
      }
      if (held !== document.activeElement && held?.isConnected) held.focus({ preventScroll: true }); // it was moved
    });
  });
  return [...holder.childNodes];
}

function made(item, render) {
  const now = signal(item);
  const [node, end] = scope(() => render(now));
  return { item: now, node, end };
}
