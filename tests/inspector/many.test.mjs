import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { deliver, launch, listen, open, rows } from "./lab.mjs";

const ALL = 10_500;

let browser, listener;
before(async () => {
  browser = await launch("--js-flags=--expose-gc", "--enable-precise-memory-info");
  listener = await listen("--provider", "github");
});
after(async () => {
  await browser.close();
  await listener.close();
});

const megabytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${listener.pid}/status`, "utf8"))[1]) / 1024;

test("ten thousand deliveries are kept, scroll fast, and take bounded memory", async () => {
  const page = await open(browser, listener.page);
  for (let next = 0; next < ALL; ) {
    const some = Array.from({ length: Math.min(20, ALL - next) }, () => next++);
    await Promise.all(some.map((number) => deliver(listener.receiver, `{"number":${number}}`, { event: number % 10 ? "push" : "issues" })));
  }
  await page.getByText("All 10,000").waitFor();
  await page.getByText("500 older deliveries were dropped").waitFor();
  assert.ok((await rows(page).count()) < 60, "only the rows in sight are elements");
  assert.match(await rows(page).first().innerText(), /#10500/);

  const frames = await page.evaluate(async () => {
    const scroll = document.getElementById("grid");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const times = [];
    for (let step = 1; step <= 60; step += 1) {
      const start = performance.now();
      scroll.scrollTop = (scroll.scrollHeight * step) / 60;
      await frame();
      await frame();
      times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other)[30];
  });
  assert.match((await rows(page).allInnerTexts()).at(-1), /#501\b/);
  const filtered = await page.evaluate(async () => {
    const box = document.getElementById("text");
    const start = performance.now();
    box.value = "issues";
    box.dispatchEvent(new Event("input"));
    return performance.now() - start;
  });
  assert.match(await page.locator("#said").innerText(), /^1,000 deliveries$/);
  const heap = (await page.evaluate(() => { globalThis.gc(); return performance.memory.usedJSHeapSize; })) / 1e6;
  const reload = Date.now();
  await page.reload();
  await page.getByText("All 10,000").waitFor();
  console.log(`half of the pairs of frames take at most ${frames.toFixed(0)} ms, filter ${filtered.toFixed(0)} ms, heap ${heap.toFixed(0)} MB, reload ${Date.now() - reload} ms, listener ${megabytes().toFixed(0)} MB`);
  assert.ok(frames < 200, `${frames} ms`);
  assert.ok(filtered < 500, `${filtered} ms`);
  assert.ok(heap < 64, `${heap} MB`);
  assert.ok(megabytes() < 300, `${megabytes()} MB`);
  assert.deepEqual(page.complaints, []);
});

test("large bodies drop the oldest deliveries", async () => {
  const body = Buffer.alloc(4_000_000, " ");
  for (let number = 0; number < 40; number += 1) await deliver(listener.receiver, body);
  const page = await open(browser, listener.page);
  await page.getByText("4.0 MB").first().waitFor();
  const kept = Number((await page.locator("#count-all").innerText()).replace(",", ""));
  assert.ok(kept >= 30 && kept < 40, String(kept));
  assert.ok(megabytes() < 500, `${megabytes()} MB`);
});
