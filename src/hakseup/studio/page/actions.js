/* What was done to the data, so that it can be taken back: newest first, with Ctrl+Z or from the message. */

import { post } from "./api.js";
import { attempt, tell } from "./parts.js";
import { t } from "./words.js";

const done = [];

/** Remember how to take something back.

    Args: words: what was done, a function; work: takes it back; quiet: no message (the page shows it anyway). */
export function did(words, work, { quiet = false } = {}) {
  const entry = { words, work };
  done.push(entry);
  if (!quiet) tell(words, { action: { words: () => t("Undo", "되돌리기"), work: () => back(entry) } });
}

/** As `did`, with the server's token. `then` runs afterwards. */
export function undoable(words, token, then) {
  did(words, async () => {
    await post(["undo"], { undo: token });
    await then();
  });
}

/** Take the newest back. Returns whether there was any. */
export function undoLast() {
  const entry = done.at(-1);
  if (entry) attempt(() => back(entry));
  return Boolean(entry);
}

async function back(entry) {
  const at = done.indexOf(entry);
  if (at < 0) return;
  done.splice(at, 1);
  try {
    await entry.work();
  } catch (error) {
    if (error.code === "unreachable") done.splice(at, 0, entry); // it still holds when the server answers again
    throw error;
  }
}
