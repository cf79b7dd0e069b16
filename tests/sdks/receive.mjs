// A receiver in which the providers' SDKs verify. Its path /NAME is for the provider NAME of the table.
// `node receive.mjs` prints its port, and receives until it is stopped.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { sdks, title } from './sdks.mjs';

// The verdict of the SDK: 200, or 401 with its reason.
async function answer(name, headers, body) {
  if (!Object.hasOwn(sdks, name)) return [404, `no SDK for '${name}'`];
  const sdk = sdks[name];
  try {
    const accepted = (await sdk.verify(body, headers, sdk.secret)) !== false;
    return accepted ? [200, `accepted by ${title(sdk)}`] : [401, 'the SDK says false'];
  } catch (error) {
    return [401, error.message];
  }
}

async function receive(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [status, text] = await answer(request.url.slice(1), request.headers, Buffer.concat(chunks));
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

// Listens on a free port of 127.0.0.1, and returns the server when it is ready.
export async function listen() {
  const server = createServer((request, response) => {
    // A client that hangs up ends its own request alone.
    receive(request, response).catch((error) => {
      console.error(error.message);
      response.destroy();
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await listen()).address().port);
