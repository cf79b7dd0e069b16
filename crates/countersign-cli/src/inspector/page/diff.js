// Two texts side by side: the bytes that were signed, and the bytes that came.

import { box, bytesOf, card, count, el, hint } from "./dom.js";
import { show, textInSteps, words } from "./bytes.js";

const SAME = 0, SIGNED = 1;
/** Bytes of an equal part that are shown at each of its ends. */
const CONTEXT = 160;
/** Differences that are told in words. */
const TOLD = 6;

export function diffCard(diff) {
  const [signed, came] = [bytesOf(diff.signed), bytesOf(diff.came)];
  const left = box("Signed bytes");
  const right = box("Bytes that came");
  const hunks = [], { skipped } = diff;
  if (skipped > 0) for (const pane of [left, right]) pane.append(el("span", { class: "blank" }, count(skipped, "equal byte"), "\n"));
  let [atSigned, atCame, joined] = [0, 0, false];
  for (const [number, [kind, length]] of diff.parts.entries()) {
    if (kind === SAME) {
      const ends = [number + skipped > 0, number < diff.parts.length - 1];
      equal(left, signed.subarray(atSigned, atSigned + length), ends);
      equal(right, came.subarray(atCame, atCame + length), ends);
      atSigned += length;
      atCame += length;
      joined = false;
      continue;
    }
    const [bytes, pane, tag] = kind === SIGNED
      ? [signed.subarray(atSigned, atSigned + length), left, "del"]
      : [came.subarray(atCame, atCame + length), right, "ins"];
    pane.append(textInSteps(el(tag, {}), bytes, true));
    if (!joined) hunks.push({ at: skipped + atCame });
    hunks.at(-1)[tag] = bytes;
    joined = true;
    if (kind === SIGNED) atSigned += length;
    else atCame += length;
  }
  for (const pane of [left, right]) if (!pane.hasChildNodes()) pane.append(el("span", { class: "blank" }, "no bytes"));
  return card("Signed and received bytes",
    told(hunks),
    el("div", { class: "panes" },
      el("div", {}, el("h4", { class: "signed" }, "Signed ", el("span", {}, count(diff.signed_bytes, "byte"))), left),
      el("div", {}, el("h4", { class: "came" }, "Came ", el("span", {}, count(diff.came_bytes, "byte"))), right)),
    diff.cut && hint("The end of the bytes is not shown. Save the request to see it."));
}

/** The start and the end of an equal part. The whole part opens on a click. */
function equal(pane, bytes, [hasBefore, hasAfter]) {
  const [start, end] = [hasBefore ? CONTEXT : 0, hasAfter ? CONTEXT : 0];
  if (bytes.length <= start + end + 80) {
    show(pane, bytes);
    return;
  }
  const inner = bytes.subarray(start, bytes.length - end);
  const fold = el("button", { type: "button", class: "fold" }, count(inner.length, "equal byte"));
  fold.addEventListener("click", () => {
    fold.replaceWith(textInSteps(el("span", {}), inner));
    pane.focus({ preventScroll: true });
  });
  show(pane, bytes.subarray(0, start));
  pane.append(fold);
  show(pane, bytes.subarray(bytes.length - end));
}

/** The differences in words. Equal ones are one line. */
function told(hunks) {
  const kinds = new Map();
  for (const { at, del, ins } of hunks) {
    const [signed, came] = [del && words(del), ins && words(ins)];
    const kind = JSON.stringify([signed, came]);
    if (kinds.has(kind)) kinds.get(kind).times += 1;
    else kinds.set(kind, { at, signed, came, times: 1 });
  }
  const more = kinds.size - TOLD;
  return el("ul", { class: "told" }, [...kinds.values()].slice(0, TOLD).map(tell), more > 0 && el("li", {}, `and ${count(more, "other difference")}`));
}

function tell({ at, signed, came, times }) {
  const quoted = (text) => el(text.startsWith("“") ? "code" : "b", {}, text);
  const what = signed && came ? [quoted(signed), " was signed, and ", quoted(came), " came"]
    : came ? [quoted(came), " came that was not signed"] : [quoted(signed), " was signed that did not come"];
  const place = times > 1 ? `, ${times.toLocaleString("en")} times from byte ${at.toLocaleString("en")} on` : `, at byte ${at.toLocaleString("en")}`;
  return el("li", {}, what, el("span", { class: "place" }, place));
}
