/* Work that goes on elsewhere: what it said when it failed. */

import { fail } from "./parts.js";
import { Refusal } from "./api.js";

/** Say that a job, or asking for one, failed. */
export function sayJob(problem) {
  fail(problem instanceof Error ? problem : new Refusal(problem.error ?? { code: "failed", message: { en: "It failed.", ko: "실패했어요." }, hint: null }, 0));
}
