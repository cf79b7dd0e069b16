// Deliveries with mistakes, made with Node: `node diagnose.mjs > diagnose.node.json`.
// A case has the receiver's secret, headers and body, and the names of the causes.
import { createHash, createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const HEADER = 'x-signature-256';
const mac = (key, body, algorithm = 'sha256') => createHmac(algorithm, key).update(body).digest('hex');
const cases = [];

function add(name, causes, { secret = SECRET, others = {}, body, value, headers, format = 'sha256' }) {
  cases.push({
    name, causes, format,
    secret: Buffer.from(secret).toString('base64'),
    others: Object.fromEntries(Object.entries(others).map(([label, s]) => [label, Buffer.from(s).toString('base64')])),
    headers: (headers ?? [[HEADER, value]]).map(([n, v]) => [n, Buffer.from(v, 'latin1').toString('base64')]),
    body: Buffer.from(body).toString('base64'),
  });
}
// The provider signs `signed`; the receiver holds `body`.
const body = (name, cause, signed, held, more = {}) =>
  add(name, [cause, ...(more.also ?? [])], { value: `sha256=${mac(more.key ?? SECRET, signed)}`, body: held });
// The provider signs with `key`; the receiver holds `secret`.
const secret = (name, cause, key, held, more = {}) =>
  add(name, [cause], { value: `sha256=${mac(key, BODY)}`, secret: held, body: BODY, ...more });
const header = (name, causes, value, more = {}) => add(name, causes, { value, body: BODY, ...more });

const EVENT = {
  id: 'evt_1', type: 'user.created', path: '/a/b', html: '<b>&</b>', name: 'Zoë Čapek 😀', price: 1.5, whole: 100, 10: 'ten', 2: 'two',
  tiny: 1e-7, small: 0.000001, big: 1e21, large: 123456789012345680000, quote: '"\\\n\t\u0001\u007f\u2028', list: [], object: {}, nested: [{ b: [1, 2], a: null }],
};
const BODY = JSON.stringify(EVENT);
const PRETTY = JSON.stringify(EVENT, null, 2);
const RAW = '{ "b": 1.0, "a": 1e2,\n\t"é": "\\u00e9\\/", "z": [ 1E-7, -0, 0.10, 12345678901234567890 ] }';
const ODD = { '\uffee': 1, '\u{1f600}': 2, 10: 3, 9: 4, b: 5, B: 6, '01': 7 };
const sorted = (value) => Array.isArray(value) ? value.map(sorted)
  : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((k) => [k, sorted(value[k])])) : value;

add('nothing wrong', [], { value: `sha256=${mac(SECRET, BODY)}`, body: BODY });
body('a file saved with a final newline', 'body-final-newline-added', BODY, BODY + '\n');
body('a file saved with a final CRLF', 'body-final-newline-added', BODY, BODY + '\r\n');
body('a body that was trimmed', 'body-final-newline-lost', BODY + '\n', BODY);
body('a body that lost a final CRLF', 'body-final-newline-lost', BODY + '\r\n', BODY);
body('a body in white space', 'body-white-space-added', BODY, `  ${BODY}\n\n`);
body('curl -d @file of JSON by 2', 'body-newlines-lost', PRETTY, PRETTY.replace(/\n/g, ''));
body('curl -d @file of JSON by 4, final newline', 'body-newlines-lost', JSON.stringify(EVENT, null, 4) + '\n', JSON.stringify(EVENT, null, 4).replace(/\n/g, ''));
body('the file of curl -d @file', 'body-newlines-added', PRETTY.replace(/\n/g, ''), PRETTY);
body('CRLF for LF', 'body-crlf-for-lf', PRETTY, PRETTY.replace(/\n/g, '\r\n'));
body('LF for CRLF', 'body-lf-for-crlf', PRETTY.replace(/\n/g, '\r\n'), PRETTY);
body('JSON.stringify of the parsed body', 'body-reserialised', JSON.stringify(JSON.parse(RAW)), RAW);
body('JSON.stringify by 2', 'body-reserialised', JSON.stringify(JSON.parse(RAW), null, 2), RAW);
body('JSON.stringify by 4', 'body-reserialised', JSON.stringify(JSON.parse(RAW), null, 4), RAW);
body('JSON.stringify, keys sorted', 'body-reserialised', JSON.stringify(sorted({ b: EVENT, a: [EVENT] })), JSON.stringify({ b: EVENT, a: [EVENT] }));
body('JSON.stringify by 2, keys sorted', 'body-reserialised', JSON.stringify(sorted({ b: 1, a: [EVENT] }), null, 2), JSON.stringify({ b: 1, a: [EVENT] }));
body('JSON.stringify, odd keys sorted', 'body-reserialised', JSON.stringify(sorted(ODD)), JSON.stringify(ODD, null, 1));
body('we hold JSON.stringify, pretty was signed', 'body-reserialised', PRETTY, BODY);
body('slashes escaped', 'body-reserialised', BODY.replace(/\//g, '\\/').replace(/\u2028/g, '\\u2028'), BODY);
body('slashes and non-ASCII escaped', 'body-reserialised', BODY.replace(/\//g, '\\/').replace(/[\u0080-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')), BODY);
body('HTML escaped', 'body-reserialised', BODY.replace(/[<>&\u2028]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')), BODY);
body('a half surrogate pair', 'body-reserialised', JSON.stringify(JSON.parse('{"a": "\\ud83d x \\ud83d\\ude00"}')), '{"a": "\\uD83D x \\uD83D\\uDE00"}');
body('numbers at the edges', 'body-reserialised',
  JSON.stringify(JSON.parse('[1e-6, 1e-7, 1e20, 1e21, 1.5e300, 5e-324, -0, -1.50, 0.1, 9007199254740993, 1e0, 123.456e5]')),
  '[1e-6, 1e-7, 1e20, 1e21, 1.5e300, 5e-324, -0, -1.50, 0.1, 9007199254740993, 1e0, 123.456e5]');
body('String of an object', 'body-dumped-when-signed', String(EVENT), BODY);
for (const [name, text] of [['one integer', '{"order":7310984225166409823,"n":1}'], ['a negative one', '{"order":-9007199254740995}'], ['two integers', '{"a":1157920892373161954,"b":41771983423143937}']]) {
  body(`JavaScript rounds ${name}`, 'body-integer-rounded', text, JSON.stringify(JSON.parse(text)));
}
body('a rounded integer with digits that nobody knows', 'body-perhaps-rounded', '{"order":"something else"}', JSON.stringify(JSON.parse('{"order":7310984225166409823}')));
body('JSON.stringify by 2 with CRLF', 'body-reserialised', JSON.stringify(JSON.parse(RAW), null, 2).replace(/\n/g, '\r\n'), RAW, { also: ['body-lf-for-crlf'] });
body('a form, the payload signed', 'body-form-encoded', BODY, new URLSearchParams({ payload: BODY }).toString());
body('a form signed, the payload held', 'body-form-decoded', new URLSearchParams({ payload: BODY }).toString(), BODY);
body('base64 from a gateway', 'body-base64-encoded', BODY, Buffer.from(BODY).toString('base64'));
body('base64 in the URL alphabet', 'body-base64-encoded', BODY, Buffer.from(BODY).toString('base64url'));
body('base64 signed', 'body-base64-decoded', Buffer.from(BODY).toString('base64'), BODY);
body('a BOM came', 'body-byte-order-mark-added', BODY, '\ufeff' + BODY);
body('a BOM was lost', 'body-byte-order-mark-lost', '\ufeff' + BODY, BODY);
body('UTF-8 read as Latin-1', 'body-utf8-twice', BODY, Buffer.from(Buffer.from(BODY).toString('latin1')));
body('UTF-8 encoded twice and signed', 'body-utf8-twice-signed', Buffer.from(Buffer.from(BODY).toString('latin1')), BODY);
const LATIN = '{"name": "Zoë"}';
body('Latin-1 came', 'body-latin1-for-utf8', LATIN, Buffer.from(LATIN, 'latin1'));
body('Latin-1 signed', 'body-utf8-for-latin1', Buffer.from(LATIN, 'latin1'), LATIN);
body('bytes signed as text', 'body-replaced-when-signed', Buffer.from([0x7b, 0xff, 0xe9, 0x7d]).toString(), Buffer.from([0x7b, 0xff, 0xe9, 0x7d]));
body('bytes read as text', 'body-replaced', Buffer.from([0x7b, 0xff, 0xe9, 0x7d]), Buffer.from([0x7b, 0xff, 0xe9, 0x7d]).toString());
body('an empty body signed', 'body-empty-signed', '', BODY);
body('an empty body came', 'body-empty', BODY, '');
// The body is stored and not deflated, because versions of zlib deflate differently.
body('gzip', 'text-compressed', BODY, Buffer.from(gzipSync(BODY, { level: 0 })));
header('gzip that is declared', ['body-content-encoding'], '', {
  headers: [['content-encoding', 'gzip'], [HEADER, `sha256=${mac(SECRET, BODY)}`]] });
header('timestamp.body', ['text-stamped'], '', { headers: [['x-timestamp', '1700000000'], [HEADER, `sha256=${mac(SECRET, `1700000000.${BODY}`)}`]] });

const PLAIN = 'a secret of the provider';
const base64 = Buffer.from('0123456789 a key of any bytes \xff', 'latin1').toString('base64');
const hex = '00112233445566778899aabbccddeeff';
secret('a newline after the configured secret', 'secret-white-space-added', SECRET, SECRET + '\n');
secret('spaces around the configured secret', 'secret-white-space-added', SECRET, ` ${SECRET}  `);
secret('a newline after the provider\'s secret', 'secret-white-space-lost', SECRET + '\n', SECRET);
secret('quotes around the configured secret', 'secret-quoted', SECRET, `"${SECRET}"`);
secret('single quotes around the configured secret', 'secret-quoted', SECRET, `'${SECRET}'`);
secret('quotes around the provider\'s secret', 'secret-unquoted', `"${SECRET}"`, SECRET);
secret('whsec_ stripped', 'secret-prefix-stripped', SECRET.slice(6), SECRET);
secret('whsec_ lost', 'secret-prefix-lost', SECRET, SECRET.slice(6));
secret('base64-decoded with whsec_', 'secret-prefixed-base64-decoded', Buffer.from(base64, 'base64'), 'whsec_' + base64);
secret('base64-decoded without whsec_', 'secret-base64-decoded', Buffer.from(base64, 'base64'), base64);
secret('base64url-decoded', 'secret-base64-decoded', Buffer.from('-_-_abcd', 'base64url'), '-_-_abcd');
secret('the bytes configured, the base64 signed with', 'secret-base64-encoded', base64, Buffer.from(base64, 'base64'));
secret('hex-decoded', 'secret-hex-decoded', Buffer.from(hex, 'hex'), hex);
secret('the bytes configured, the hex signed with', 'secret-hex-encoded', hex, Buffer.from(hex, 'hex'));
secret('capitals', 'secret-upper-case', PLAIN.toUpperCase(), PLAIN);
secret('lower case', 'secret-lower-case', PLAIN, PLAIN.toUpperCase());
secret('an empty key', 'secret-empty', '', SECRET);
secret('another configured secret', 'secret-other', PLAIN, SECRET, { others: { hook: PLAIN } });

const tag = mac(SECRET, BODY);
header('sha256= missing', ['header-prefix-missing'], tag);
header('sha256= where bare hex belongs', ['header-prefix-unexpected'], `sha256=${tag}`, { format: 'hex' });
header('sha256= doubled', ['header-prefix-doubled'], `sha256=sha256=${tag}`);
header('SHA256=', ['header-prefix-misspelt'], `SHA256=${tag}`);
header('sha256:', ['header-prefix-misspelt'], `sha256:${tag}`);
header('quotes around the value', ['header-surrounded'], `"sha256=${tag}"`);
header('base64', ['header-base64'], `sha256=${Buffer.from(tag, 'hex').toString('base64')}`);
header('bare base64', ['header-prefix-missing', 'header-base64'], Buffer.from(tag, 'hex').toString('base64'));
header('base64 in a hex scheme', ['header-base64'], Buffer.from(tag, 'hex').toString('base64url'), { format: 'hex' });
header('SHA-1', ['header-sha1'], `sha1=${mac(SECRET, BODY, 'sha1')}`);
header('SHA-1 under sha256=', ['header-sha1'], `sha256=${mac(SECRET, BODY, 'sha1')}`);
header('SHA-512', ['header-sha512'], `sha512=${mac(SECRET, BODY, 'sha512')}`);
header('SHA-512 in base64', ['header-base64', 'header-sha512'], `sha256=${createHmac('sha512', SECRET).update(BODY).digest('base64')}`);
for (const algorithm of ['sha1', 'sha256', 'sha512']) {
  header(`plain ${algorithm}`, ['header-plain-hash'], `sha256=${createHash(algorithm).update(BODY).digest('hex')}`);
}
header('truncated to half', ['header-truncated'], `sha256=${tag.slice(0, 32)}`);
header('truncated by a digit', ['header-truncated'], `sha256=${tag.slice(0, 63)}`);
header('truncated to the length of SHA-1', ['header-truncated'], `sha256=${tag.slice(0, 40)}`);
header('more behind the tag', ['header-overlong'], `sha256=${tag},`);
header('another provider\'s header', ['header-other'], '', { headers: [['x-massu-signature-256', `sha256=${tag}`]] });
header('another provider\'s header and format', ['header-other', 'header-prefix-missing'], '', { headers: [['x-webhook-signature', tag]] });
header('sent twice', ['header-repeated'], '', { headers: [[HEADER, `sha256=${tag}`], [HEADER, `sha256=${tag}`]] });
header('sent twice, one is wrong', ['header-repeated'], '', { headers: [[HEADER, `sha256=${'0'.repeat(64)}`], [HEADER, `sha256=${tag}`]] });
header('no header', ['header-missing'], '', { headers: [] });
header('an empty header', ['header-empty'], '');
header('a word', ['header-unreadable'], 'test_signature');

const key = Buffer.from(SECRET.slice(6), 'base64');
const standard = createHmac('sha256', key).update(`msg_1.1700000000.${BODY}`).digest('base64');
const ids = [['webhook-id', 'msg_1'], ['webhook-timestamp', '1700000000']];
header('Standard Webhooks', ['header-other', 'header-standard-webhooks', 'secret-prefixed-base64-decoded'], '', {
  headers: [...ids, ['webhook-signature', `v1,${standard}`]] });
header('Standard Webhooks in our header', ['header-standard-webhooks', 'secret-prefixed-base64-decoded'], '', {
  headers: [...ids, [HEADER, `v1,${'A'.repeat(43)}= v1,${standard}`]] });
header('Stripe', ['header-other', 'header-stripe'], '', {
  headers: [['stripe-signature', `t=1700000000,v1=${'0'.repeat(64)},v1=${mac(SECRET, `1700000000.${BODY}`)}`]] });
header('Stripe in our header', ['header-stripe'], `t=1700000000,v1=${mac(SECRET, `1700000000.${BODY}`)}`);
header('Slack', ['header-other', 'header-slack'], '', {
  headers: [['x-slack-request-timestamp', '1700000000'], ['x-slack-signature', `v0=${mac(SECRET, `v0:1700000000:${BODY}`)}`]] });

// Every pair of a body cause and a secret cause, by name. A body cause has the signed and the received body, and a secret cause has the
// signing and the configured secret.
const SMALL = JSON.stringify({ a: [1, 'é/ /'], b: 2 });
const LINES = JSON.stringify(JSON.parse(SMALL), null, 2);
const form = new URLSearchParams({ payload: SMALL }).toString();
const twice = Buffer.from(Buffer.from(SMALL).toString('latin1'));
const bytes = Buffer.from([0x7b, 0xff, 0x80, 0x7d]);
const bodies = [
  ['body-final-newline-added', SMALL, SMALL + '\n'], ['body-final-newline-lost', SMALL + '\n', SMALL],
  ['body-white-space-added', SMALL, ` ${SMALL}\t`],
  ['body-newlines-lost', LINES, LINES.replace(/\n/g, '')], ['body-newlines-added', LINES.replace(/\n/g, ''), LINES],
  ['body-crlf-for-lf', LINES, LINES.replace(/\n/g, '\r\n')], ['body-lf-for-crlf', LINES.replace(/\n/g, '\r\n'), LINES],
  ['body-reserialised', SMALL, LINES], ['body-form-encoded', SMALL, form], ['body-form-decoded', form, SMALL],
  ['body-base64-encoded', SMALL, Buffer.from(SMALL).toString('base64')], ['body-base64-decoded', Buffer.from(SMALL).toString('base64'), SMALL],
  ['body-byte-order-mark-added', SMALL, '\ufeff' + SMALL], ['body-byte-order-mark-lost', '\ufeff' + SMALL, SMALL],
  ['body-utf8-twice', SMALL, twice], ['body-utf8-twice-signed', twice, SMALL],
  ['body-latin1-for-utf8', SMALL, Buffer.from(SMALL, 'latin1')], ['body-utf8-for-latin1', Buffer.from(SMALL, 'latin1'), SMALL],
  ['body-replaced-when-signed', bytes.toString(), bytes], ['body-empty-signed', '', SMALL],
  ['text-stamped', `1700000000.${SMALL}`, SMALL],
];
const keys = [
  ['secret-white-space-added', PLAIN, PLAIN + '\n'], ['secret-white-space-lost', PLAIN + '\n', PLAIN],
  ['secret-quoted', PLAIN, `"${PLAIN}"`], ['secret-unquoted', `'${PLAIN}'`, PLAIN],
  ['secret-prefix-stripped', SECRET.slice(6), SECRET], ['secret-prefix-lost', SECRET, SECRET.slice(6)],
  ['secret-prefixed-base64-decoded', key, SECRET], ['secret-base64-decoded', Buffer.from(base64, 'base64'), base64],
  ['secret-base64-encoded', base64, Buffer.from(base64, 'base64')],
  ['secret-hex-decoded', Buffer.from(hex, 'hex'), hex], ['secret-hex-encoded', hex, Buffer.from(hex, 'hex')],
  ['secret-upper-case', PLAIN.toUpperCase(), PLAIN], ['secret-lower-case', PLAIN, PLAIN.toUpperCase()],
  ['secret-empty', '', SECRET], ['secret-other', PLAIN, SECRET, { hook: PLAIN }],
];
for (const [bodyCause, signed, held] of bodies) {
  for (const [secretCause, signedWith, configured, others = {}] of keys) {
    add(`${bodyCause} and ${secretCause}`, [bodyCause, secretCause], {
      headers: [['x-timestamp', '1700000000'], [HEADER, `sha256=${mac(signedWith, signed)}`]], secret: configured, others, body: held });
  }
}
process.stdout.write(`[\n${cases.map((made) => JSON.stringify(made)).join(',\n')}\n]\n`);
