// The listener, an endpoint behind it, a provider in front of it, and a browser.
import { spawn } from "node:child_process";
import { createHmac, timingSafeEqual } from "node:crypto";
import http from "node:http";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const SECRET = "a secret of the browser tests, 0123456789";
export const BINARY = process.env.COUNTERSIGN ?? fileURLToPath(new URL("../../target/debug/countersign", import.meta.url));
export const SHOTS = fileURLToPath(new URL("../../target/inspector/", import.meta.url));
mkdirSync(SHOTS, { recursive: true });

export const sha256 = (bytes, secret = SECRET) => createHmac("sha256", secret).update(bytes).digest();

/** An endpoint as GitHub's documents describe it. A lax one accepts everything. */
export async function endpoint({ lax = false, refusal = "<b>no</b>", port = 0, secret = SECRET } = {}) {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ method: request.method, url: request.url, headers: request.rawHeaders, body });
    const wanted = Buffer.from(`sha256=${sha256(body, secret).toString("hex")}`);
    const got = Buffer.from(request.headers["x-hub-signature-256"] ?? "");
    const right = got.length === wanted.length && timingSafeEqual(got, wanted);
    response.writeHead(right || lax ? 200 : 401, { "content-type": "text/plain" });
    response.end(right ? "thank you" : refusal);
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}/hook`, requests, close: () => server.close() };
}

/** `countersign listen --ui`. */
export async function listen(...more) {
  const provider = more.includes("--provider") ? [] : ["--provider", "github"];
  const args = ["listen", ...provider, "--secret-env", "SECRET", "--ui", ...(more.includes("--port") ? [] : ["--port", "0", "--ui-port", "0"]), ...more];
  const child = spawn(BINARY, args, { env: { ...process.env, SECRET }, stdio: ["ignore", "pipe", "ignore"] });
  const lines = [];
  const page = await new Promise((ready, failed) => {
    child.on("exit", (code) => failed(new Error(`the listener ended with ${code}`)));
    createInterface(child.stdout).on("line", (line) => {
      lines.push(line);
      const found = /^inspector on (\S+)$/.exec(line);
      if (found) ready(found[1]);
    });
  });
  const receiver = /http:\S+/.exec(lines[0])[0].replace(/\/$/, "");
  const ended = new Promise((done) => child.on("exit", done));
  return { page, receiver, lines, pid: child.pid, close: () => { child.kill(); return ended; } };
}

/** Delivers as GitHub does. `signed` is what the signature is made of, if it is not the body. */
export function deliver(receiver, body, { signed = body, path = "/hook", event = "push", headers = {} } = {}) {
  const own = { "content-type": "application/json", "x-github-event": event, "x-hub-signature-256": `sha256=${sha256(signed).toString("hex")}` };
  return send(receiver + path, body, { ...own, ...headers });
}

/** Sends a request with these headers. A header whose value is `undefined` is left out. */
export function send(url, body, headers) {
  const kept = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((done, failed) => {
    const request = http.request(url, { method: "POST", headers: { ...kept, "content-length": Buffer.byteLength(body) } }, (response) => {
      response.resume();
      response.on("end", () => done(response.statusCode));
    });
    request.on("error", failed);
    request.end(body);
  });
}

export const launch = (...args) =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", ...args] });

/** A page that fails the test if a script throws, if the console complains, or if anything asks another host. */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`error: ${error.message}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
  page.on("dialog", (dialog) => { page.complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  const { host } = new URL(address);
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== host && url.protocol !== "blob:") page.complaints.push(`request to ${url.host}`);
  });
  await page.goto(address);
  await page.getByText("live", { exact: true }).waitFor();
  return page;
}

/** The rows in sight, newest first. */
export const rows = (page) => page.locator("#rows .row");
/** Opens the newest row with this text. The view shows the delivery before until the new one has come, so its number is waited for. */
export const openRow = async (page, text) => {
  const id = await rows(page).filter({ hasText: text }).first().getAttribute("id");
  await page.locator(`#${id}`).click();
  await page.locator(`#detail[aria-label="Delivery ${id.replace("row-", "")}"] h2 .mark`).waitFor();
};
export const card = (page, name) => page.locator("#detail").getByRole("region", { name, exact: true });
