/* Pictures on their way to the server: class by class, in portions, and what is said about those it does not take. */

import { number, said, t } from "./words.js";
import { upload } from "./api.js";
import { portions } from "./incoming.js";
import { tell } from "./parts.js";

/** Send pictures. What cannot be used is said in the end, and the rest goes on; where the server itself fails, it ends.

    Args: name: the data set; groups: class -> files; added: gets the pictures of each portion; progress: a signal
    that holds `{at, of}` meanwhile. */
export async function sendPictures(name, groups, { added = () => {}, progress }) {
  const of = [...groups.values()].reduce((sum, files) => sum + files.length, 0);
  const refused = [];
  let at = 0;
  try {
    for (const [group, files] of groups) {
      for (const portion of portions(files)) {
        progress.set({ at, of });
        const answer = await upload(["data", name, "classes", group, "pictures"], "files", portion).catch((error) => {
          if (error.status !== 422) throw error;
          tell(() => error.words, { kind: "error", seconds: 15 }); // none of this portion could be used
          return { added: [], refused: [] };
        });
        added(answer.added);
        refused.push(...answer.refused);
        at += portion.length;
      }
    }
  } finally {
    progress.set(null);
    if (refused.length) sayRefused(refused);
  }
}

/** How many are on their way, for as long as it takes. */
export const sent = (progress) =>
  progress()?.found
    ? t("Opening the folder: {n} files", "폴더를 여는 중: 파일 {n}개", { n: number(progress().found) })
    : progress() && t("{a} of {b} files", "파일 {b}개 중 {a}개", { a: number(progress().at), b: number(progress().of) });

/** Files that could not be taken, the first with its reason. */
function sayRefused(refused) {
  const [first] = refused;
  tell(
    () => {
      const values = { n: number(refused.length), name: first.name, why: said(first) };
      if (refused.length === 1) return t("{name} was not taken: {why}", "{name}: 넣지 못했어요. {why}", values);
      return t("{n} files were not taken. {name}: {why}", "파일 {n}개는 넣지 못했어요. {name}: {why}", values);
    },
    { kind: "error", seconds: 15 },
  );
}
