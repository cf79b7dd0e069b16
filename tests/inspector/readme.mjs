// Makes the screenshot of the command's README, at the usual ports. `pngquant` makes it small.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { deliver, endpoint, launch, listen, open, openRow } from "./lab.mjs";

const body = (number, title) => JSON.stringify({
  action: "opened", number, pull_request: { title, draft: false, labels: ["bug", "docs"], user: { login: "zoë" } }, repository: { full_name: "octo/hello" },
});
const python = (text) => text.replace(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, string, mark) => string ?? `${mark} `).replaceAll("ë", "\\u00eb");

const target = await endpoint({ port: 3000, refusal: '{"error":"invalid signature"}' });
const listener = await listen("--forward", target.url, "--port", "4400", "--ui-port", "4401");
const browser = await launch();
const page = await open(browser, listener.page, { viewport: { width: 1440, height: 860 } });
const events = ["push", "issues", "check_run", "issue_comment", "workflow_job", "release"];
for (let number = 0; number < 14; number += 1) {
  const text = body(1340 + number, "Read the body before the parser");
  const id = `72d3162e-cc78-11e3-81ab-4c9367dc${1000 + number}`;
  const options = {
    4: { signed: `${text}\n` }, 7: { headers: { "x-hub-signature-256": undefined } }, 9: { headers: { "x-hub-signature-256": "sha256=757107ea" } },
    12: { event: "pull_request", signed: python(text) },
  }[number] ?? {};
  await deliver(listener.receiver, text, { event: events[number % 6], path: "/hook", ...options, headers: { "x-github-delivery": id, "user-agent": "GitHub-Hookshot", ...options.headers } });
}
await openRow(page, "#13");
await page.mouse.move(1438, 858);
const path = fileURLToPath(new URL("../../crates/countersign-cli/inspector.png", import.meta.url));
await page.screenshot({ path });
execFileSync("pngquant", ["--strip", "--force", "--output", path, "128", path]);
await browser.close();
await listener.close();
target.close();
