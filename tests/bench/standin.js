// A stand-in for an IdP, for measuring: it knows one client and one person, approves at once or
// never, and answers fast and always alike, so that what is measured is the machine's own work.
// Where it matters that the IdP is a real one, the tests use tests/idp.
//
//	node standin.js DIR HOST PORT
//
// serves https://HOST:PORT (HTTP/2 and HTTP/1.1) with DIR/cert.pem and DIR/key.pem, and prints
// `ready`. A line on standard input is a command: `approve INTERVAL` and `pend INTERVAL` say what
// to do from now on, and how often may be polled; `count` forgets what was counted. Each is answered
// with what was counted until then, as one JSON line. It ends when its standard input does.
//
// A refresh token is FAMILY.GENERATION, and any family is known. The next generation replaces it;
// one that comes a second time is counted, and answered all the same.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [dir, host, port] = process.argv.slice(2);
const issuer = `https://${host}`;

// A load balancer's usual patience with a connection that is silent between two polls.
const KEEP_ALIVE_MS = 75_000;

// What servers usually let be asked at once over one connection of HTTP/2.
const STREAMS = 100;

// When the person authenticated, in seconds since the epoch: those of sessions.c say the same.
const AUTH_TIME = 1_700_000_000;

const settings = { approve: true, interval: 1 };
const zero = () => ({ handshakes: 0, requests: 0, polls: 0, replays: 0, answer_ms: 0 });
let counted = zero();

// A sign-in gets RS256 with 2048 bits: what an IdP signs with where nobody chose. A renewal gets
// ES256, which costs it a sixteenth: many machines are renewed by one that answers.
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signers = {
  RS256: { kid: 'k1', public: rsa.publicKey, key: rsa.privateKey },
  ES256: {
    kid: 'k2',
    public: ec.publicKey,
    key: { key: ec.privateKey, dsaEncoding: 'ieee-p1363' },
  },
};
const keys = Object.entries(signers).map(([alg, signer]) => (
  { ...signer.public.export({ format: 'jwk' }), kid: signer.kid, use: 'sig', alg }));

// How often each family of refresh tokens was renewed; a new one was never.
const generations = new Map();

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function idToken(alg, accessToken) {
  const now = Math.floor(Date.now() / 1000);
  const hash = createHash('sha256').update(accessToken).digest();
  const signed = [
    { alg, typ: 'JWT', kid: signers[alg].kid },
    {
      iss: issuer,
      aud: 'bench',
      sub: '248289761001',
      iat: now,
      exp: now + 3600,
      auth_time: AUTH_TIME,
      at_hash: hash.subarray(0, 16).toString('base64url'),
      preferred_username: 'ssobench',
      name: 'Jane Doe',
      email: 'ssobench@example.org',
      email_verified: true,
      groups: ['staff', 'engineering'],
    },
  ].map(encode).join('.');
  return `${signed}.${sign('sha256', signed, signers[alg].key).toString('base64url')}`;
}

function tokens(alg, family, generation) {
  const accessToken = randomBytes(32).toString('base64url');
  return [200, {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 3600,
    refresh_token: `${family}.${generation}`,
    id_token: idToken(alg, accessToken),
  }];
}

function poll() {
  counted.polls += 1;
  if (!settings.approve) return [400, { error: 'authorization_pending' }];
  return tokens('RS256', randomBytes(16).toString('hex'), 0);
}

function renew(refreshToken) {
  const [family, generation] = refreshToken.split('.');
  const next = (generations.get(family) ?? 0) + 1;
  if (Number(generation) !== next - 1) counted.replays += 1;
  generations.set(family, next);
  return tokens('ES256', family, next);
}

function token(body) {
  const form = new URLSearchParams(body);
  return form.get('grant_type') === 'refresh_token' ? renew(form.get('refresh_token')) : poll();
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
    id_token_signing_alg_values_supported: Object.keys(signers),
  }],
  '/jwks': () => [200, { keys }],
  '/device/auth': authorizeDevice,
  '/token': token,
};

function answer(req, res, asked, begin) {
  const [status, value] = (endpoints[req.url] ?? (() => [404, { error: 'not_found' }]))(asked);
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

const server = createSecureServer({
  allowHTTP1: true,
  cert: readFileSync(join(dir, 'cert.pem')),
  key: readFileSync(join(dir, 'key.pem')),
  settings: { maxConcurrentStreams: STREAMS },
}, (req, res) => {
  const begin = performance.now();
  let asked = '';
  req.setEncoding('utf8').on('data', (text) => { asked += text; });
  req.on('end', () => answer(req, res, asked, begin));
});
server.keepAliveTimeout = KEEP_ALIVE_MS;
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
