import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { card, deliver, endpoint, launch, listen, open, openRow, rows, send, sha256 } from "./lab.mjs";

// An answer that would clear a terminal and turn the direction of its text.
const HOSTILE = "\u001b[2J\u202e<i>no</i>";

let browser, target, listener;
before(async () => {
  browser = await launch();
  target = await endpoint({ refusal: HOSTILE });
  listener = await listen("--forward", target.url);
});
after(async () => {
  await browser.close();
  await listener.close();
  target.close();
});

test("the view of a delivery stays as it is when an answer comes", async () => {
  const page = await open(browser, listener.page);
  await deliver(listener.receiver, `{"a":{"b":{"c":{"d":1}}},"long":${JSON.stringify(Array(300).fill("x"))}}`, { signed: "{}" });
  await openRow(page, "#1");
  const body = card(page, "Body");
  await body.getByRole("tab", { name: "JSON tree" }).click();
  for (const key of ['"b"', '"c"']) await body.locator("summary", { hasText: key }).last().click();
  await body.getByText('"d": 1').waitFor();
  await body.locator("details details", { hasText: '"long"' }).first().locator("summary").first().click();
  await page.locator("#detail").evaluate((view) => { view.scrollTop = 200; });
  const before = await body.innerText();
  await page.getByRole("button", { name: "Replay" }).focus();
  await page.locator("#detail").evaluate((view) => { view.scrollTop = 200; });
  await page.keyboard.press("Enter");
  await card(page, "Answers").getByText("replay").waitFor();
  assert.equal(await body.innerText(), before);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Replay", "the focus stays");
  const answer = await card(page, "Answers").innerText();
  assert.ok(answer.includes("ESC[2JU+202E<i>no</i>"), answer);
  await deliver(listener.receiver, "{}");
  await openRow(page, "#2");
  await card(page, "Body").getByText('"d": 1').waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a search finds text in the bodies, old and new", async () => {
  const page = await open(browser, listener.page);
  await deliver(listener.receiver, '{"customer":"Zoë Nowak"}', { path: "/one" });
  await deliver(listener.receiver, '{"customer":"nobody"}', { path: "/two" });
  await page.getByRole("searchbox").fill("zoë NOWAK");
  await rows(page).filter({ hasText: "/one" }).waitFor();
  assert.equal(await rows(page).count(), 1);
  await deliver(listener.receiver, '{"again":"zoë nowak"}', { path: "/three" });
  await rows(page).filter({ hasText: "/three" }).waitFor();
  assert.equal(await rows(page).count(), 2);
  await page.getByRole("searchbox").fill("zoë nowakx");
  await page.getByRole("heading", { name: "No delivery passes the filter" }).waitFor();
  assert.equal(await rows(page).count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a difference at the end of a long body is described and shown", async () => {
  const page = await open(browser, listener.page);
  const body = JSON.stringify({ text: "é".repeat(200_000) });
  await deliver(listener.receiver, `${body}\n`, { signed: body, path: "/long" });
  await openRow(page, "/long");
  const diff = card(page, "Signed and received bytes");
  const length = Buffer.byteLength(body);
  assert.match(await diff.locator(".told").innerText(), new RegExp(`^one line feed came that was not signed, at byte ${length.toLocaleString("en")}$`));
  assert.equal(await diff.locator("ins").textContent(), "↵\n");
  assert.ok((await diff.getByLabel("Bytes that came").innerText()).startsWith(`${(length - 4096).toLocaleString("en")} equal bytes`));
  assert.equal(await diff.locator(".hint").count(), 0, "the end is shown");
  await page.context().close();
});

test("a signed time with control characters is harmless, and a tag in its place is cut", async () => {
  const stripe = await listen("--provider", "stripe");
  const page = await open(browser, stripe.page);
  const tag = sha256("{}").toString("hex");
  await send(`${stripe.receiver}/`, "{}", { "stripe-signature": `v1=17,t=${tag}` });
  await rows(page).first().click();
  const signed = await card(page, "Signed text").innerText();
  assert.ok(signed.includes(`${tag.slice(0, 6)}… (64 characters).body`), signed);
  assert.ok(!(await page.content()).includes(tag));
  await page.context().close();
  await stripe.close();
});

test("many pages of one browser stay usable, and an old one is live again when it is looked at", async () => {
  const context = await browser.newContext();
  const pages = [];
  for (let number = 0; number < 8; number += 1) {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(listener.page);
    await page.getByText("live", { exact: true }).waitFor();
    await openRow(page, "/long");
    pages.push(page);
  }
  await pages[0].getByText("live in newer tabs").waitFor();
  await deliver(listener.receiver, "{}", { path: "/late" });
  await rows(pages[7]).filter({ hasText: "/late" }).waitFor();
  assert.equal(await rows(pages[0]).filter({ hasText: "/late" }).count(), 0);
  await pages[0].evaluate(() => dispatchEvent(new Event("focus")));
  await rows(pages[0]).filter({ hasText: "/late" }).waitFor();
  await pages[0].getByText("live", { exact: true }).waitFor();
  await context.close();
});

test("a thousand event types and a thousand long ids do not slow the page", async () => {
  const page = await open(browser, listener.page);
  for (let next = 0; next < 1000; ) {
    const some = Array.from({ length: 20 }, () => next++);
    await Promise.all(some.map((number) => deliver(listener.receiver, "{}", { event: `type-${number}-${"x".repeat(150)}`, headers: { "x-github-delivery": "d".repeat(500) } })));
  }
  await rows(page).filter({ hasText: /type-9/ }).first().waitFor();
  assert.ok((await page.locator("#type option").count()) <= 201);
  await page.reload();
  await page.getByText(/^All 1,0\d\d$/).waitFor();
  assert.match(await page.locator("#said").innerText(), /^$/, "deliveries that were there before are not told");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
