// The API key that lets the page write: typed once, kept for the tab or, if asked, on this device.

const NAME = "calotype-key";
let inMemory = null; // where storage is forbidden: until the page is left

function from(storage) {
  try {
    return globalThis[storage].getItem(NAME);
  } catch {
    return null;
  }
}

function put(storage, key) {
  try {
    if (key === null) globalThis[storage].removeItem(NAME);
    else globalThis[storage].setItem(NAME, key);
  } catch {
    // storage is forbidden
  }
}

/** The key, or null. */
export function current() {
  return inMemory ?? from("sessionStorage") ?? from("localStorage");
}

export function isRemembered() {
  return from("localStorage") !== null;
}

/** Keeps the key until the tab is closed; on this device for longer only if `remember`. */
export function keep(key, remember) {
  forget();
  inMemory = key;
  put("sessionStorage", key);
  if (remember) put("localStorage", key);
}

export function forget() {
  inMemory = null;
  put("sessionStorage", null);
  put("localStorage", null);
}
