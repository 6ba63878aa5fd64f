/* What the curves of a training say, in sentences. */

import { number, percent, t } from "./words.js";

/** States of a run that no longer learns. */
export const ENDED = new Set(["done", "stopped", "interrupted", "failed", "diverged", "damaged"]);

/** The finding above the curve of the loss. Args: best: the epoch that was chosen, or null. */
export function lossTitle(rows, best, state) {
  if (rows.length < 2) return t("Loss: how far from the truth", "오차: 정답에서 얼마나 먼가");
  const seen = rows.filter((row) => row.val_loss !== null && row.val_loss !== undefined);
  if (!seen.length) return t("The loss falls", "오차가 줄고 있어요");
  const lowest = seen.reduce((a, b) => (b.val_loss < a.val_loss ? b : a));
  const since = rows.at(-1).epoch - lowest.epoch;
  if (ENDED.has(state) && best && best !== lowest.epoch)
    return t("Validation loss was lowest at epoch {n}; epoch {k} was kept", "검증 오차는 에포크 {n}에서 가장 작았고, 남긴 것은 에포크 {k}예요", {
      n: lowest.epoch,
      k: best,
    });
  if (since === 1)
    return t("Validation loss was lowest at epoch {n}", "검증 오차는 에포크 {n}에서 가장 작았어요", { n: lowest.epoch });
  if (since > 1)
    return t("Validation loss has not fallen since epoch {n}", "검증 오차는 에포크 {n}부터 줄지 않아요", {
      n: lowest.epoch,
    });
  return ENDED.has(state)
    ? t("Validation loss fell to the end", "검증 오차가 끝까지 줄었어요")
    : t("Validation loss is still falling", "검증 오차가 아직 줄고 있어요");
}

/** The finding above the curve of the share right. Args: n: of how many, where that is known. */
export function shareTitle(rows, best, n) {
  const row = rows.find((one) => one.epoch === best) ?? rows.at(-1);
  if (!row || row.val_accuracy === null || row.val_accuracy === undefined) return t("Share right", "맞힌 비율");
  return t("Validation: {p} right at epoch {n}", "에포크 {n}에서 검증 데이터의 {p}를 맞혔어요", {
    p: percent(row.val_accuracy, n ?? undefined),
    n: row.epoch,
  });
}

/** Why this epoch's weights were kept, which need not be those with the lowest loss.

    Args: settings: of the recipe, `{"stopping.monitor": …}`, or undefined. */
export function kept(rows, best, state, settings) {
  const monitor = settings?.["stopping.monitor"];
  const seen = rows.filter((row) => row.val_loss !== null && row.val_loss !== undefined);
  if (state !== "done" || !monitor || seen.every((row) => row.val_loss >= rows[best - 1]?.val_loss)) return "";
  if (!settings["stopping.restore_best"])
    return t("Epoch {n} was kept: the last one, as this recipe always does.", "에포크 {n}의 가중치를 남겼어요. 이 레시피는 늘 마지막 에포크를 남겨요.", {
      n: best,
    });
  const measure = { val_loss: ["validation loss", "검증 오차"], val_accuracy: ["validation share right", "검증에서 맞힌 비율"] };
  return t("Epoch {n} was kept: its {m} was the best of {k} epochs.", "에포크 {n}의 가중치를 남겼어요. {k}에포크 가운데 {m} 값이 가장 좋았어요.", {
    n: best,
    k: number(rows.length),
    m: measure[monitor] ? t(...measure[monitor]) : monitor,
  });
}
