// As Massu's document verifies: a template string and ===.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

const secret = process.env.SECRET;
createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const expected = 'sha256=' + createHmac('sha256', secret).update(Buffer.concat(chunks)).digest('hex');
    const known = request.headers['x-massu-event'] && request.headers['x-massu-delivery'];
    const right = request.headers['x-massu-signature-256'] === expected;
    response.writeHead(right && known ? 200 : 401).end();
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
