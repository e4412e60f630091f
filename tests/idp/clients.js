// The registered clients: one for each way to authenticate, one for each signature algorithm, one for each
// way of sending the answer of the authorization code flow.
//
// Secrets and keys are made anew at each start. The secrets hold what must be encoded in a form, and
// again before HTTP Basic (RFC 6749 section 2.3.1).

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const CODE = 'authorization_code';
const LOOPBACK = ['http://127.0.0.1/sso', 'http://[::1]/sso']; // with any port (RFC 8252 section 7.3)

function client(id, extra) {
  return {
    client_id: id,
    client_name: `pam_sso (${id})`,
    grant_types: [DEVICE, 'refresh_token'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'none',
    ...extra,
  };
}

function withSecret(method) {
  const secret = `${randomBytes(18).toString('base64url')}+/%:& =?`;
  return { token_endpoint_auth_method: method, client_secret: secret };
}

function withCode(redirectUris, grants, application_type = 'web') {
  return {
    application_type,
    grant_types: [...grants, CODE, 'refresh_token'],
    redirect_uris: redirectUris,
    response_types: ['code'],
  };
}

// The private key goes to DIR/ID.key, for root's eyes only; the provider knows the public one.
function keyClient(id, alg, pair, dir, extra) {
  const { publicKey, privateKey } = pair;
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(dir, `${id}.key`), pem, { mode: 0o600 });
  return client(id, {
    ...extra,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: id, alg, use: 'sig' }] },
  });
}

export const SIGNING_ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

// PAGE is the redirect address where conf/www/callback.html is.
export function makeClients(dir, page) {
  return [
    client('public'),
    client('basic', withSecret('client_secret_basic')),
    client('post', withSecret('client_secret_post')),
    keyClient('jwt-rs256', 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), dir),
    keyClient('jwt-es256', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), dir),
    ...SIGNING_ALGS.map((alg) => client(`signs-${alg.toLowerCase()}`, {
      id_token_signed_response_alg: alg,
    })),
    client('both', withCode([page], [DEVICE])),
    client('code', withCode([page], [])),
    client('code-basic', { ...withCode([page], []), ...withSecret('client_secret_basic') }),
    keyClient('code-jwt', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), dir, withCode([page], [])),
    client('workstation', withCode(LOOPBACK, [DEVICE], 'native')),
  ];
}

// The provider's own keys. RS256 and PS256 each have one, so that a key set holds two of a kind.
export function makeSigningKeys() {
  const pairs = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: generateKeyPairSync('ed25519'),
  };
  return {
    keys: SIGNING_ALGS.map((alg) => ({
      ...pairs[alg].privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `test-${alg}`,
    })),
  };
}
