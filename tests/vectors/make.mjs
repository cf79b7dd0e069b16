#!/usr/bin/env node
// Makes the files of ../cases from source.json with Node's crypto. make.py makes the same bytes with Python's hmac.
//
// usage: make.mjs FOLDER     (writes FOLDER/<group>.json)
import { createHash, createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const samples = join(here, "../../crates/countersign/samples");
const source = JSON.parse(readFileSync(join(here, "source.json"), "utf8"));

/** A text, {hex}, {sample}, {repeat, times}, or a list of such. */
function bytesOf(spec) {
  if (typeof spec === "string") return Buffer.from(spec);
  if (Array.isArray(spec)) return Buffer.concat(spec.map(bytesOf));
  if ("hex" in spec) return Buffer.from(spec.hex, "hex");
  if ("sample" in spec) return Buffer.from(readFileSync(join(samples, `${spec.sample}.json`), "utf8").trimEnd());
  return Buffer.from(spec.repeat.repeat(spec.times));
}

/** The same, with samples as their text. */
function inlined(spec) {
  if (Array.isArray(spec)) return spec.map(inlined);
  return typeof spec === "object" && "sample" in spec ? bytesOf(spec).toString() : spec;
}

const mac = (key, message, algorithm = "sha256") => createHmac(algorithm, key).update(message).digest("hex");

function flipped(tag, bit) {
  const number = Buffer.from(tag, "hex");
  number[Math.floor(bit / 8)] ^= 0x80 >> bit % 8;
  return number.toString("hex");
}

/** A header value: what stands in braces is computed. source.json says how. */
function value(template, prefix, key, message) {
  const tag = mac(key, message);
  const cut = (text, from, to) => (from === undefined ? text : text.slice(Number(from), Number(to)));
  const make = {
    prefix: () => prefix,
    tag: (from, to) => cut(tag, from, to),
    TAG: (from, to) => cut(tag.toUpperCase(), from, to),
    flip: (bit) => flipped(tag, Number(bit)),
    base64: () => Buffer.from(tag, "hex").toString("base64"),
    md5: () => mac(key, message, "md5"),
    sha1: () => mac(key, message, "sha1"),
    sha384: () => mac(key, message, "sha384"),
    sha512: () => mac(key, message, "sha512"),
    unkeyed: () => createHash("sha256").update(message).digest("hex"),
    concatenated: () => createHash("sha256").update(key).update(message).digest("hex"),
    swapped: () => mac(message, key),
  };
  // The template is split at its placeholders. The bytes between them stay unchanged.
  const parts = template.split(/(\{\w+(?: [0-9a-f]+)*\})/).map((part) => {
    const match = /^\{(\w+)((?: [0-9a-f]+)*)\}$/.exec(part);
    if (!match) return Buffer.from(part);
    const args = match[2].split(" ").slice(1);
    return match[1] === "byte" ? Buffer.from(args[0], "hex") : Buffer.from(make[match[1]](...args));
  });
  return Buffer.concat(parts);
}

/** Printable ASCII as it is, anything else as hex. */
function shown(raw) {
  return raw.every((byte) => byte >= 0x20 && byte <= 0x7e) ? raw.toString("latin1") : { hex: raw.toString("hex") };
}

function makeCase(group, entry, name) {
  const provider = source.providers[name];
  const body = entry.body ?? provider.body;
  const key = bytesOf(entry.sign?.with ?? provider.secret);
  const message = bytesOf(entry.sign?.over ?? body);
  const headers = [
    ...(entry.signatures ?? ["{prefix}{tag}"]).map((template) => ["{signature}", template]),
    ...(entry.headers ?? []),
  ].map(([header, template]) => [
    header.replaceAll("{signature}", provider.header),
    shown(value(template, provider.prefix, key, message)),
  ]);
  return {
    name: `${group}: ${entry.name} (${name})`,
    provider: name,
    ...("limit" in entry ? { limit: entry.limit } : {}),
    secrets: entry.secrets ?? [["current", provider.secret]],
    headers,
    body: inlined(body),
    expect: entry.expect,
  };
}

function* entries(group) {
  for (let entry of group.cases) {
    if (Array.isArray(entry)) {
      const [name, signatures, reason] = entry;
      entry = { name, signatures, expect: { status: 401, reason } };
    }
    for (const provider of entry.providers ?? group.providers) yield [entry, provider];
  }
}

const files = new Map();
for (const group of source.groups) {
  const lines = files.get(group.file) ?? [];
  files.set(group.file, lines);
  for (const [entry, provider] of entries(group)) lines.push(JSON.stringify(makeCase(group.name, entry, provider)));
}
for (const [file, lines] of files) {
  writeFileSync(join(process.argv[2], `${file}.json`), `[\n${lines.join(",\n")}\n]\n`);
}
