// Bytes as text that hides nothing: white space, line ends, control characters, and bytes that are no UTF-8.

import { button, count, el } from "./dom.js";

const STEP = 16 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NAMES = new Map([
  [0x00, "NUL"], [0x07, "BEL"], [0x08, "BS"], [0x1b, "ESC"], [0x7f, "DEL"], [0xa0, "no-break space"], [0xad, "soft hyphen"],
  [0x200b, "zero-width space"], [0x200c, "ZWNJ"], [0x200d, "ZWJ"], [0x2028, "line separator"], [0x2029, "paragraph separator"],
  [0xfeff, "byte order mark"], [0xfffd, "U+FFFD"],
]);
const WORDS = new Map([[9, "tab"], [10, "line feed"], [13, "carriage return"], [32, "space"], ...NAMES]);

/** The characters of the bytes, each with its code point, or with `-1` for a byte that is no UTF-8. */
function* characters(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at];
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    let character;
    try {
      if (length > 0) character = length === 1 ? String.fromCharCode(first) : decoder.decode(bytes.subarray(at, at + length));
    } catch {
      character = undefined;
    }
    yield character === undefined ? [`\\x${first.toString(16).padStart(2, "0")}`, -1] : [character, character.codePointAt(0)];
    at += character === undefined ? 1 : length;
  }
}

/** Characters that a reader cannot see, or that change what he sees: controls, formats, private ones. */
const hidden = (code) => NAMES.has(code) || /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(String.fromCodePoint(code));
const codeName = (code) => NAMES.get(code) ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;

/** Appends the bytes to an element. With `all`, spaces are visible as well. */
export function show(parent, bytes, all = false) {
  let plain = "";
  const mark = (text, kind) => {
    if (plain !== "") parent.append(plain);
    plain = "";
    parent.append(el("span", { class: kind }, text));
  };
  for (const [character, code] of characters(bytes)) {
    if (code === 10) { mark("↵", "blank"); plain = "\n"; }
    else if (code === 13) mark("␍", "blank");
    else if (code === 9) { mark("→", "blank"); plain = "\t"; }
    else if (code === 32 && all) mark("·", "blank");
    else if (code === -1) mark(character, "odd");
    else if ((code < 32 || code > 126) && hidden(code)) mark(codeName(code), "odd");
    else plain += character;
  }
  if (plain !== "") parent.append(plain);
  return parent;
}

/** The bytes in words, for a sentence: quoted text, or the names of what cannot be seen. */
export function words(bytes, most = 24) {
  const all = [...characters(bytes)].slice(0, most + 1);
  const names = all.map(([, code]) => WORDS.get(code));
  const more = all.length > most ? "…" : "";
  if (all.length > 0 && names.every((name) => name !== undefined && name === names[0])) {
    if (names.length === 1) return `one ${names[0]}`;
    return more ? `many ${names[0]}s` : `${names.length} ${names[0]}s`;
  }
  const text = all.slice(0, most).map(([character, code]) =>
    code === 10 ? "↵" : code === 13 ? "␍" : code === 9 ? "→" : code === -1 || (code !== 32 && hidden(code)) ? `⟨${code < 0 ? character : codeName(code)}⟩` : character);
  return `“${text.join("")}${more}”`;
}

/** Shows the start, and a button for more. Many lines are slow to lay out. */
export function inSteps(pane, bytes, show, from = 0) {
  const part = bytes.subarray(from, from + STEP);
  const to = from + (show(part, from) ?? part.length);
  if (to < bytes.length) {
    const more = button(count(bytes.length - to, "more byte"), () => {
      const home = more.closest("pre");
      more.remove();
      inSteps(pane, bytes, show, to);
      // The focus would be lost with the button.
      home.focus({ preventScroll: true });
    }, { class: "fold" });
    pane.append(more);
  }
  return pane;
}

/** The same for text. A character is not cut: none has more than three bytes behind its first. */
export const textInSteps = (pane, bytes, all) => inSteps(pane, bytes, (part, from) => {
  let length = part.length;
  for (let back = 0; back < 3 && (bytes[from + length] & 0xc0) === 0x80; back += 1) length -= 1;
  show(pane, part.subarray(0, length), all);
  return length;
});

/** Lines of 16 bytes: offset, digits, characters. `start` is the offset of the first byte. */
export function hex(bytes, start) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const left = digits.slice(0, 8).join(" ").padEnd(23);
    const right = digits.slice(8).join(" ").padEnd(23);
    const letters = Array.from(row, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "."));
    lines.push(`${(start + at).toString(16).padStart(6, "0")}  ${left}  ${right}  ${letters.join("")}`);
  }
  return `${lines.join("\n")}\n`;
}
