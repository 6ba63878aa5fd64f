/* The classes of a set: a new one, another name, put aside. Every change can be taken back. */

import { josa, t } from "./words.js";
import { patch, post, remove } from "./api.js";
import { keepSet, loadSets } from "./state.js";
import { undoable } from "./actions.js";
import { nameDialog } from "./naming.js";

export function addClass(set, at) {
  const before = new Set(set.peek().classes.map((one) => one.name));
  nameDialog(
    () => t("What is the new class called?", "새 클래스의 이름은 무엇인가요?"),
    "",
    async (name) => {
      const made = await post(["data", set.peek().name, "classes"], { name });
      keepSet(made);
      at.call(made.classes.find((one) => !before.has(one.name))?.name ?? name);
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
