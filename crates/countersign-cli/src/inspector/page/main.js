// The connection to the listener, and the filter.

import { $, button, count, el, get, post, say } from "./dom.js";
import * as list from "./list.js";
import * as detail from "./detail.js";
import * as send from "./send.js";

const title = document.title;
let unseen = 0, isLoading = true, waits = false;
/** New deliveries that a screen reader was not told of, and the refused ones among them. */
let news = [0, 0];

function connect() {
  const events = new EventSource("events");
  const state = (text, kind) => {
    // The browser tries for ever, but a screen reader says it once.
    if ($("link").textContent === text) return false;
    $("link").textContent = text;
    $("link").className = `link ${kind}`;
    return true;
  };
  events.onopen = () => {
    state("live", "on");
    $("alert").hidden = true;
  };
  events.onerror = () => {
    if (state("not connected", "off")) detail.fail({ message: "The listener does not answer. Start it again, and open the new address that it prints." });
  };
  events.addEventListener("replaced", () => {
    events.close();
    state("live in newer tabs", "off");
    const back = new AbortController();
    const again = () => document.hidden || (back.abort(), connect());
    addEventListener("focus", again, { signal: back.signal });
    document.addEventListener("visibilitychange", again, { signal: back.signal });
  });
  events.onmessage = (event) => {
    const update = JSON.parse(event.data);
    const isFirst = isLoading || list.isEmpty();
    isLoading = isFirst && update.more;
    const fresh = update.deliveries.filter((delivery) => !list.get(delivery.number));
    list.take(update);
    if (update.deliveries.some((delivery) => delivery.number === detail.shownNumber())) detail.reload();
    if (detail.shownNumber() !== undefined && !list.get(detail.shownNumber())) detail.nothing();
    const refused = fresh.filter((delivery) => !delivery.valid).length;
    if (fresh.length > 0) look(false);
    if (!isFirst) news = [news[0] + fresh.length, news[1] + refused];
    announce();
    if (document.hidden && !isFirst) unseen += refused;
    document.title = unseen > 0 ? `(${unseen}) ${title}` : title;
  };
}

/** Tells a screen reader of new deliveries, at most every five seconds. */
function announce() {
  const [all, refused] = news;
  if (waits || all === 0) return;
  say(`${count(all, "new delivery", "new deliveries")}, ${refused} refused`);
  [news, waits] = [[0, 0], true];
  setTimeout(() => { waits = false; announce(); }, 5000);
}

function facts({ address, provider, forward }) {
  const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));
  $("facts").replaceChildren(fact("Receives on", address), fact("Provider", provider), fact("Forwards to", forward ?? "nothing"));
}

function waiting({ address, provider, command, has_types: hasTypes, event_types: [first] }) {
  const genuine = hasTypes && !first ? `${command} --event test` : command;
  const line = (meaning, text) => [
    el("p", {}, meaning),
    el("div", { class: "command" }, el("pre", {}, text.split(" ").map((word) => [el("span", {}, word), " "])),
      button("Copy", detail.act(() => navigator.clipboard.writeText(text), "Copied."), { "aria-label": `Copy: ${meaning}` })),
  ];
  $("empty").replaceChildren(
    el("h2", {}, "Waiting for the first delivery"),
    el("p", {}, `Have ${provider} deliver to `, el("code", {}, address), " through a tunnel, or deliver from another terminal in which the secret is set too."),
    ...line("A sample, which is valid:", genuine),
    ...line("A forgery, which is refused:", `${genuine} --forge body-with-newline`));
}

let typing, looked = { text: "", after: 0, found: new Set() };
const wanted = () => $("text").value.trim();

/** Looks for the text in the bodies that have come since. Only the listener has them. */
async function look(tells = true) {
  if (looked.text !== wanted()) looked = { text: wanted(), after: 0, found: new Set() };
  if (looked.text === "") return;
  const own = looked, { text, after, found } = own;
  own.after = list.newestNumber();
  try {
    for (const number of await post("search", { text, after })) found.add(number);
    if (own === looked) list.change({ found }, tells);
  } catch (error) {
    detail.fail(error);
  }
}

$("verdicts").addEventListener("change", (event) => list.change({ verdict: event.target.value }));
$("type").addEventListener("change", (event) => list.change({ type: event.target.value }));
$("all").addEventListener("click", () => {
  $("verdicts").querySelector("input").checked = true;
  $("type").value = $("text").value = "";
  list.change({ verdict: "", type: "", text: "" });
  $("grid").focus();
});
$("text").addEventListener("input", () => {
  list.change({ text: wanted().toLowerCase(), found: new Set() });
  clearTimeout(typing);
  typing = setTimeout(look, 150);
});
$("pause").addEventListener("click", list.pause);
$("clear").addEventListener("click", () => post("clear").then(() => say("The list is empty."), detail.fail));
document.addEventListener("visibilitychange", () => {
  unseen = 0;
  document.title = title;
});
document.addEventListener("keydown", (event) => {
  // The search box clears itself first.
  if (event.key === "Escape" && !event.target.value && document.body.classList.contains("reading")) detail.close();
});

get("about").then((about) => {
  facts(about);
  waiting(about);
  detail.start(about);
  send.start(about);
  list.onOpen(detail.open);
  $("send").addEventListener("click", send.open);
  $("empty").hidden = false;
  connect();
}, detail.fail);
