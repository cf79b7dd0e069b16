// Samples and forgeries, sent to the forward target.

import { $, button, duration, el, hint, post, say } from "./dom.js";
import * as detail from "./detail.js";

let about;
/** The results by the name of a forgery. The sample has the empty name. */
const results = new Map();

export function start(facts) {
  about = facts;
}

export function open() {
  const types = el("input", { type: "text", list: "types", spellcheck: "false", autocomplete: "off" });
  types.value = about.event_types[0] ?? "";
  const known = el("datalist", { id: "types" }, about.event_types.map((type) => el("option", { value: type })));
  const send = async (name, tells = true) => {
    if (results.get(name)?.running) return;
    results.set(name, { running: true });
    paint(name);
    try {
      results.set(name, await post("send", { forgery: name || null, event_type: types.value.trim() || null }));
    } catch (error) {
      results.set(name, { error: error.message });
    }
    paint(name);
    if (tells) say(`${name || "sample"}: ${$(`sent-${name}`)?.textContent}`);
  };
  const all = detail.act(async () => {
    for (const { name } of about.forgeries) await send(name, false);
    const right = about.forgeries.filter(({ name }) => results.get(name)?.right).length;
    summary.textContent = `${right} of ${about.forgeries.length} forgeries were refused.`;
    summary.className = right === about.forgeries.length ? "right" : "wrong";
    return summary.textContent;
  });
  const can = { disabled: !about.forward };
  const summary = hint();
  const line = ({ name, description }) => el("li", {},
    el("div", {}, el("b", {}, name), el("small", {}, description)),
    el("div", { id: `sent-${name}`, class: "result" }),
    button("Send", () => send(name), { ...can, "aria-label": `Send ${name}` }));
  detail.replace("Send", $("send"),
    el("header", { class: "head" }, detail.back(), el("h2", {}, "Send to the forward target"),
      el("p", { class: "sentence" }, about.forward ? `It goes to ${about.forward}, and not through this list.` : "To send, start the listener with --forward URL."),
      el("div", { class: "buttons" }, about.has_types && el("label", { class: "field" }, "Event type", types, known), button("Send a sample", () => send(""), { ...can, class: "main" }),
        el("span", { id: "sent-", class: "result" }))),
    el("section", { class: "card", "aria-label": "Forgeries" },
      el("div", { class: "title" }, el("h3", {}, `Forgeries of the test kit `, el("span", { class: "more" }, String(about.forgeries.length))), button("Send all", all, can)),
      hint("An endpoint must refuse each of them with a 4xx status."), summary,
      el("ul", { class: "forgeries" }, about.forgeries.map(line))));
  for (const name of results.keys()) paint(name);
}

function paint(name) {
  const place = $(`sent-${name}`);
  const { running, error, status, reason, milliseconds, right } = results.get(name);
  if (!place) return;
  const answer = el("b", { class: right ? "right" : "wrong" }, error ?? `${status} ${reason}`);
  place.replaceChildren(...(running ? ["…"] : error ? [answer] : [answer, ` ${duration(milliseconds)} `, el("i", {}, verdict(name, status))]));
}

function verdict(name, status) {
  if (status >= 200 && status < 300) return name ? "wrongly taken" : "taken";
  if (status >= 400 && status < 500) return name ? "refused, which is right" : "refused";
  return name ? "neither taken nor refused" : "failed";
}
