// Contrast, names and roles by axe, and the screenshots to look at.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { SHOTS, deliver, endpoint, launch, listen, open, openRow, rows } from "./lab.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { wide: [1600, 900], laptop: [1280, 800], narrow: [380, 800] };

const body = (number, title) => JSON.stringify({
  action: "opened", number,
  pull_request: { id: 1_847_221_334 + number, title, html_url: `https://github.com/octo/hello/pull/${number}`, draft: false, labels: ["bug", "ui"], merged_at: null, user: { login: "zoë", id: 583_231 } },
  repository: { full_name: "octo/hello", private: true, stargazers_count: 80 },
});
const python = (text) => text.replace(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, string, mark) => string ?? `${mark} `).replaceAll("ë", "\\u00eb");

let browser, target, listener, empty;
before(async () => {
  browser = await launch();
  target = await endpoint({ refusal: '{"error":"invalid signature"}' });
  listener = await listen("--forward", target.url);
  empty = await listen();
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

test("a screen reader finds the list and the delivery", async () => {
  const page = await open(browser, listener.page);
  await openRow(page, "#25");
  const tree = await page.locator("body").ariaSnapshot();
  for (const part of [/- banner/, /- main/, /- grid "Deliveries, newest first"/, /columnheader "Verdict"/, /- region "Delivery 25"/, /heading "Refused delivery 25" \[level=2\]/, /region "Diagnosis"/, /deletion/, /insertion/]) assert.match(tree, part);
  assert.equal(await page.locator("#grid").getAttribute("aria-rowcount"), "27");
});
