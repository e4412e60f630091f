// A stand-in for an IdP, for measuring: it knows one client and one person, approves at once or
// never, and answers fast and always alike, so that what is measured is the machine's own work.
// Where it matters that the IdP is a real one, the tests use tests/idp.
//
//	node standin.js DIR HOST PORT
//
// serves https://HOST:PORT with DIR/cert.pem and DIR/key.pem, and prints `ready`. A line on
// standard input is a command: `approve INTERVAL` and `pend INTERVAL` say what to do from now on,
// and how often may be polled; `count` forgets what was counted. Each is answered with what was
// counted until then, as one JSON line. It ends when its standard input does.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [dir, host, port] = process.argv.slice(2);
const issuer = `https://${host}`;

// A load balancer's usual patience with a connection that is silent between two polls.
const KEEP_ALIVE_MS = 75_000;

const settings = { approve: true, interval: 1 };
const zero = () => ({ handshakes: 0, requests: 0, polls: 0, answer_ms: 0 });
let counted = zero();

// RS256 with 2048 bits: what an IdP signs with where nobody chose.
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' };

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function idToken(accessToken) {
  const now = Math.floor(Date.now() / 1000);
  const hash = createHash('sha256').update(accessToken).digest();
  const signed = [
    { alg: 'RS256', typ: 'JWT', kid: 'k1' },
    {
      iss: issuer,
      aud: 'bench',
      sub: '248289761001',
      iat: now,
      exp: now + 3600,
      auth_time: now,
      at_hash: hash.subarray(0, 16).toString('base64url'),
      preferred_username: 'ssobench',
      name: 'Jane Doe',
      email: 'ssobench@example.org',
      email_verified: true,
      groups: ['staff', 'engineering'],
    },
  ].map(encode).join('.');
  return `${signed}.${sign('sha256', signed, privateKey).toString('base64url')}`;
}

function poll() {
  counted.polls += 1;
  if (!settings.approve) return [400, { error: 'authorization_pending' }];
  const accessToken = randomBytes(32).toString('base64url');
  return [200, {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 3600,
    id_token: idToken(accessToken),
  }];
}

function authorizeDevice() {
  return [200, {
    device_code: randomBytes(32).toString('base64url'),
    user_code: 'BCDF-GHJK',
    verification_uri: `${issuer}/device`,
    verification_uri_complete: `${issuer}/device?user_code=BCDF-GHJK`,
    expires_in: 600,
    interval: settings.interval,
  }];
}

const endpoints = {
  '/.well-known/openid-configuration': () => [200, {
    issuer,
    device_authorization_endpoint: `${issuer}/device/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/me`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }],
  '/jwks': () => [200, { keys: [jwk] }],
  '/device/auth': authorizeDevice,
  '/token': poll,
};

function answer(req, res, begin) {
  const [status, value] = (endpoints[req.url] ?? (() => [404, { error: 'not_found' }]))();
  const body = JSON.stringify(value);
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  res.end(body);
  counted.requests += 1;
  counted.answer_ms += performance.now() - begin;
}

const server = createServer({
  cert: readFileSync(join(dir, 'cert.pem')),
  key: readFileSync(join(dir, 'key.pem')),
  keepAliveTimeout: KEEP_ALIVE_MS,
}, (req, res) => {
  const begin = performance.now();
  req.resume().on('end', () => answer(req, res, begin));
});
server.on('secureConnection', () => { counted.handshakes += 1; });
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');
console.log('ready');

for await (const line of createInterface({ input: process.stdin })) {
  const [command, interval] = line.split(' ');
  console.log(JSON.stringify(counted));
  if (command === 'count') counted = zero();
  else Object.assign(settings, { approve: command === 'approve', interval: Number(interval) });
}
process.exit(0);
