// HTTP/2 in front of fake_idp.py, which speaks HTTP/1.1: what a load balancer does.
//
//	node http2_front.mjs DIR BACKEND_PORT
//
// serves with DIR/cert.pem and DIR/key.pem on a loopback port, and prints that port. Each line on
// standard input is answered with what was counted since it started, as one JSON line: handshakes,
// and the most requests that were on their way at once. It ends when its standard input does.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants, createSecureServer } from 'node:http2';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [dir, backend] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, ca: readFileSync(join(dir, 'ca.pem')) });
const counted = { handshakes: 0, at_once: 0 };
let underWay = 0;

// Of HTTP/1.1 alone, or of a connection that was there before.
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'server', 'date']);

function passBack(reply, res) {
  const headers = Object.entries(reply.headers).filter(([name]) => !hopByHop.has(name));
  res.writeHead(reply.statusCode, Object.fromEntries(headers));
  reply.on('error', () => res.stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  reply.pipe(res);
}

function pass(req, res) {
  underWay += 1;
  counted.at_once = Math.max(counted.at_once, underWay);
  res.on('close', () => { underWay -= 1; });
  const headers = Object.entries(req.headers).filter(([name]) => !name.startsWith(':'));
  const onward = request({
    agent,
    host: 'localhost',
    port: backend,
    method: req.method,
    path: req.url,
    headers: Object.fromEntries(headers),
  }, (reply) => passBack(reply, res));
  onward.on('error', () => res.stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  req.pipe(onward);
}

const server = createSecureServer({
  cert: readFileSync(join(dir, 'cert.pem')),
  key: readFileSync(join(dir, 'key.pem')),
}, pass);
server.on('secureConnection', () => { counted.handshakes += 1; });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(server.address().port);

for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(counted));
process.exit(0);
