"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  // Language: both stand in the page; html[lang] says which one shows.
  const buttons = all("[data-language]");
  const speak = (language) => {
    root.lang = language;
    document.title = document.querySelector("title").dataset[language];
    for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.language === language));
  };
  for (const b of buttons) b.addEventListener("click", () => speak(b.dataset.language));
  speak(root.lang);

  // Tables: a click on a column's head sorts by it, another click the other way.
  for (const table of all("table.sortable")) {
    const body = table.tBodies[0];
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      if (head.hasAttribute("data-plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const sign = now === "ascending" ? -1 : now === "descending" || head.dataset.first !== "down" ? 1 : -1;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        const value = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent.trim();
        const order = (a, b) => {
          const [x, y] = [value(a), value(b)];
          const [p, q] = [Number(x), Number(y)];
          return sign * (x !== "" && y !== "" && !isNaN(p) && !isNaN(q) ? p - q : x.localeCompare(y, root.lang, { numeric: true }));
        };
        body.append(...[...body.rows].sort(order));
      });
    });
  }

  // Mistakes: the worst first, the rest on request; a cell of the matrix shows its own.
  const gallery = document.querySelector(".gallery[data-first]");
  if (gallery) {
    const pictures = all("[data-cell]", gallery);
    const first = Number(gallery.dataset.first);
    const state = document.querySelector(".gallery-state");
    const more = document.querySelector(".gallery-more");
    const cells = all(".matrix a");
    const show = (cell, whole) => {
      pictures.forEach((p, i) => { p.hidden = cell ? p.dataset.cell !== cell : !whole && i >= first; });
      for (const c of cells) c.classList.toggle("chosen", c.dataset.cell === cell);
      state.hidden = !cell;
      more.hidden = Boolean(cell) || whole || pictures.length <= first;
    };
    for (const c of cells) c.addEventListener("click", (event) => {
      event.preventDefault();
      show(c.dataset.cell, true);
      state.scrollIntoView({ block: "nearest" });
    });
    more.addEventListener("click", () => show(null, true));
    state.querySelector("button").addEventListener("click", () => show(null, false));
    show(null, false);
  }

  // On paper everything is open.
  addEventListener("beforeprint", () => { for (const d of all("details")) d.open = true; });
})();
