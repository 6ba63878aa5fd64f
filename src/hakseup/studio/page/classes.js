/* The classes of a set: a new one, another name, put aside. Every change can be taken back. */

import { h, signal } from "./reactive.js";
import { josa, t } from "./words.js";
import { patch, post, remove } from "./api.js";
import { data, keepSet, loadSets } from "./state.js";
import { ask, fail } from "./parts.js";
import { undoable } from "./actions.js";

export function addClass(set, at) {
  nameDialog(
    () => t("What is the new class called?", "새 클래스의 이름은 무엇인가요?"),
    "",
    async (name) => {
      keepSet(await post(["data", set.peek().name, "classes"], { name }));
      at.set((data.peek()?.classes.length ?? 1) - 1);
    },
  );
}

export function renameClass(set, name) {
  nameDialog(
    () => t("Another name for “{name}”", "‘{name}’의 새 이름", { name }),
    name,
    async (next) => {
      const answer = await patch(["data", set.name, "classes", name], { name: next });
      keepSet(answer.data);
      undoable(() => t("Renamed.", "이름을 바꾸었어요."), answer.undo, loadSets);
    },
  );
}

export async function removeClass(set, name) {
  const { undo } = await remove(["data", set.name, "classes", name]);
  await loadSets();
  undoable(
    () => t("“{name}” was put aside.", "{object} 치워 두었어요.", { name, object: josa(`‘${name}’`, "을", "를") }),
    undo,
    loadSets,
  );
}

/** Ask for a name. What is refused is said here, and the name stays to be mended. */
function nameDialog(title, value, work) {
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
