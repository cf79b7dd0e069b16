// `node sign.mjs NAME` prints a raw HTTP request that the SDK of this provider signed, for `countersign verify --request`.
import { fileURLToPath } from 'node:url';
import { sdks } from './sdks.mjs';

// A request that was signed at this time, in milliseconds. `change` alters the body after it was signed.
export async function signed(sdk, { time = Date.now(), change = (body) => body } = {}) {
  const body = sdk.body();
  const signature = Object.entries(await sdk.sign(body, sdk.secret, time)).map(([name, value]) => `${name}: ${value}`);
  const sent = change(body);
  const head = ['POST / HTTP/1.1', 'host: 127.0.0.1', `content-length: ${Buffer.byteLength(sent)}`, ...signature];
  return `${head.join('\r\n')}\r\n\r\n${sent}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sdk = Object.hasOwn(sdks, process.argv[2] ?? '') ? sdks[process.argv[2]] : undefined;
  if (sdk?.sign === undefined) {
    const names = Object.keys(sdks).filter((name) => sdks[name].sign);
    console.error(`usage: node sign.mjs ${names.join('|')}`);
    process.exit(2);
  }
  process.stdout.write(await signed(sdk));
}
