// One delivery: the verdict, its cause, the bytes, the headers, and what can be done with it.

import { $, answerClass, box, button, bytesOf, card, clock, count, duration, el, get, hint, post, say, size, text } from "./dom.js";
import { hex as hexLines, inSteps, textInSteps } from "./bytes.js";
import { diffCard } from "./diff.js";
import * as list from "./list.js";
import { parse, tree } from "./tree.js";

const PARTIES = {
  provider: "the provider", receiver: "the receiver", intermediary: "something between the provider and the receiver",
  unclear: "unclear: the provider, the receiver, or something in between",
};
const ANSWERERS = { listener: "this listener", forward: "forward target", replay: "replay" };

const view = $("detail");
let about, number, shownBody = "text";
/** The delivery in the view, and its parts that change. */
let drawn, changing = [];

export const shownNumber = () => number;

export function start(facts) {
  about = facts;
  nothing();
}

export function fail(error) {
  $("alert").textContent = error.message;
  $("alert").hidden = false;
}

export function nothing() {
  number = undefined;
  list.leave();
  document.body.classList.remove("reading");
  const key = (name, meaning) => [el("dt", {}, el("kbd", {}, name)), el("dd", {}, meaning)];
  view.setAttribute("aria-label", "Delivery");
  view.replaceChildren(el("div", { class: "nothing" },
    el("h2", {}, "No delivery is open"),
    el("p", {}, "Choose one in the list. With the focus there, these keys work:"),
    el("dl", { class: "keys" }, key("↑ ↓", "open the previous or the next one"), key("Enter", "read it"), key("Esc", "close it, and go back to the list"), key("/", "search"), key("p", "pause or resume the list"))));
}

/** The focus goes back to the place where the view was opened. */
export function close() {
  const { opener } = view;
  nothing();
  (opener ?? ($("grid").hidden ? $("text") : $("grid"))).focus();
}

export function replace(label, opener, ...children) {
  number = undefined;
  view.opener = opener;
  list.leave();
  document.body.classList.add("reading");
  view.setAttribute("aria-label", label);
  view.replaceChildren(...children);
  view.scrollTop = 0;
  view.focus({ preventScroll: true });
}

export const back = () => button("Back to the list", close, { class: "back" });

export function open(wanted) {
  number = wanted;
  view.opener = undefined;
  $("alert").hidden = true;
  document.body.classList.add("reading");
  view.scrollTop = 0;
  return reload();
}

export async function reload() {
  const wanted = number;
  try {
    const delivery = await get(`deliveries/${wanted}`);
    // Another one may have been chosen meanwhile.
    if (number !== wanted) return;
    const focused = view.contains(document.activeElement) && document.activeElement !== view && named(document.activeElement);
    view.setAttribute("aria-label", `Delivery ${wanted}`);
    // The other parts stay, with what is opened, chosen or scrolled in them.
    const fresh = [head(delivery), answers(delivery), attempts(delivery)];
    if (drawn === wanted && changing[0].isConnected) changing.forEach((part, place) => part.replaceWith(fresh[place]));
    else view.replaceChildren(...parts(delivery, fresh));
    [drawn, changing] = [wanted, fresh];
    if (focused && !view.contains(document.activeElement)) [...view.querySelectorAll("button, a, pre, summary")].find((element) => named(element) === focused)?.focus({ preventScroll: true });
  } catch (error) {
    if (number === wanted) fail(error);
  }
}

/** The same control has the same name after the next reading. */
const named = (element) => element.getAttribute("aria-label") ?? element.textContent;

function parts(delivery, [head, answers, attempts]) {
  return [
    head,
    (delivery.causes.length > 0 || delivery.suspicions.length > 0 || delivery.diagnosis_note) && diagnosis(delivery),
    delivery.diff && diffCard(delivery.diff),
    answers,
    attempts,
    headers(delivery),
    body(delivery),
    delivery.signed_text && signedText(delivery),
  ].filter(Boolean);
}

function head(delivery) {
  const facts = [clock(delivery.time), `${delivery.method} ${delivery.path}`, delivery.version, size(delivery.bytes), delivery.provider,
    delivery.event_type && (delivery.valid ? delivery.event_type : `${delivery.event_type}, not verified`), delivery.event_id];
  const again = delivery.answers.findLast(({ kind }) => kind === "replay");
  const replay = button("Replay", act(async () => {
    await post(`deliveries/${delivery.number}/replay`);
    await reload();
    return view.querySelector(".result")?.textContent;
  }), { class: "main", disabled: !about.forward });
  const curl = button("Copy as curl", act(async () => navigator.clipboard.writeText(await text(`deliveries/${delivery.number}/curl`)), "Copied."));
  return el("header", { class: `head ${delivery.valid ? "valid" : "refused"}` },
    back(),
    el("h2", {}, el("span", { class: "mark" }, delivery.valid ? "Valid" : "Refused"), el("span", { class: "more" }, ` delivery ${delivery.number}`)),
    el("p", { class: "sentence" }, delivery.sentence),
    el("ul", { class: "line" }, facts.filter(Boolean).map((fact) => el("li", {}, fact))),
    el("div", { class: "buttons" }, replay, curl,
      el("a", { class: "button", href: `deliveries/${delivery.number}/request.http`, download: `delivery-${delivery.number}.http` }, "Save request"),
      el("p", { class: "result" }, again && [`Replay at ${clock(again.time)}: `, outcome(delivery, again)])),
    !about.forward && hint("To replay, start the listener with ", el("code", {}, "--forward URL"), "."));
}

/** Runs an action, and says how it ended. A button that is disabled meanwhile would lose the focus. */
export const act = (action, done) => async ({ currentTarget: target }) => {
  if (target.ariaBusy === "true") return;
  target.ariaBusy = "true";
  $("alert").hidden = true;
  try {
    say((await action()) ?? done);
    target.dataset.done = "";
    setTimeout(() => delete target.dataset.done, 2000);
  } catch (error) {
    fail(error);
  }
  target.ariaBusy = null;
};

function diagnosis({ causes, suspicions, diagnosis_note: note }) {
  const cause = (label) => ({ name, fact, remedy, blame }) => el("dl", { class: "cause", "data-cause": name },
    el("dt", {}, label), el("dd", {}, el("strong", {}, capital(fact))),
    el("dt", {}, "Repair"), el("dd", {}, capital(remedy)),
    el("dt", {}, "Made by"), el("dd", {}, capital(PARTIES[blame] ?? blame)));
  return card("Diagnosis", causes.map(cause("Cause")), suspicions.map(cause("Perhaps")), note && el("p", {}, `${capital(note)}.`));
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function answers(delivery) {
  const line = (answer) => el("li", {},
    el("span", { class: "at" }, clock(answer.time)), el("span", {}, ANSWERERS[answer.kind]), outcome(delivery, answer),
    el("span", { class: "took" }, answer.milliseconds === null ? "" : duration(answer.milliseconds)),
    answer.body && textInSteps(box("Answer"), bytesOf(answer.body)));
  const newestFirst = delivery.answers.toReversed();
  return card("Answers", conflict(delivery, newestFirst),
    newestFirst.length > 0 ? el("ol", { class: "answers" }, newestFirst.map(line)) : hint("No answer yet."));
}

const outcome = (delivery, { status, reason, error }) =>
  error === null ? el("b", { class: answerClass(delivery, { status }) }, `${status} ${reason}`) : el("span", { class: "wrong" }, capital(error));

/** The newest answer of the forward target in words, if it does not fit the verdict. */
function conflict(delivery, [newest]) {
  if (!newest?.status || newest.kind === "listener" || answerClass(delivery, newest) !== "wrong") return null;
  return el("p", { class: "wrong" }, delivery.valid
    ? "The signature is right, but the forward target did not accept the delivery. Compare its secret and its path, and see whether it verifies the raw bytes."
    : "The forward target must refuse this delivery with a 4xx status. See whether it verifies the signature before it answers.");
}

function attempts(delivery) {
  const line = (other) => {
    const isThis = other.number === delivery.number;
    return el("li", {}, el("button", { type: "button", "aria-current": isThis && "true", onclick: () => list.select(other.number) },
      el("span", {}, `#${other.number}`), el("span", { class: "at" }, clock(other.time)),
      el("span", { class: other.valid ? "right" : "wrong" }, other.valid ? "Valid" : "Refused"), el("span", { class: "hint" }, isThis && "this one")));
  };
  const all = card("Attempts of this delivery", hint(delivery.key_source), el("ol", { class: "attempts" }, delivery.attempts.map(line)));
  all.hidden = delivery.attempts.length < 2;
  return all;
}

function headers(delivery) {
  const line = ({ name, value, part }) => el("tr", { class: part ? "signed" : "" },
    el("th", { scope: "row" }, name), el("td", {}, value, part && [" ", el("span", { class: "tag" }, part)]));
  return card("Headers", el("table", {}, el("tbody", {}, delivery.headers.map(line))));
}

function body(delivery) {
  const bytes = bytesOf(delivery.body);
  const json = delivery.body_cut ? undefined : parse(new TextDecoder().decode(bytes));
  const kinds = [["text", "Text"], json && ["tree", "JSON tree"], ["hex", "Hex"]].filter(Boolean);
  const panel = el("div", { role: "tabpanel", id: "body-panel" });
  const tabs = kinds.map(([kind, label]) => el("button", { type: "button", role: "tab", id: `tab-${kind}`, "aria-controls": "body-panel", onclick: () => choose(kind) }, label));
  const choose = (kind, focus) => {
    shownBody = kind;
    for (const tab of tabs) {
      const on = tab.id === `tab-${kind}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && focus) tab.focus();
    }
    panel.setAttribute("aria-labelledby", `tab-${kind}`);
    panel.replaceChildren(content(kind, bytes, json));
  };
  const bar = el("div", { role: "tablist", class: "segments", "aria-label": "Body as", onkeydown: (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const place = tabs.findIndex((tab) => tab.tabIndex === 0);
    choose(kinds[(place + step + kinds.length) % kinds.length][0], true);
  } }, tabs);
  choose(kinds.some(([kind]) => kind === shownBody) ? shownBody : "text");
  const cut = delivery.body_cut && hint(`The page shows the first ${size(bytes.length)} of ${size(delivery.bytes)}. Save the request to see all of it.`);
  return card("Body", bytes.length > 0 ? [cut, bar, panel] : hint("The body is empty."));
}

function content(kind, bytes, json) {
  if (kind === "tree") return el("div", { class: "tree" }, tree(json));
  const shown = box("Body");
  return kind === "hex" ? inSteps(shown, bytes, (part, from) => shown.append(hexLines(part, from))) : textInSteps(shown, bytes);
}

function signedText(delivery) {
  const names = { timestamp: "signed time", id: "signed id", body: "body" };
  const piece = ({ part, text: shown, bytes }) =>
    part === "body" ? el("mark", { class: "body" }, `body, ${count(bytes, "byte")}`)
      : part === "text" ? el("span", {}, shown) : el("mark", { title: names[part] }, shown ?? `${names[part]} is missing`);
  const pieces = box("Signed text");
  pieces.append(...delivery.signed_text.map(piece));
  return card("Signed text",
    el("p", { class: "formula" }, el("code", {}, delivery.signed_formula), ` with ${delivery.algorithm}, in ${delivery.value_form}`),
    pieces);
}
