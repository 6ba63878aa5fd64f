/* The window that asks for a name, and another name for a whole set. Every change can be taken back. */

import { h, signal } from "./reactive.js";
import { t } from "./words.js";
import { patch } from "./api.js";
import { keepName, loadSets, picture, settle, target } from "./state.js";
import { ask, fail } from "./parts.js";
import { undoable } from "./actions.js";

/** Args: set: the set, a function. */
export function renameSet(set) {
  const { name: before } = set.peek();
  nameDialog(
    () => t("Another name for “{name}”", "‘{name}’의 새 이름", { name: before }),
    before,
    async (name) => {
      const { name: now, undo } = await patch(["data", before], { name });
      keepName(before, now);
      settle({ data: now, target: target.peek(), picture: picture.peek() });
      undoable(() => t("Renamed.", "이름을 바꾸었어요."), undo, loadSets);
    },
  );
}

/** Ask for a name. What is refused is said here, and the name stays to be mended. */
export function nameDialog(title, value, work) {
  const refused = signal(null);
  ask(title, (close) =>
    h(
      "form",
      {
        class: "line",
        onsubmit: async (event) => {
          event.preventDefault();
          const field = event.target.elements.name;
          const name = field.value.trim();
          try {
            if (name && name !== value) await work(name);
            close();
          } catch (error) {
            if (error.status !== 422 && error.status !== 409) {
              fail(error);
              return close();
            }
            refused.set(error);
            field.select();
          }
        },
      },
      h("input", {
        type: "text",
        name: "name",
        value,
        autocomplete: "off",
        required: true,
        "aria-label": title,
        "aria-invalid": () => String(refused() !== null),
        "aria-describedby": "refused-name",
        maxlength: 80,
      }),
      h("button", { class: "button primary", type: "submit" }, () => t("Done", "확인")),
      h("p", { id: "refused-name", class: "error", role: "alert" }, () => refused() && [refused().words, " ", refused().hint]),
    ),
  );
}
