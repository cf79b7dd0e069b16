// The live list, its filter, and the connection to the listener.

import { $, button, count, el, get, post, say } from "./dom.js";
import * as list from "./list.js";
import * as detail from "./detail.js";
import * as send from "./send.js";

const title = document.title;
let unseen = 0, isLoading = true;

function connect() {
  const events = new EventSource("events");
  const state = (text, kind) => {
    $("link").textContent = text;
    $("link").className = `link ${kind}`;
  };
  events.onopen = () => {
    state("live", "on");
    $("alert").hidden = true;
  };
  events.onerror = () => {
    state("not connected", "off");
    $("alert").textContent = "The listener does not answer. If it was started again, open the new address that it printed.";
    $("alert").hidden = false;
  };
  events.addEventListener("replaced", () => {
    events.close();
    state("live in newer tabs", "off");
    const back = new AbortController();
    const again = () => {
      if (document.hidden) return;
      back.abort();
      connect();
    };
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
    if (fresh.length > 0) look();
    if (fresh.length > 0 && !isFirst) say(`${count(fresh.length, "new delivery", "new deliveries")}, ${refused} refused`);
    if (document.hidden && !isFirst) unseen += refused;
    document.title = unseen > 0 ? `(${unseen}) ${title}` : title;
  };
}

function facts({ address, provider, forward }) {
  const fact = (name, value) => [el("dt", {}, name), el("dd", { title: value }, value)];
  $("facts").replaceChildren(...fact("Receives on", address), ...fact("Provider", provider), ...fact("Forwards to", forward ?? "nothing"));
}

function waiting({ address, provider, command }) {
  const copied = (event) => navigator.clipboard.writeText(command).then(() => { event.target.textContent = "Copied"; });
  $("empty").replaceChildren(
    el("h2", {}, "Waiting for the first delivery"),
    el("p", {}, `Have ${provider} deliver to `, el("code", {}, address), " through a tunnel, or send a sample in another terminal:"),
    el("div", { class: "command" }, el("pre", { tabindex: "0" }, command.split(" ").map((word) => [el("span", {}, word), " "])), button("Copy", copied)));
}

/** Offers the event types that came, and keeps the one that is chosen. */
list.onTypes.change = (() => {
  let known = "";
  return (deliveries) => {
    const types = [...new Set(Array.from(deliveries.values(), (delivery) => delivery.event_type).filter(Boolean))].sort().slice(0, 200);
    if (types.join("\n") === known) return;
    known = types.join("\n");
    const chosen = $("type").value;
    const more = chosen && !types.includes(chosen) ? [chosen] : [];
    $("type").replaceChildren(new Option("All event types", ""), ...[...types, ...more].map((type) => new Option(type, type)));
    $("type").value = chosen;
  };
})();

let typing, looked = { text: "", after: 0, found: new Set() };
const wanted = () => $("text").value.trim();

/** Looks for the text in the bodies that have come since. Only the listener has them. */
async function look() {
  if (looked.text !== wanted()) looked = { text: wanted(), after: 0, found: new Set() };
  if (looked.text === "") return;
  const own = looked, { text, after, found } = own;
  own.after = list.newestNumber();
  try {
    for (const number of await post("search", { text, after })) found.add(number);
    if (own === looked) list.setFound(found);
  } catch (error) {
    detail.fail(error);
  }
}

$("verdicts").addEventListener("change", (event) => list.change("verdict", event.target.value));
$("type").addEventListener("change", (event) => list.change("type", event.target.value));
$("text").addEventListener("input", () => {
  list.change("text", wanted().toLowerCase());
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
  if (event.key === "Escape" && document.body.classList.contains("reading")) detail.close();
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
