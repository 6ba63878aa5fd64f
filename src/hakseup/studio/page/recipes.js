/* The ready recipes as cards: a small picture of the network, the name, one sentence. */

import { h, s } from "./reactive.js";
import { said, t } from "./words.js";

const FIRST = 2; // recipes that show at once

/** Args: recipes: a signal with the list or null; chosen: a signal with a name; onchange: gets the new name. */
export function recipeCards(recipes, chosen, onchange) {
  const card = (recipe) =>
    h(
      "label",
      { class: "recipe" },
      h("input", {
        type: "radio",
        name: "recipe",
        value: recipe.name,
        checked: () => chosen() === recipe.name,
        onchange: () => onchange(recipe.name),
      }),
      glyph(recipe),
      h(
        "span",
        null,
        h("b", { translate: "no" }, recipe.name),
        h("small", null, () => said(recipe.title)),
      ),
    );
  return h(
    "div",
    { class: "recipes", role: "radiogroup", "aria-label": () => t("How it learns", "배우는 방법") },
    () => {
      const all = recipes() ?? [];
      const [first, others] = [all.slice(0, FIRST), all.slice(FIRST)];
      return [
        first.map(card),
        others.length > 0 &&
          h(
            "details",
            null,
            h("summary", null, () => t("Other ways ({n})", "다른 방법 {n}가지", { n: others.length })),
            h("div", { class: "recipes" }, others.map(card)),
          ),
      ];
    },
  );
}

/** The network as blocks: width by kind of layer, as the list has them; a catalog network as a rising row. */
function glyph(recipe) {
  const listed = recipe.settings?.["network.layers"] ?? [];
  const kinds = listed.length
    ? listed.map((text) => text.split("(")[0])
    : (CATALOG[recipe.settings?.["network.name"]] ?? CATALOG.fast);
  let x = 2;
  const blocks = kinds
    .filter((kind) => SIZE[kind])
    .slice(0, 9)
    .map((kind) => {
      const [wide, high] = SIZE[kind];
      const block = s("rect", {
        class: kind.startsWith("Conv") ? "conv" : kind === "Dense" ? "dense" : "other",
        x,
        y: 20 - high / 2,
        width: wide,
        height: high,
        rx: 1.5,
      });
      x += wide + 3;
      return block;
    });
  return s("svg", { class: "glyph", viewBox: `0 0 ${Math.max(x, 40)} 40`, "aria-hidden": "true" }, blocks);
}

const SIZE = {
  Conv2D: [7, 32],
  MaxPooling2D: [3, 20],
  AveragePooling2D: [3, 20],
  GlobalAveragePooling2D: [3, 14],
  Flatten: [2, 26],
  Dense: [5, 22],
  Dropout: [2, 14],
  BatchNormalization: [2, 18],
};
const CATALOG = {
  fast: ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Conv2D", "GlobalAveragePooling2D", "Dense"],
  table: ["Dense", "Dense", "Dense", "Dense"],
  mlp: ["Flatten", "Dense", "Dense"],
};
