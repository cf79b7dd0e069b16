// As MUTX's document verifies in Node: the parsed body written again, and timingSafeEqual.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    let right = false;
    try {
      const payload = JSON.stringify(JSON.parse(Buffer.concat(chunks)));
      const digest = 'sha256=' + createHmac('sha256', process.env.SECRET).update(payload).digest('hex');
      right = timingSafeEqual(Buffer.from(request.headers['x-webhook-signature']), Buffer.from(digest));
    } catch {
      // Lengths that differ throw, and so does a body that is no JSON.
    }
    response.writeHead(right ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify({ received: right }));
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
