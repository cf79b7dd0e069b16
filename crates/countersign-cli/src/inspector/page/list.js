// The list of deliveries. Only the rows in sight are elements, so that ten thousand deliveries scroll as fast as ten.

import { $, answerClass, clock, count, duration, el, say, shorten, size } from "./dom.js";

const SPARE = 6;

const grid = $("grid"), rows = $("rows");
/** All deliveries by their number, oldest first. */
const deliveries = new Map();
/** The numbers that the filter lets through, newest first. */
let shown = [];
/** The newest number that is shown while the list is paused. */
let pausedAt;
let newest = 0, dropped = 0, selected, isOpen = false, open = () => {};
/** `found` has the deliveries with the text in their bodies. */
const filter = { verdict: "", type: "", text: "", found: new Set() };

export const get = (number) => deliveries.get(number);
export const isEmpty = () => deliveries.size === 0;
export const newestNumber = () => newest;
export const onOpen = (call) => { open = call; };
/** The view shows something else. The place in the list stays, for the keys. */
export const leave = () => { isOpen = false; draw(); };

export function take(update) {
  for (const delivery of update.deliveries) {
    if (!deliveries.has(delivery.number)) newest = Math.max(newest, delivery.number);
    deliveries.set(delivery.number, delivery);
  }
  for (const number of deliveries.keys()) {
    if (number >= update.oldest) break;
    deliveries.delete(number);
    filter.found.delete(number);
  }
  dropped = update.dropped;
  refreshSoon();
}

const passes = ({ number, valid, event_type: type, event_id: id, path, reason, method }) =>
  (filter.verdict === "" || valid === (filter.verdict === "valid")) &&
  (filter.type === "" || type === filter.type) &&
  (filter.text === "" || filter.found.has(number) || [path, id, type, reason, method].some((text) => text?.toLowerCase().includes(filter.text)));

/** Filters again, and keeps the rows in sight where they are. */
function refresh() {
  const first = shown[Math.floor(grid.scrollTop / rowHeight())];
  const offset = grid.scrollTop % rowHeight();
  shown = [];
  let [valid, waiting] = [0, 0];
  for (const [number, delivery] of deliveries) {
    if (pausedAt !== undefined && number > pausedAt) { waiting += 1; continue; }
    valid += delivery.valid;
    if (passes(delivery)) shown.push(number);
  }
  shown.reverse();
  const all = deliveries.size - waiting;
  for (const [id, number] of [["all", all], ["valid", valid], ["refused", all - valid]])
    $(`count-${id}`).textContent = number.toLocaleString("en");
  $("pause").textContent = pausedAt === undefined ? "Pause" : waiting > 0 ? `Resume (${waiting} new)` : "Resume";
  grid.setAttribute("aria-rowcount", shown.length + 1);
  rows.style.height = `${shown.length * rowHeight()}px`;
  if (grid.scrollTop > 0 && first !== undefined) {
    const place = placeOf(first);
    if (place >= 0) grid.scrollTop = place * rowHeight() + offset;
  }
  note();
  offerTypes();
  draw();
}

let offered = "";
/** Offers the event types that came, and keeps the one that is chosen. */
function offerTypes() {
  const types = [...new Set(Array.from(deliveries.values(), (delivery) => delivery.event_type).filter(Boolean))].sort().slice(0, 200);
  if (types.join("\n") === offered) return;
  offered = types.join("\n");
  if (filter.type && !types.includes(filter.type)) types.push(filter.type);
  $("type").replaceChildren(new Option("All types", ""), ...types.map((type) => new Option(type, type)));
  $("type").value = filter.type;
}

/** The place of a number in a list that falls. */
function placeOf(number) {
  let [low, high] = [0, shown.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shown[middle] > number) low = middle + 1;
    else high = middle;
  }
  return shown[low] === number ? low : -1;
}

function note() {
  $("note").textContent = `${count(dropped, "older delivery was", "older deliveries were")} dropped, because the list keeps at most 10,000 deliveries and 128 MiB.`;
  $("note").hidden = dropped === 0;
  $("empty").hidden = deliveries.size > 0;
  $("none").hidden = deliveries.size === 0 || shown.length > 0 || pausedAt === 0;
  grid.hidden = shown.length === 0;
  $("skip").hash = grid.hidden ? "list" : "grid";
}

/** The height in which rows are in sight. The heads of the columns stay above it. */
const room = () => grid.clientHeight - $("head").offsetHeight;

let height = 0;
function rowHeight() {
  height ||= parseFloat(getComputedStyle(grid).getPropertyValue("--row"));
  return height;
}

function draw() {
  const first = Math.max(0, Math.floor(grid.scrollTop / rowHeight()) - SPARE);
  const last = Math.ceil((grid.scrollTop + room()) / rowHeight()) + SPARE;
  // A row may have been dropped since the last refresh.
  const inSight = shown.slice(first, last).filter(get);
  rows.replaceChildren(...inSight.map((number, place) => row(get(number), first + place)));
  const active = inSight.includes(selected);
  if (active) grid.setAttribute("aria-activedescendant", `row-${selected}`);
  else grid.removeAttribute("aria-activedescendant");
}

/** Many updates in one frame are one piece of work. */
function once(work) {
  let due;
  return () => {
    due ??= requestAnimationFrame(() => {
      due = undefined;
      work();
    });
  };
}
const [drawSoon, refreshSoon] = [once(draw), once(refresh)];

/** The fact, and the explanation behind it, which is left out if there is no room. */
const PARTS = /^(.+?)((?:, (?:as|non-)|(?<=.{44}), and|: ).*)?$/s;

function row(delivery, place) {
  const { number, valid, attempt, provider, event_id: id } = delivery;
  const [, fact, tail] = PARTS.exec(delivery.reason);
  const cell = (name, title, ...children) => el("span", { role: "gridcell", class: name, title }, children);
  const element = el("div", {
    id: `row-${number}`, class: `row ${valid ? "valid" : "refused"}${number === selected ? " active" : ""}`, role: "row",
    "aria-rowindex": place + 2, "aria-selected": String(isOpen && number === selected),
    onclick: () => select(number, true),
  },
  cell("time", null, el("b", {}, clock(delivery.time)), el("i", {}, `#${number}`)),
  cell("verdict", null, el("b", {}, valid ? "Valid" : "Refused")),
  cell("event", delivery.event_type, el("b", {}, delivery.event_type ?? "no event type"), attempt > 1 && el("i", {}, `attempt ${attempt}`)),
  cell("path", delivery.path, el("b", {}, `${delivery.method} ${delivery.path}`)),
  cell("answer", null, el("b", { class: answerClass(delivery, delivery) }, delivery.status ?? (delivery.failed ? "failed" : "…")),
    el("i", {}, delivery.milliseconds === null ? "" : duration(delivery.milliseconds))),
  cell("rest", delivery.reason, el("i", { class: "fact" }, fact), el("i", { class: "tail" }, tail), id && el("i", { title: id }, shorten(id)), el("i", {}, size(delivery.bytes)), el("i", {}, provider)));
  element.style.transform = `translateY(${place * rowHeight()}px)`;
  return element;
}

export function select(number, byClick = false) {
  selected = number;
  isOpen = true;
  const place = placeOf(number);
  if (place >= 0 && !byClick) {
    const top = place * rowHeight();
    if (top < grid.scrollTop) grid.scrollTop = top;
    const bottom = top + rowHeight() - room();
    if (bottom > grid.scrollTop) grid.scrollTop = bottom;
  }
  draw();
  open(number);
}

function move(event) {
  const page = Math.max(1, Math.floor(room() / rowHeight()) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.key === "Enter" && selected !== undefined) {
    $("detail").focus();
  } else if (event.key === "/") {
    $("text").focus();
  } else if (event.key === "p") {
    $("pause").click();
  } else if (event.key in steps && shown.length > 0) {
    const place = placeOf(selected);
    const next = place < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, place + steps[event.key]));
    select(shown[next]);
  } else {
    return;
  }
  event.preventDefault();
}

export function pause() {
  pausedAt = pausedAt === undefined ? newest : undefined;
  $("pause").classList.toggle("on", pausedAt !== undefined);
  say(pausedAt === undefined ? "The list is live." : "The list is paused.");
  refresh();
}

export function change(wanted, tells = true) {
  Object.assign(filter, wanted);
  refresh();
  if (tells) say(count(shown.length, "delivery", "deliveries"));
}

grid.addEventListener("keydown", move);
grid.addEventListener("scroll", drawSoon, { passive: true });
new ResizeObserver(() => {
  height = 0;
  rows.style.height = `${shown.length * rowHeight()}px`;
  drawSoon();
}).observe(grid);
