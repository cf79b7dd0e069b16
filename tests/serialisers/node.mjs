// JSON.stringify of Node, and what String() makes of a parsed text.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

const sorted = (value) => Array.isArray(value) ? value.map(sorted)
  : value && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;

const outputs = [];
for (const [document, text] of Object.entries(JSON.parse(readFileSync('documents.json', 'utf8')))) {
  const value = JSON.parse(text);
  const add = (options, made) => outputs.push({ program: 'node', options, document, text: made });
  add('', JSON.stringify(value));
  add('indent 2', JSON.stringify(value, null, 2));
  add('indent 4', JSON.stringify(value, null, 4));
  add('indent tab', JSON.stringify(value, null, '\t'));
  add('sorted', JSON.stringify(sorted(value)));
  add('twice', JSON.stringify(text));
  add('three times', JSON.stringify(JSON.stringify(text)));
  add('dump', String(value));
  add('inspect', inspect(value));
}
console.log(JSON.stringify(outputs));
