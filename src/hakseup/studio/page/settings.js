/* The settings of a training as fields, each with its reason. Only what differs from the recipe is sent. */

import { h, signal } from "./reactive.js";
import { said, t } from "./words.js";
import { get } from "./api.js";
import { attempt } from "./parts.js";

const HIDDEN = ["data.source", "network.layers", "network.name", "data.target"]; // chosen elsewhere on the page

/** Args: kind: pictures or table; recipe: its `settings` are what the fields begin with; changed: a signal. */
export function settingsForm(kind, recipe, changed) {
  const table = signal({ sections: [], settings: [] });
  attempt(async () => table.set(await get(["settings"], { kind })));
  return h("div", { class: "settings-form" }, () => {
    const rows = table().settings.filter((row) => !HIDDEN.includes(row.key));
    const sections = table().sections.map((section) => [
      section,
      rows.filter((row) => row.section === section.name && !row.first),
    ]);
    return [
      rows.filter((row) => row.first).map((row) => field(row, recipe, changed)),
      sections
        .filter(([, listed]) => listed.length)
        .map(([section, listed]) =>
          h(
            "details",
            null,
            h("summary", null, () => said(section)),
            listed.map((row) => field(row, recipe, changed)),
          ),
        ),
    ];
  });
}

function field(row, recipe, changed) {
  const usual = recipe.settings?.[row.key] ?? row.default;
  const id = `setting-${row.key}`;
  const put = (value) => {
    const next = { ...changed.peek() };
    if (same(value, usual)) delete next[row.key];
    else next[row.key] = value;
    changed.set(next);
  };
  return h(
    "div",
    { class: () => `field${row.key in changed() ? " changed" : ""}` },
    h("label", { for: id, translate: "no" }, row.name),
    input(row, id, usual, put),
    h(
      "p",
      { id: `${id}-why` },
      () => said(row),
      () =>
        row.key in changed() &&
        h(
          "button",
          { type: "button", class: "link", onclick: () => reset(row, id, usual, put) },
          t("as the recipe: {v}", "레시피대로: {v}", { v: shown(usual) || t("empty", "비움") }),
        ),
    ),
  );
}

function input(row, id, usual, put) {
  const common = { id, "aria-describedby": `${id}-why` };
  if (row.choices)
    return h(
      "select",
      { ...common, onchange: (event) => put(event.target.value) },
      row.choices.map((one) => h("option", { value: one, selected: one === usual }, one)),
    );
  if (row.type === "bool")
    return h("input", {
      ...common,
      type: "checkbox",
      checked: Boolean(usual),
      onchange: (event) => put(event.target.checked),
    });
  const numeric = row.type === "int" || row.type === "float";
  return h("input", {
    ...common,
    type: "text",
    inputmode: numeric ? "decimal" : null,
    value: shown(usual),
    oninput: (event) => {
      const value = parse(row, event.target.value);
      event.target.setAttribute("aria-invalid", String(value === undefined));
      if (value !== undefined) put(value);
    },
  });
}

function reset(row, id, usual, put) {
  const box = document.getElementById(id);
  if (row.type === "bool") box.checked = Boolean(usual);
  else box.value = shown(usual);
  put(usual);
  box.focus();
}

/** What was typed as the setting has it; undefined when it is not one. */
export function parse({ type, least, most }, text) {
  const word = text.trim();
  if (type === "int" || type === "float") {
    const value = Number(word);
    if (!word || Number.isNaN(value) || (type === "int" && !Number.isInteger(value))) return undefined;
    if (
      (least !== null && least !== undefined && value < least) ||
      (most !== null && most !== undefined && value > most)
    )
      return undefined;
    return value;
  }
  if (type === "list")
    return word
      ? word
          .split(",")
          .map((part) => part.trim())
          .filter(Boolean)
      : [];
  if (type === "size") {
    const sizes = word
      .split(/[,x×\s]+/)
      .filter(Boolean)
      .map(Number);
    return sizes.every(Number.isInteger) ? sizes : undefined;
  }
  return word;
}

const shown = (value) =>
  Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
