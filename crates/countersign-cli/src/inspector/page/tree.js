// JSON as a tree. Its own reader keeps what `JSON.parse` loses: the spelling of numbers, the order of keys, and repeated keys.

import { el } from "./dom.js";

const TOKEN = /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;
const DEEPEST = 200;
const STEP = 200;

/** Reads a JSON text. `undefined` if it is something else, or too deep. */
export function parse(text) {
  TOKEN.lastIndex = 0;
  const next = () => {
    const found = TOKEN.exec(text);
    if (!found) throw new Error("no JSON");
    return found;
  };
  const value = (token, depth) => {
    const [, mark, string, word] = token;
    if (string !== undefined || word !== undefined) return { text: string ?? word };
    if ((mark !== "{" && mark !== "[") || depth > DEEPEST) throw new Error("no JSON");
    const [end, members] = [mark === "{" ? "}" : "]", []];
    for (let token = next(); token[1] !== end; token = next()) {
      if (members.length > 0) {
        if (token[1] !== ",") throw new Error("no JSON");
        token = next();
      }
      let key;
      if (mark === "{") {
        key = token[2];
        if (key === undefined || next()[1] !== ":") throw new Error("no JSON");
        token = next();
      }
      members.push({ key, value: value(token, depth + 1) });
    }
    return { mark, end, members };
  };
  try {
    const tree = value(next(), 0);
    return /^[ \t\r\n]*$/.test(text.slice(TOKEN.lastIndex)) ? tree : undefined;
  } catch {
    return undefined;
  }
}

const kind = (text) => (text.startsWith('"') ? "string" : /^[tfn]/.test(text) ? "word" : "number");

/** The lines of a node. The members of an object are made when it is opened for the first time. */
export function tree(node, key, levels = 2) {
  const label = key === undefined ? [] : [el("span", { class: "key" }, key), ": "];
  if (node.text !== undefined) return el("div", { class: "leaf" }, label, el("span", { class: kind(node.text) }, node.text));
  const { length } = node.members;
  if (length === 0) return el("div", { class: "leaf" }, label, `${node.mark}${node.end}`);
  const unit = node.mark === "{" ? "key" : "item";
  const summary = el("summary", {}, label, node.mark, el("span", { class: "more" }, ` ${length} ${unit}${length === 1 ? "" : "s"} `), node.end);
  const details = el("details", {}, summary);
  const fill = () => {
    if (details.open && details.children.length === 1) more(details, node, 0, levels - 1);
  };
  details.addEventListener("toggle", fill);
  details.open = levels > 0;
  fill();
  return details;
}

function more(details, node, from, levels) {
  const part = node.members.slice(from, from + STEP);
  details.append(...part.map((member, place) => tree(member.value, member.key ?? String(from + place), levels)));
  const left = node.members.length - from - STEP;
  if (left <= 0) return;
  const rest = el("button", { type: "button", class: "fold" }, `${left} more`);
  rest.addEventListener("click", () => {
    rest.remove();
    more(details, node, from + STEP, levels);
    details.firstChild.focus({ preventScroll: true });
  });
  details.append(rest);
}
