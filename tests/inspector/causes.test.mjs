import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { SECRET, card, deliver, launch, listen, open, openRow, rows, send, sha256 } from "./lab.mjs";

const JSON_BODY = '{"name":"Zoë","url":"https://a.example/b","n":1.5,"list":[1,2]}';
const INDENTED = '{\n  "name": "x",\n  "n": 1\n}';

let browser, listener, page;
before(async () => {
  browser = await launch();
  listener = await listen();
  page = await open(browser, listener.page);
});
after(async () => {
  await browser.close();
  await listener.close();
  assert.deepEqual(page.complaints, []);
});

/** The signed body, the body that came, the cause, and a difference in words. */
const BODIES = [
  [JSON_BODY, `${JSON_BODY}\n`, "body-final-newline-added", "one line feed came that was not signed"],
  [`${JSON_BODY}\n`, JSON_BODY, "body-final-newline-lost", "one line feed was signed that did not come"],
  [INDENTED, INDENTED.replaceAll("\n", "\r\n"), "body-crlf-for-lf", "one carriage return came that was not signed, 3 times"],
  [INDENTED.replaceAll("\n", "\r\n"), INDENTED, "body-lf-for-crlf", "one carriage return was signed that did not come, 3 times"],
  [JSON_BODY.replace("ë", "\\u00eb"), JSON_BODY, "body-reserialised", "“\\u00eb” was signed, and “ë” came"],
  ['{"name": "x", "n": 1}', '{"name":"x","n":1}', "body-reserialised", "one space was signed that did not come, 3 times"],
  [JSON_BODY.replaceAll("/", "\\/").replace("ë", "\\u00eb"), JSON_BODY, "body-reserialised", "“\\/” was signed, and “/” came"],
  [JSON_BODY, `\ufeff${JSON_BODY}`, "body-byte-order-mark-added", "one byte order mark came that was not signed"],
  [`\ufeff${JSON_BODY}`, JSON_BODY, "body-byte-order-mark-lost", "one byte order mark was signed that did not come"],
  ["", JSON_BODY, "body-empty-signed", "came that was not signed"],
  [JSON_BODY, Buffer.from(JSON_BODY, "utf8").toString("base64"), "body-base64-encoded", ""],
  [JSON_BODY, Buffer.from(Buffer.from(JSON_BODY, "utf8").toString("latin1"), "utf8"), "body-utf8-twice", "“ë” was signed, and “Ã«” came"],
];

for (const [number, [signed, came, cause, difference]] of BODIES.entries()) {
  test(`${number}: ${cause} shows the bytes that were signed beside the bytes that came`, async () => {
    const path = `/body-${number}`;
    assert.equal(await deliver(listener.receiver, came, { signed, path }), 401);
    await openRow(page, path);
    await page.getByRole("heading", { name: `Refused delivery ${number + 1}` }).waitFor();
    const diagnosis = card(page, "Diagnosis");
    assert.equal(await diagnosis.locator("[data-cause]").first().getAttribute("data-cause"), cause);
    const lines = await diagnosis.innerText();
    for (const label of ["Cause", "Repair", "Made by"]) assert.match(lines, new RegExp(`^${label}$`, "m"));
    const diff = card(page, "Signed and received bytes");
    assert.ok((await diff.locator(".told").innerText()).includes(difference), await diff.innerText());
    // The panes show every byte: with the visible marks taken away, both texts are whole.
    for (const [label, text] of [["Signed bytes", signed], ["Bytes that came", came]]) {
      const pane = await diff.getByLabel(label).evaluate((element) => {
        const copy = element.cloneNode(true);
        for (const mark of copy.querySelectorAll(".blank, .odd")) {
          const kept = { "·": " ", "␍": "\r", "byte order mark": "\ufeff" };
          mark.replaceWith(kept[mark.textContent] ?? "");
        }
        return copy.textContent;
      });
      assert.equal(pane, Buffer.from(text).toString("utf8"));
    }
  });
}

test("causes without a body have no difference", async () => {
  const body = "{}";
  const upper = `sha256=${sha256(body).toString("hex").slice(0, 40)}`;
  for (const [path, headers, cause] of [
    ["/missing", { "x-hub-signature-256": undefined }, "header-missing"],
    ["/cut", { "x-hub-signature-256": upper }, "header-truncated"],
    ["/prefix", { "x-hub-signature-256": sha256(body).toString("hex") }, "header-prefix-missing"],
  ]) {
    await deliver(listener.receiver, body, { path, headers });
    await openRow(page, path);
    await page.locator(`[data-cause="${cause}"]`).waitFor();
    assert.equal(await card(page, "Signed and received bytes").count(), 0, path);
  }
});

test("a secret that was copied with more or less than it is has no difference of bytes", async () => {
  for (const [path, secret, cause] of [["/newline", `${SECRET}\n`, "secret-white-space-lost"], ["/quoted", `"${SECRET}"`, "secret-unquoted"]]) {
    const tag = createHmac("sha256", secret).update("{}").digest("hex");
    await deliver(listener.receiver, "{}", { path, headers: { "x-hub-signature-256": `sha256=${tag}` } });
    await openRow(page, path);
    await page.locator(`[data-cause="${cause}"]`).waitFor();
    assert.equal(await card(page, "Signed and received bytes").count(), 0, path);
  }
});

test("a signature that nothing explains has advice", async () => {
  await deliver(listener.receiver, JSON_BODY, { path: "/unknown", headers: { "x-hub-signature-256": `sha256=${"ab".repeat(32)}` } });
  await openRow(page, "/unknown");
  await card(page, "Diagnosis").getByText("compare the secret with the provider's").waitFor();
});

test("the signed text of a scheme with a time has its parts, and no tag is shown whole", async () => {
  const slack = await listen("--provider", "slack");
  const own = await open(browser, slack.page);
  const time = String(Math.floor(Date.now() / 1000));
  const tag = createHmac("sha256", SECRET).update(`v0:${time}:{"type":"x"}`).digest("hex");
  const status = await send(`${slack.receiver}/`, '{"type":"x"}', { "x-slack-request-timestamp": time, "x-slack-signature": `v0=${tag}` });
  assert.equal(status, 204);
  await rows(own).first().click();
  assert.match(await card(own, "Signed text").innerText(), new RegExp(`v0:\\{timestamp\\}:\\{body\\}[\\s\\S]*v0:${time}:body, 12 bytes`));
  const headers = await card(own, "Headers").innerText();
  assert.match(headers, new RegExp(`x-slack-request-timestamp\\s+${time}\\s+signed time`));
  assert.match(headers, new RegExp(`x-slack-signature\\s+v0=${tag.slice(0, 6)}… \\(64 characters\\)\\s+signature`));
  assert.ok(!(await own.content()).includes(tag) && !(await own.content()).includes(SECRET));
  assert.deepEqual(own.complaints, []);
  await own.context().close();
  await slack.close();
});

test("the body is text, a tree and hex, exact to the byte", async () => {
  const body = Buffer.from('{"big":12345678901234567890,"twice":1,"twice":2,"list":[{"a":null},"\\u00e9"],"empty":{}}\t\r\n');
  await deliver(listener.receiver, body, { path: "/shapes" });
  await openRow(page, "/shapes");
  const shown = card(page, "Body");
  await shown.getByRole("tab", { name: "Text" }).click();
  assert.match(await shown.getByRole("tabpanel").innerText(), /"empty":\{\}\}→\t␍↵/);
  await page.keyboard.press("ArrowRight");
  const tree = await shown.getByRole("tabpanel").innerText();
  for (const part of ["12345678901234567890", '"twice": 1', '"twice": 2', '"\\u00e9"', '"empty": {}']) assert.ok(tree.includes(part), tree);
  await page.keyboard.press("ArrowRight");
  assert.match(await shown.getByRole("tabpanel").innerText(), /000000 {2}7b 22 62 69 67 22 3a 31 {2}32 33 34 35 36 37 38 39 {2}\{"big":123456789\n/);
});
