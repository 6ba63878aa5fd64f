/* What the page remembers between visits: language, theme, the pen. Nothing else, and never the work. */

const PREFIX = "hakseup.";

export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is switched off: the page works without it
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    /* as above */
  }
}
