import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { BINARY, SECRET, card, deliver, endpoint, launch, listen, open, openRow, rows } from "./lab.mjs";

const BODY = `{"text":"it's 100% \\\\ \\u00e9 é\t"}\n`;

let browser, target, listener, page;
before(async () => {
  browser = await launch();
  target = await endpoint();
  listener = await listen("--forward", target.url);
  page = await open(browser, listener.page, { acceptDownloads: true });
  await deliver(listener.receiver, BODY, { headers: { "X-Odd-Case": "a 'quoted' value", "x-github-delivery": "72d3162e-cc78-11e3" } });
  await openRow(page, "push");
});
after(async () => {
  await browser.close();
  await listener.close();
  target.close();
  assert.deepEqual(page.complaints, []);
});

const header = (list, name) => list.find((_, place) => place % 2 === 1 && list[place - 1] === name);

test("a replay sends the same request to the forward target", async () => {
  const before = target.requests.length;
  await page.getByRole("button", { name: "Replay" }).click();
  await page.locator("#detail .buttons").getByText(/^Replay at .*: 200 OK$/).waitFor();
  assert.match(await page.locator("#said").innerText(), /^Replay at .*: 200 OK$/);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Replay", "the focus stays");
  assert.match(await card(page, "Answers").innerText(), /replay\s+200 OK[\s\S]*thank you[\s\S]*forward target\s+200 OK[\s\S]*thank you/);
  const [first, again] = [target.requests[before - 1], target.requests[before]];
  assert.equal(target.requests.length, before + 1);
  assert.deepEqual(again, first);
  assert.equal(again.body.toString(), BODY);
  assert.equal(header(again.headers, "X-Odd-Case"), "a 'quoted' value", "the spelling of a header stays");
});

test("a forward target that refuses a valid delivery is reported", async () => {
  const strict = await endpoint({ secret: "another secret of the browser tests" });
  const own = await listen("--forward", strict.url);
  const other = await open(browser, own.page);
  await deliver(own.receiver, "{}");
  await openRow(other, "#1");
  await card(other, "Answers").getByText("The signature is right, but the forward target did not accept the delivery.").waitFor();
  await other.context().close();
  await own.close();
  strict.close();
});

test("the curl command makes the same request", async () => {
  const before = target.requests.length;
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.locator("[data-done]").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  // The endpoint is in this process, so the shell must not block it.
  assert.equal((await promisify(execFile)("sh", ["-c", command])).stdout, "thank you");
  const request = target.requests[before];
  assert.deepEqual([request.body.toString(), request.method], [BODY, "POST"]);
  assert.equal(header(request.headers, "X-Odd-Case"), "a 'quoted' value");
});

test("a saved request verifies on the command line", async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Save request" }).click()]);
  assert.equal(download.suggestedFilename(), "delivery-1.http");
  const path = await download.path();
  const verified = spawnSync(BINARY, ["verify", "--provider", "github", "--secret-env", "SECRET", "--request", path], { env: { ...process.env, SECRET } });
  assert.equal(verified.status, 0, verified.stderr.toString());
  assert.match(verified.stdout.toString(), /^valid: push/);
});

test("a sample is taken, and every forgery is refused by an endpoint that verifies", async () => {
  await page.getByRole("button", { name: "Send…" }).click();
  await page.locator("#detail").getByLabel("Event type").fill("push");
  await page.getByRole("button", { name: "Send a sample" }).click();
  await page.locator("#sent-").getByText("200 OK").waitFor();
  await page.getByRole("button", { name: "Send unsigned", exact: true }).click();
  await page.locator("#sent-unsigned").getByText("401 Unauthorized").waitFor();
  assert.equal(header(target.requests.at(-1).headers, "x-hub-signature-256"), undefined);
  await page.getByRole("button", { name: "Send all" }).click();
  const summary = page.getByText(/ forgeries were refused\.$/).first();
  await summary.waitFor({ timeout: 60_000 });
  const [, right, all] = /(\d+) of (\d+)/.exec(await summary.innerText());
  assert.equal(right, all);
  assert.ok(Number(all) > 25, all);
});

test("an endpoint that takes everything is reported, and so is one that is away", async () => {
  const lax = await endpoint({ lax: true });
  const own = await listen("--forward", lax.url);
  const other = await open(browser, own.page);
  await other.getByRole("button", { name: "Send…" }).click();
  await other.getByRole("button", { name: "Send unsigned", exact: true }).click();
  await other.locator("#sent-unsigned").getByText("wrongly taken").waitFor();
  assert.match(await other.locator("#said").innerText(), /^unsigned: 200 OK .* wrongly taken$/);
  await deliver(own.receiver, "[]", { signed: "{}" });
  await openRow(other, "#1");
  await card(other, "Answers").getByText("The forward target must refuse this delivery with a 4xx status.").waitFor();
  assert.match(await rows(other).locator(".answer b").getAttribute("class"), /wrong/);
  lax.close();
  await deliver(own.receiver, "{}");
  await openRow(other, "#2");
  await card(other, "Answers").getByText(/does the endpoint run, and is the URL right\?/).waitFor();
  await rows(other).getByText("failed").waitFor();
  await other.context().close();
  await own.close();
});
