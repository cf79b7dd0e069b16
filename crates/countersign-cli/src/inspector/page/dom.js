// Elements and words. A payload only ever becomes a text node or the value of a harmless attribute, so it is never markup.

export const $ = (id) => document.getElementById(id);

export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

export const button = (text, onclick, more) => el("button", { type: "button", onclick, ...more }, text);

export const box = (label) => el("pre", { class: "bytes", tabindex: "0", role: "group", "aria-label": label });

export const hint = (...children) => el("p", { class: "hint" }, children);

export const card = (title, ...children) =>
  el("section", { class: "card", "aria-label": title }, el("h3", {}, title), children);

/** Tells a screen reader. */
export function say(text) {
  $("said").textContent = text;
}

const two = (number) => String(number).padStart(2, "0");

export function clock(milliseconds) {
  const time = new Date(milliseconds);
  const seconds = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${seconds}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < 0.1) return "< 0.1 ms";
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)} ms`;
}

/** A long id without its middle: its start names its kind, and its end tells it from others. */
export const shorten = (id) => (id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-6)}` : id);

/** Whether an answer fits the verdict. A valid delivery must be accepted, and any other refused. */
export const answerClass = ({ valid }, { status, failed }) => {
  if (status === null) return failed ? "wrong" : "";
  if (Math.floor(status / 100) !== (valid ? 2 : 4)) return "wrong";
  return valid ? "right" : "";
};

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The listener does not answer.");
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Error(body.error ?? `The listener answered ${answer.status}.`);
}

export const get = async (path) => (await ask(path)).json();
export const text = async (path) => (await ask(path)).text();
export const post = async (path, body = {}) =>
  (await ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
