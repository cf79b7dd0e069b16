// As Muchaw's document verifies: the raw body, and timingSafeEqual.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const expected = createHmac('sha256', process.env.SECRET).update(Buffer.concat(chunks)).digest('hex');
    let right = false;
    try {
      right = timingSafeEqual(Buffer.from(request.headers['x-muchaw-signature']), Buffer.from(`sha256=${expected}`));
    } catch {
      // Lengths that differ throw.
    }
    response.writeHead(right ? 200 : 401).end();
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
