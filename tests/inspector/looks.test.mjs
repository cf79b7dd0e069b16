// Contrast, names and roles by axe, and the screenshots to look at.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { SHOTS, deliver, endpoint, launch, listen, open, openRow, rows } from "./lab.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { wide: [1600, 900], laptop: [1280, 800], narrow: [380, 800] };
/** Widths of windows, down to half of a small screen that is enlarged to 200 %. */
const WIDTHS = [380, 640, 961, 1280, 1440, 1600, 1920];

const body = (number, title) => JSON.stringify({
  action: "opened", number,
  pull_request: { id: 1_847_221_334 + number, title, html_url: `https://github.com/octo/hello/pull/${number}`, draft: false, labels: ["bug", "ui"], merged_at: null, user: { login: "zoë", id: 583_231 } },
  repository: { full_name: "octo/hello", private: true, stargazers_count: 80 },
});
const python = (text) => text.replace(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, string, mark) => string ?? `${mark} `).replaceAll("ë", "\\u00eb");

let browser, target, listener, empty, long;
before(async () => {
  browser = await launch();
  target = await endpoint({ refusal: '{"error":"invalid signature"}' });
  listener = await listen("--forward", target.url);
  [empty, long] = [await listen(), await listen()];
  const events = ["push", "issues", "check_run", "pull_request", "workflow_job", "issue_comment"];
  let number = 0;
  const one = (options = {}, text = body(1340 + number, "Read the body before the parser")) => {
    number += 1;
    const id = `72d3162e-cc78-11e3-81ab-4c9367dc${String(1000 + number)}`;
    return deliver(listener.receiver, text, { event: events[number % 6], path: "/hooks/github", ...options, headers: { "x-github-delivery": id, "user-agent": "GitHub-Hookshot/044aadd", ...options.headers } });
  };
  for (let round = 0; round < 4; round += 1) {
    for (let times = 0; times < 4; times += 1) await one();
    await one({ signed: `${body(1344 + round * 5, "Read the body before the parser")}\n` });
    await one({ headers: { "x-hub-signature-256": undefined } });
  }
  const text = body(1364, "Zoë reads the raw bytes");
  await one({ event: "pull_request", signed: python(text) }, text);
  await one({ event: "pull_request" }, text);
});
after(async () => {
  await browser.close();
  await listener.close();
  await empty.close();
  await long.close();
  target.close();
});

const SCENES = {
  detail: async (page) => { await openRow(page, "#25"); },
  lower: async (page) => {
    await openRow(page, "#25");
    await page.getByRole("tab", { name: "JSON tree" }).click();
    await page.evaluate(() => { const detail = document.getElementById("detail"); detail.scrollTop = detail.querySelector('[aria-label="Headers"]').offsetTop - 80; });
  },
  valid: async (page) => { await openRow(page, "#26"); },
  list: async () => {},
  send: async (page) => {
    await page.getByRole("button", { name: "Send…" }).click();
    for (const name of ["unsigned", "other-secret"]) await page.getByRole("button", { name: `Send ${name}`, exact: true }).click();
    await page.locator("#sent-other-secret b").waitFor();
  },
};

for (const colorScheme of ["light", "dark"]) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    test(`${size}, ${colorScheme}: nothing is cut, and axe finds nothing`, async () => {
      const options = { viewport: { width, height }, colorScheme, bypassCSP: true, reducedMotion: "reduce" };
      const states = [...Object.entries(SCENES).map(([name, act]) => [name, listener, act]), ["empty", empty, async () => {}]];
      for (const [name, served, act] of states) {
        const page = await open(browser, served.page, options);
        await (served === empty ? page.getByRole("heading", { name: "Waiting for the first delivery" }) : rows(page).first()).waitFor();
        await act(page);
        await page.mouse.move(width - 2, height - 2);
        await page.screenshot({ path: `${SHOTS}${name}-${size}-${colorScheme}.png` });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${name}: ${wide} pixels`);
        await page.evaluate(AXE);
        const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        const words = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join("\n  ")}`);
        assert.deepEqual(words, [], name);
        await page.context().close();
      }
    });
  }
}

/** The texts that do not fit into their elements, or that reach over the edge of the page. */
const cut = (page, among) => page.evaluate((selector) => {
  const words = [];
  for (const element of document.querySelectorAll(selector)) {
    const { right } = element.getBoundingClientRect();
    if (element.scrollWidth > element.clientWidth + 1 || right > innerWidth + 1) words.push(`${element.tagName} ${element.textContent.slice(0, 60)}`);
  }
  return words;
}, among);

test("no reason, event type, id, path or time of the list is cut", async () => {
  for (const width of WIDTHS.filter((width) => width >= 1280)) {
    const page = await open(browser, listener.page, { viewport: { width, height: 1600 } });
    await rows(page).nth(25).waitFor();
    assert.deepEqual(await cut(page, "#rows b, #rows i:not(.tail), #facts dd, .tools button, #head span:not(.quiet)"), [], `${width} pixels`);
    // The explanation behind a reason is there as a whole, or not at all.
    const tails = await page.locator(".refused .tail").evaluateAll((all) => all.filter((tail) => tail.textContent).map((tail) => {
      const text = document.createRange();
      text.selectNodeContents(tail);
      const [inner, outer] = [text.getBoundingClientRect(), tail.getBoundingClientRect()];
      return inner.top >= outer.bottom - 1 ? "left out" : inner.right <= outer.right + 1 ? "whole" : "cut";
    }));
    assert.ok(tails.length > 0 && !tails.includes("cut"), `${width} pixels: ${tails}`);
    await page.context().close();
  }
});

test("long names stay inside, at every width", async () => {
  const name = "a".repeat(300);
  await deliver(long.receiver, JSON.stringify({ [name]: name }), {
    event: "customer.subscription.trial_will_end.and_more_parts_of_a_long_name", path: `/${"very/long/".repeat(20)}?query=${name}`, signed: "x",
    headers: { "x-github-delivery": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W".repeat(4), "x-long": name, [`x-${name.slice(0, 90)}`]: "1" },
  });
  for (const width of WIDTHS) {
    const page = await open(browser, long.page, { viewport: { width, height: 900 } });
    await openRow(page, "#1");
    for (const tab of ["Text", "JSON tree", "Hex"]) {
      await page.getByRole("tab", { name: tab }).click();
      assert.deepEqual(await cut(page, "html, #detail, #detail .card, #detail th, #detail td, #detail .line li"), [], `${width} pixels, ${tab}`);
    }
    await page.context().close();
  }
});

test("a screen reader finds the list and the delivery", async () => {
  const page = await open(browser, listener.page);
  await openRow(page, "#25");
  const tree = await page.locator("body").ariaSnapshot();
  for (const part of [/- banner/, /- main/, /- grid "Deliveries, newest first"/, /columnheader "Verdict"/, /- region "Delivery 25"/, /heading "Refused delivery 25" \[level=2\]/, /region "Diagnosis"/, /deletion/, /insertion/]) assert.match(tree, part);
  assert.equal(await page.locator("#grid").getAttribute("aria-rowcount"), "27");
});
