/* Korean and English: every sentence is a pair, written where it is said. Reading `language` inside an effect
   makes the effect follow it, so the whole page changes at once. Numbers and times are written here too. */

import { signal } from "./reactive.js";
import { recall, remember } from "./memory.js";

const first = recall("language") ?? ((navigator.language ?? "").toLowerCase().startsWith("ko") ? "ko" : "en");
export const language = signal(first);

export function speak(chosen) {
  remember("language", chosen);
  language.set(chosen);
}

/** The sentence in the language spoken now; `{name}` in it is filled from `values`. */
export function t(en, ko, values) {
  const sentence = language() === "ko" ? ko : en;
  const full = values ? sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : sentence;
  return full.replace(/’(?=[가-힣(])/g, "’\u2060"); // a line must not begin with the particle of what was quoted
}

/** What the server says: a pair `{en, ko}`, or text that is the same in both. */
export function said(words) {
  if (words === null || words === undefined) return "";
  return typeof words === "object" ? (words[language()] ?? words.en ?? "") : String(words);
}

/** `message` or `hint` of an error, in both languages where it has both. */
export function errorPart(error, part) {
  const pair = error?.en && error?.ko ? { en: error.en[part], ko: error.ko[part] } : error?.[part];
  return said(pair) || null;
}

/** One or many, for English: `many(3, "picture", "pictures")` is "3 pictures". */
export function many(n, one, more) {
  return `${number(n)} ${n === 1 ? one : more}`;
}

/** The word with the right Korean particle behind it: josa("사과", "을", "를") is 사과를.

    A word that ends in none of Hangul, a digit and % gets both: x을(를). A unit in brackets is not read: 전력(MW)을. */
export function josa(word, closed, open) {
  const text = String(word);
  const bare = text.replace(/['"’”`]+$/, "").replace(/(?<=[가-힣0-9%])\s?\([^()가-힣]*[^()가-힣0-9%]\)$/, "");
  const last = bare.replace(/['"’”`)\]]+$/, "").slice(-1);
  if (last >= "가" && last <= "힣") {
    const final = (last.charCodeAt(0) - 0xac00) % 28;
    return text + (final && !(closed === "으로" && final === 8) ? closed : open);
  }
  if (/[0-9]/.test(last)) {
    const isClosed = "013678".includes(last) && !(closed === "으로" && "178".includes(last));
    return text + (isClosed ? closed : open);
  }
  if (last === "%") return text + open;
  if (closed.endsWith(open)) return `${text}(${closed.slice(0, -open.length)})${open}`; // (으)로, (이)라고
  return `${text}${closed}(${open})`;
}

/** 1,234 or 0.0123; three significant figures where `digits` does not say otherwise. */
export function number(value, digits) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (digits === undefined && Number.isInteger(value) && size < 1e15) return value.toLocaleString("en-US");
  if (digits !== undefined) {
    return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  if (size >= 1 && size < 1e12) {
    const decimals = Math.max(0, 3 - String(Math.trunc(size)).length);
    return value.toLocaleString("en-US", { maximumFractionDigits: decimals });
  }
  return String(Number(value.toPrecision(3)));
}

/** A mark of an axis: large numbers in short, 30B or 300억, and tiny ones, 3e−5. */
export function tick(value) {
  if (value && Math.abs(value) < 1e-3) return value.toExponential().replace("-", "−");
  if (Math.abs(value) < 1e5) return number(value);
  return value.toLocaleString(language() === "ko" ? "ko-KR" : "en-US", { notation: "compact" });
}

/** A share as "97.8%"; what is not quite 0 or 1 is never rounded to it. `n`: of how many. */
export function percent(share, n = 1000) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  let digits = n < 50 ? 0 : n < 5000 ? 1 : 2;
  for (; digits < 4; digits++) {
    const shown = (100 * share).toFixed(digits);
    if (share === 0 || share === 1 || (Number(shown) !== 0 && Number(shown) !== 100)) return `${shown}%`;
  }
  return share > 0.5 ? ">99.9%" : "<0.1%";
}

/** What the network claims of one picture: "97%", "99.4%", ">99.9%". */
export function probability(p) {
  if (p > 0.9995 || p < 0.0005) return p > 0.5 ? ">99.9%" : "<0.1%";
  return p >= 0.01 && p <= 0.99 ? `${(100 * p).toFixed(0)}%` : `${(100 * p).toFixed(1)}%`;
}

/** Seconds as "4.2 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 9.95) return t("{s} s", "{s}초", { s: seconds.toFixed(1) });
  if (seconds < 59.5) return t("{s} s", "{s}초", { s: Math.round(seconds) });
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return t("{m} min {s} s", "{m}분 {s}초", { m: minutes, s: Math.round(seconds) % 60 });
  return t("{h} h {m} min", "{h}시간 {m}분", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** The names of metrics, plain words first. */
export function metricName(name) {
  const known = METRICS[name.replace(/^val_/, "")];
  return known ? t(...known) : name;
}

const METRICS = {
  accuracy: ["share right", "맞힌 비율"],
  top5_accuracy: ["truth among the five likeliest", "가장 그럴듯한 다섯 안에 정답"],
  precision: ["precision", "정밀도"],
  recall: ["recall", "재현율"],
  f1: ["F1", "F1"],
  auc: ["AUC", "AUC"],
  loss: ["loss", "오차"],
  log_loss: ["log loss", "로그 오차"],
  brier: ["Brier score", "브라이어 점수"],
  mse: ["mean squared error", "평균 제곱 오차"],
  rmse: ["typical error (RMSE)", "보통의 오차(RMSE)"],
  mae: ["mean absolute error", "평균 절대 오차"],
  r2: ["share of the variation explained (R²)", "설명한 변동의 비율(R²)"],
  log_rmse: ["RMSE of the logarithm", "로그의 RMSE"],
};
