// `node check.mjs COUNTERSIGN`: the command sends to the providers' SDKs, and verifies what they sign.
//
// The receiver is part of this process, so that it always ends with it. The secret is in the command's environment, and all else goes
// through its standard input: no file is left over.
import { spawn } from 'node:child_process';
import { listen } from './receive.mjs';
import { sdks, title } from './sdks.mjs';
import { signed } from './sign.mjs';

// Forgeries that no correct verification takes, however leniently it reads a signature: those of every provider, and those of some.
const FORGERIES = {
  every: [
    'unsigned', 'empty-signature', 'other-secret', 'empty-secret', 'zero-tag', 'hash-without-key', 'empty-body-signed', 'sha1-as-own', 'sha512-cut',
    'body-bit-flipped', 'body-cut', 'body-twice', 'body-with-space',
  ],
  textKey: ['key-from-base64', 'key-from-hex'],
  base64Key: ['key-not-decoded', 'key-with-prefix'],
  time: ['body-alone-signed'],
  window: ['time-too-old'],
  id: ['other-id'],
};
const HOUR = 3_600_000;

const command = process.argv[2];
if (command === undefined) {
  console.error('usage: node check.mjs COUNTERSIGN');
  process.exit(2);
}

// Runs the command, and returns its exit code and its output.
function run(args, secret, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, SDK_SECRET: secret } });
    const output = [];
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(output).toString().trim() }));
    // A command that refuses its arguments does not read its input.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

let wrong = 0;
let right = 0;
function judge(what, good, output) {
  if (good) {
    right += 1;
    return;
  }
  wrong += 1;
  // The first line names the fault. The others of a wrong argument are the same each time.
  console.log(`WRONG: ${what}: ${output.split('\n', 1)[0]}`);
}

// The SDK must answer with this status. Exit code 2 is a mistake in the arguments, and the status shows that the SDK was asked.
async function send(name, sdk, what, status, more) {
  const args = ['send', `${url}/${name}`, '--provider', name, '--secret-env', 'SDK_SECRET', '--json', ...more];
  const { code, output } = await run(args, sdk.secret, sdk.body());
  const good = code === (status === 200 ? 0 : 1) && output.includes(`"status":${status}`);
  judge(`send ${name} ${what}`, good, `exit code ${code}: ${output}`);
}

async function verify(name, sdk, what, exit, request) {
  const args = ['verify', '--provider', name, '--secret-env', 'SDK_SECRET', '--request', '-'];
  const { code, output } = await run(args, sdk.secret, request);
  judge(`verify ${name} ${what}`, code === exit, `exit code ${code}: ${output}`);
}

const server = await listen();
const url = `http://127.0.0.1:${server.address().port}`;
for (const [name, sdk] of Object.entries(sdks)) {
  await send(name, sdk, 'genuine', 200, ['--body', '-']);
  await send(name, sdk, 'with a body of the command', 200, []);
  for (const forgery of ['every', ...sdk.has].flatMap((part) => FORGERIES[part])) {
    await send(name, sdk, forgery, 401, ['--body', '-', '--forge', forgery]);
  }
  if (sdk.sign) {
    await verify(name, sdk, 'genuine', 0, await signed(sdk));
    await verify(name, sdk, 'altered', 1, await signed(sdk, { change: (body) => body.replace('evt_1', 'evt_2') }));
    if (sdk.has.includes('time')) await verify(name, sdk, 'an hour old', 1, await signed(sdk, { time: Date.now() - HOUR }));
  }
  console.log(`${name}: ${title(sdk)} was asked${sdk.sign ? ', and signed' : ''}`);
}
server.close();
console.log(`${right} answers were right, ${wrong} were wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
