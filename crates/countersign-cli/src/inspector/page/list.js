// The list of deliveries. Only the rows in sight are elements, so that ten thousand deliveries scroll as fast as ten.

import { $, clock, count, duration, el, say, size } from "./dom.js";

/** Rows above and below the ones in sight. */
const SPARE = 6;

const grid = $("grid"), rows = $("rows");
/** All deliveries by their number, oldest first. */
const deliveries = new Map();
/** The numbers that the filter lets through, newest first. */
let shown = [];
/** The newest number that is shown while the list is paused. */
let pausedAt;
let newest = 0, dropped = 0, selected, open = () => {};
/** `found` has the deliveries with the text in their bodies. */
const filter = { verdict: "", type: "", text: "", found: new Set() };

export const get = (number) => deliveries.get(number);
export const isEmpty = () => deliveries.size === 0;
export const newestNumber = () => newest;
export const onOpen = (call) => { open = call; };
export const selectedNumber = () => selected;
export const onTypes = { change: () => {} };

/** Takes deliveries that are new or have changed. */
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
  refresh();
}

const passes = (delivery) =>
  (filter.verdict === "" || delivery.valid === (filter.verdict === "valid")) &&
  (filter.type === "" || delivery.event_type === filter.type) &&
  (filter.text === "" || filter.found.has(delivery.number) || [delivery.path, delivery.event_id, delivery.event_type, delivery.reason, delivery.method]
    .some((text) => text?.toLowerCase().includes(filter.text)));

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
  $("pause").textContent = pausedAt === undefined ? "Pause" : waiting > 0 ? `Resume (${waiting.toLocaleString("en")})` : "Resume";
  grid.setAttribute("aria-rowcount", shown.length + 1);
  rows.style.height = `${shown.length * rowHeight()}px`;
  if (grid.scrollTop > 0 && first !== undefined) {
    const place = placeOf(first);
    if (place >= 0) grid.scrollTop = place * rowHeight() + offset;
  }
  note();
  onTypes.change(deliveries);
  draw();
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
  const none = deliveries.size > 0 && shown.length === 0 && pausedAt !== 0;
  const text = none ? "No delivery passes the filter." : dropped > 0 ? `${count(dropped, "older delivery", "older deliveries")} dropped to bound the memory.` : "";
  $("note").textContent = text;
  $("note").hidden = text === "";
  $("empty").hidden = deliveries.size > 0;
  grid.hidden = deliveries.size === 0;
}

/** The height in which rows are in sight. The heads of the columns stay above it. */
const room = () => grid.clientHeight - $("head").offsetHeight;

let height = 0;
function rowHeight() {
  height ||= parseFloat(getComputedStyle(grid).getPropertyValue("--row"));
  return height;
}

/** Makes the rows in sight. */
function draw() {
  const first = Math.max(0, Math.floor(grid.scrollTop / rowHeight()) - SPARE);
  const last = Math.ceil((grid.scrollTop + room()) / rowHeight()) + SPARE;
  rows.replaceChildren(...shown.slice(first, last).map((number, place) => row(deliveries.get(number), first + place)));
  const active = shown.slice(first, last).includes(selected);
  if (active) grid.setAttribute("aria-activedescendant", `row-${selected}`);
  else grid.removeAttribute("aria-activedescendant");
}

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
}

function row(delivery, place) {
  const { number, valid, attempt, provider, event_id: id } = delivery;
  const cell = (name, first, second, title) =>
    el("span", { role: "gridcell", class: name, title }, el("b", {}, first), el("i", {}, second));
  const element = el("div", {
    id: `row-${number}`, class: `row ${valid ? "valid" : "refused"}`, role: "row",
    "aria-rowindex": place + 2, "aria-selected": String(number === selected),
    onclick: () => select(number, true),
  },
  cell("time", clock(delivery.time), attempt > 1 ? `#${number}, attempt ${attempt}` : `#${number}`),
  cell("verdict", valid ? "Valid" : "Refused", delivery.reason, delivery.reason),
  cell("event", delivery.event_type ?? "no event type", id ? `${provider} · ${id}` : provider, id),
  cell("path", `${delivery.method} ${delivery.path}`, size(delivery.bytes), delivery.path),
  cell(`answer ${statusClass(delivery)}`, delivery.status ?? (delivery.failed ? "failed" : "…"),
    delivery.milliseconds === null ? "" : duration(delivery.milliseconds)));
  element.style.transform = `translateY(${place * rowHeight()}px)`;
  return element;
}

export const statusClass = ({ status, failed }) =>
  failed ? "wrong" : status === null ? "" : status < 300 ? "right" : "wrong";

/** Selects a delivery and opens it. */
export function select(number, byClick = false) {
  selected = number;
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
  $("pause").setAttribute("aria-pressed", String(pausedAt !== undefined));
  say(pausedAt === undefined ? "The list is live." : "The list is paused.");
  refresh();
}

export function setFound(found) {
  filter.found = found;
  refresh();
}

export function change(name, value) {
  filter[name] = value;
  if (name === "text") filter.found = new Set();
  refresh();
  say(count(shown.length, "delivery", "deliveries"));
}

grid.addEventListener("keydown", move);
grid.addEventListener("scroll", drawSoon, { passive: true });
new ResizeObserver(() => {
  height = 0;
  rows.style.height = `${shown.length * rowHeight()}px`;
  drawSoon();
}).observe(grid);
