// Files as they are dropped, pasted or chosen; folders with all that is in them.

const KINDS = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|svg|hei[cf])$/i;

/** The service decides by content; this only spares a folder's other files the way. */
const looksLikeImage = (file) => file.type.startsWith("image/") || KINDS.test(file.name);

const isHidden = (file) => /^\.|^(thumbs\.db|desktop\.ini)$/i.test(file.name);

const asPromise = (entry, method) => new Promise((resolve, reject) => entry[method](resolve, reject));

/** All files of a dropped folder. A browser hands out its entries a hundred at a time. */
async function within(entry) {
  if (entry.isFile) return [{ file: await asPromise(entry, "file"), place: entry.fullPath.slice(1) }];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await asPromise(reader, "readEntries");
    if (!some.length) return found;
    for (const each of some) found.push(...(await within(each)));
  }
}

/** Of a folder's files, those that may be images; the names of the others. */
function sifted(found) {
  const seen = found.filter(({ file }) => !isHidden(file));
  return {
    files: seen.filter(({ file }) => looksLikeImage(file)),
    leftOut: seen.filter(({ file }) => !looksLikeImage(file)).map(({ file }) => file.name),
  };
}

const alone = (files) => [...files].map((file) => ({ file, place: file.name }));

/**
 * What was dropped: `{files: [{file, place}], leftOut: [name]}`. A file that was dropped by itself
 * is taken whatever it is called.
 */
export async function dropped(transfer) {
  // Only during the event itself can the entries be had.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folders = entries.filter((entry) => entry.isDirectory);
  if (!folders.length) return { files: alone(transfer.files), leftOut: [] };
  const inside = sifted((await Promise.all(folders.map(within))).flat());
  const beside = await Promise.all(entries.filter((entry) => entry.isFile).map(within));
  return { files: [...beside.flat(), ...inside.files], leftOut: inside.leftOut };
}

/** What an `<input type="file">` has; a folder's files know their place in it. */
export function chosen(input) {
  if (!input.webkitdirectory) return { files: alone(input.files), leftOut: [] };
  return sifted([...input.files].map((file) => ({ file, place: file.webkitRelativePath || file.name })));
}

/** The files on the clipboard. A screenshot has no name of its own, so the time must do. */
export function pasted(transfer) {
  const files = [...transfer.files].map((file) => {
    if (!/^image\.\w+$/.test(file.name)) return file;
    const time = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
    return new File([file], `Pasted ${time}.${file.name.split(".").pop()}`, file);
  });
  return { files: alone(files), leftOut: [] };
}
