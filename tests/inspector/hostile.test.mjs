import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { card, deliver, endpoint, launch, listen, open, openRow, rows } from "./lab.mjs";

let browser, target, listener;
before(async () => {
  browser = await launch("--host-resolver-rules=MAP rebound.example 127.0.0.1");
  target = await endpoint();
  listener = await listen("--forward", target.url);
});
after(async () => {
  await browser.close();
  await listener.close();
  target.close();
});

const MARKUP = `</script><script>window.pwned=1;alert(1)</script><img src="http://evil.example/x" onerror="window.pwned=1"><svg onload="window.pwned=1"><style>*{display:none}</style>`;
const TERMINAL = "\u001b[2J\u001b]0;pwned\u0007\u009b31m\u202eevil\u2066\u200b\u0000";

test("a hostile delivery is shown as text", async () => {
  const page = await open(browser, listener.page);
  const body = JSON.stringify({ action: MARKUP, title: TERMINAL, [MARKUP]: [MARKUP] }) + TERMINAL + MARKUP;
  await deliver(listener.receiver, body, {
    signed: body + "\n", event: `"><img src=x onerror=window.pwned=1>`, path: `/${encodeURIComponent("</b>")}?<script>window.pwned=1</script>`,
    headers: { "x-evil": MARKUP, "x-bidi": Buffer.from("\u202eevil").toString("latin1"), "x-github-delivery": "<i>1</i>" },
  });
  await openRow(page, "onerror");
  for (const tab of ["Text", "Hex"]) await card(page, "Body").getByRole("tab", { name: tab }).click();
  await card(page, "Body").getByRole("tab", { name: "Text" }).click();
  const shown = await card(page, "Body").getByRole("tabpanel").innerText();
  for (const part of ["<script>window.pwned=1", "ESC", "BEL", "NUL", "U+202E", "U+2066", "zero-width space", "U+009B"]) assert.ok(shown.includes(part), part);
  const all = await page.evaluate(() => document.documentElement.innerText);
  assert.ok(!/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(all), "no control character is left");
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.equal(await page.locator("#detail :is(script, img, svg, style, iframe, object), #rows :is(script, img, svg, style)").count(), 0);
  await page.getByRole("button", { name: "Replay" }).click();
  await card(page, "Answers").getByText("replay").waitFor();
  assert.ok((await card(page, "Answers").innerText()).includes("<b>no</b>"));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("hostile JSON makes no tree, or a small one", async () => {
  const page = await open(browser, listener.page);
  for (const [path, body, isTree] of [
    ["/deep", "[".repeat(100_000) + "]".repeat(100_000), false],
    ["/broken", '{"a":1,}', false],
    ["/wide", JSON.stringify(Array.from({ length: 20_000 }, (_, place) => place)), true],
    ["/proto", '{"__proto__":{"polluted":1},"constructor":1}', true],
    ["/binary", Buffer.from([...Array(256).keys()]), false],
    ["/large", Buffer.alloc(1_500_000, "x"), false],
  ]) {
    await deliver(listener.receiver, body, { path });
    await openRow(page, path);
    assert.equal(await card(page, "Body").getByRole("tab", { name: "JSON tree" }).count(), Number(isTree), path);
    if (isTree) {
      await card(page, "Body").getByRole("tab", { name: "JSON tree" }).click();
      assert.ok((await page.locator(".tree .leaf").count()) <= 200, path);
    }
  }
  await card(page, "Body").getByText("The page shows the first 262.1 kB of 1.5 MB.").waitFor();
  assert.equal(await page.evaluate(() => ({}).polluted), undefined);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("another web page can neither read nor act", async () => {
  const { pathname, host } = new URL(listener.page);
  const evil = http.createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>evil</h1>"));
  await new Promise((ready) => evil.listen(0, "127.0.0.1", ready));
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  // It even knows the token.
  const got = await page.evaluate(async (inspector) => {
    const attempt = (path, options) => fetch(inspector + path, options).then((answer) => `${answer.type} ${answer.status}`, () => "failed");
    const script = (path) => new Promise((done) => {
      const element = document.createElement("script");
      element.src = inspector + path;
      element.onload = () => done("loaded");
      element.onerror = () => done("failed");
      document.head.append(element);
    });
    const events = () => new Promise((done) => {
      const source = new EventSource(`${inspector}events`);
      source.onmessage = () => done("read");
      source.onerror = () => { source.close(); done("failed"); };
    });
    return [
      await attempt("about"), await attempt("deliveries/1"), await attempt("clear", { method: "POST", body: "{}" }),
      await attempt("clear", { method: "POST", mode: "no-cors", body: "{}" }), await events(), await script("main.js"),
    ];
  }, listener.page);
  assert.deepEqual(got, ["failed", "failed", "failed", "failed", "failed", "failed"]);
  await page.evaluate((inspector) => {
    const frame = document.createElement("iframe");
    frame.src = inspector;
    document.body.append(frame);
  }, listener.page);
  await page.waitForTimeout(500);
  assert.ok(page.frames().slice(1).every((frame) => !frame.url().startsWith(listener.page)), "it must not be framed");
  await page.evaluate((inspector) => {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: `${inspector}clear` });
    document.body.append(form);
    form.submit();
  }, listener.page);
  await page.getByText("another web page must not use the inspector").waitFor();
  await page.context().close();

  const own = await open(browser, listener.page);
  await rows(own).first().waitFor();
  await own.context().close();

  const rebound = await (await browser.newContext()).newPage();
  const answer = await rebound.goto(`http://rebound.example:${host.split(":")[1]}${pathname}`);
  assert.equal(answer.status(), 403);
  assert.match(await answer.text(), /open the inspector by the address/);
  const wrong = await rebound.goto(`http://${host}/${"0".repeat(32)}/`);
  assert.equal(wrong.status(), 403);
  await rebound.context().close();
  evil.close();
});
