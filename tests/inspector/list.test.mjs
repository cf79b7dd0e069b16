import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deliver, endpoint, launch, listen, open, openRow, rows } from "./lab.mjs";

let browser, target, listener;
before(async () => {
  browser = await launch();
  target = await endpoint();
  listener = await listen("--forward", target.url);
});
after(async () => {
  await browser.close();
  await listener.close();
  target.close();
});

test("the page waits with a command to copy, and deliveries appear live, newest first", async () => {
  const page = await open(browser, listener.page);
  await page.getByRole("heading", { name: "Waiting for the first delivery" }).waitFor();
  const sample = `countersign send ${listener.receiver}/ --provider github --secret-env SECRET --event test`;
  for (const [name, command] of [["Copy: A sample", sample], ["Copy: A forgery", `${sample} --forge body-with-newline`]]) {
    await page.getByRole("button", { name }).click();
    await page.locator("[data-done]").last().waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
  }

  assert.equal(await deliver(listener.receiver, '{"a":1}', { event: "push" }), 200);
  await rows(page).first().waitFor();
  assert.equal(await deliver(listener.receiver, '{"a":2}', { event: "issues", signed: "{}" }), 401);
  await rows(page).getByText("401").waitFor();
  const [newest, oldest] = await rows(page).allInnerTexts();
  assert.match(newest, /#2[\s\S]*Refused[\s\S]*issues[\s\S]*POST \/hook[\s\S]*401[\s\S]*7 B[\s\S]*github/);
  assert.match(oldest, /#1[\s\S]*Valid[\s\S]*push[\s\S]*200[\s\S]*ms[\s\S]*signed with SECRET/);
  assert.equal(await page.locator("#said").innerText(), "1 new delivery, 1 refused");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the list is filtered by verdict, event type and text", async () => {
  const page = await open(browser, listener.page);
  await rows(page).first().waitFor();
  const seen = async () => (await rows(page).locator(".time i").allInnerTexts()).join(" ");
  await page.getByRole("radio", { name: "Refused 1" }).check();
  assert.equal(await seen(), "#2");
  await page.getByRole("radio", { name: "All 2" }).check();
  await page.getByLabel("Event type").selectOption("push");
  assert.equal(await seen(), "#1");
  await page.getByLabel("Event type").selectOption("");
  await page.getByRole("searchbox").fill("SIGNED with");
  assert.equal(await seen(), "#1");
  await page.getByRole("searchbox").fill("nothing has this");
  await page.getByRole("heading", { name: "No delivery passes the filter" }).waitFor();
  assert.equal(await seen(), "");
  await page.getByRole("button", { name: "Show all" }).click();
  assert.equal(await seen(), "#2 #1");
  assert.equal(await page.evaluate(() => document.activeElement.id), "grid");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a paused list stands still, and resumes with what came meanwhile", async () => {
  const page = await open(browser, listener.page);
  await rows(page).nth(1).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await deliver(listener.receiver, '{"a":3}');
  await page.getByRole("button", { name: "Resume (1 new)" }).waitFor();
  assert.equal(await rows(page).count(), 2);
  await page.getByRole("button", { name: "Resume (1 new)" }).click();
  assert.equal(await rows(page).count(), 3);
  await page.context().close();
});

test("attempts of one delivery are shown together", async () => {
  const page = await open(browser, listener.page);
  for (const signed of ["other", '{"a":9}']) await deliver(listener.receiver, '{"a":9}', { signed });
  await openRow(page, "#5");
  assert.match(await rows(page).first().innerText(), /#5[\s\S]*attempt 2/);
  const attempts = page.getByRole("region", { name: "Attempts of this delivery" });
  assert.match(await attempts.innerText(), /They have equal bodies\.[\s\S]*#5[\s\S]*Valid[\s\S]*this one[\s\S]*#4[\s\S]*Refused/);
  await attempts.getByRole("button", { name: "#4" }).click();
  await page.getByRole("heading", { name: "Refused delivery 4" }).waitFor();
  await page.context().close();
});

test("keys alone reach a delivery and come back", async () => {
  const page = await open(browser, listener.page);
  await rows(page).first().waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "grid");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const active = await page.locator("#grid").getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "detail");
  await page.getByRole("heading", { name: "Refused delivery 4" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "grid");
  await page.getByRole("heading", { name: "No delivery is open" }).waitFor();
  assert.equal(await page.locator("#rows [aria-selected=true]").count(), 0, "no row is open");
  await page.getByRole("button", { name: "Send…" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Send to the forward target" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "send", "the focus goes back to the place where the view was opened");
  await page.locator("#grid").focus();
  await page.keyboard.press("/");
  await page.keyboard.type("p/");
  assert.equal(await page.getByRole("searchbox").inputValue(), "p/");
  await page.context().close();
});

test("a screen reader is told of many new deliveries at once", async () => {
  const page = await open(browser, listener.page);
  await rows(page).first().waitFor();
  await page.evaluate(() => {
    window.heard = [];
    new MutationObserver(() => window.heard.push(document.getElementById("said").textContent)).observe(document.getElementById("said"), { childList: true });
  });
  const old = Number((await page.locator("#count-all").innerText()).replace(",", ""));
  for (let number = 0; number < 30; number += 1) await deliver(listener.receiver, `{"many":${number}}`);
  await page.locator("#count-all").getByText(String(old + 30)).waitFor();
  const heard = await page.waitForFunction(() => window.heard.length > 1 && window.heard).then((all) => all.jsonValue());
  const told = heard.map((text) => Number(/^(\d+) new deliver/.exec(text)[1]));
  assert.equal(told.reduce((sum, number) => sum + number), 30, heard.join("; "));
  assert.equal(told.length, 2);
  await page.context().close();
});

test("an empty list and a listener that is gone are said in words", async () => {
  const own = await listen();
  const page = await open(browser, own.page);
  await deliver(own.receiver, "{}");
  await rows(page).first().click();
  await page.getByText("To replay, start the listener with").waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("heading", { name: "Waiting for the first delivery" }).waitFor();
  await page.getByRole("heading", { name: "No delivery is open" }).waitFor();
  await own.close();
  await page.getByRole("alert").filter({ hasText: "The listener does not answer." }).waitFor();
  await page.context().close();
});
