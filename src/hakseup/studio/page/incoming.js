/* Pictures that come from outside: dropped files and folders, chosen ones, the clipboard.

   Everything ends as a list of `{file, folder}`; `folder` is the name of the folder the file lay in, which is its
   class where folders were dropped. */

const PICTURE = /\.(png|jpe?g|webp|bmp|tiff?|gif)$/i;
const TABLE = /\.(csv|tsv|parquet|xlsx)$/i;

export const isPicture = (file) => PICTURE.test(file.name) || /^image\/(png|jpeg|webp|bmp|tiff|gif)$/.test(file.type);
export const isTable = (file) => TABLE.test(file.name);

/** What was dropped, folders opened. Must be called inside the event: the browser forgets the list afterwards.
    `progress`, a signal, holds how many files were found while there are folders to be opened. */
export async function dropped(transfer, progress = null) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, folder: null }));
  const out = [];
  try {
    for (const entry of entries) await gather(entry, null, [], out, () => progress?.set({ found: out.length }));
  } finally {
    progress?.set(null);
  }
  return out;
}

async function gather(entry, folder, above, out, tell) {
  if (entry.name.startsWith(".")) return; // hidden folders are no classes
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    out.push({ file, folder, top: above[0] ?? null, above });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) break;
    await Promise.all(some.map((inner) => gather(inner, entry.name, [...above, entry.name], out, tell)));
    tell();
  }
}

/** Files of an `<input type="file">`, with `webkitdirectory` or without. */
function chosen(input) {
  return [...input.files]
    .map((file) => {
      const above = (file.webkitRelativePath || "").split("/").slice(0, -1);
      return { file, folder: above.at(-1) ?? null, top: above[0] ?? null, above };
    })
    .filter(({ file }) => !file.name.startsWith("."));
}

/** Pictures in the clipboard. */
export function pasted(event) {
  return [...(event.clipboardData?.files ?? [])].filter(isPicture);
}

/** Open the system's window for files. Resolves to the list, empty when nothing was chosen. */
export function choose({ folder = false, accept = "image/*" } = {}) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true, accept: folder ? "" : accept, webkitdirectory: folder });
  return new Promise((done) => {
    input.addEventListener("change", () => done(chosen(input)));
    input.addEventListener("cancel", () => done([]));
    input.click();
  });
}

/** By class: the folder's name, or the class given where files came without one. A file manager hands folders and
    files over in no order: here they stand as it shows them, 2 before 10. */
export function byClass(list, otherwise) {
  const groups = new Map();
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  const named = list.map(({ file, folder }) => ({ file, name: folder ?? otherwise }));
  named.sort((a, b) => compare(a.name, b.name) || compare(a.file.name, b.file.name));
  for (const { file, name } of named) {
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(file);
  }
  return groups;
}

/** Lists of files small enough for one request each. */
export function portions(files, { files: most = 100, request_bytes: bytes = 32e6 } = {}) {
  const out = [];
  let [now, size] = [[], 0];
  for (const file of files) {
    if (now.length && (now.length >= Math.min(most, 50) || size + file.size > 0.8 * bytes)) {
      out.push(now);
      [now, size] = [[], 0];
    }
    now.push(file);
    size += file.size;
  }
  if (now.length) out.push(now);
  return out;
}
