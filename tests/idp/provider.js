// The real provider, as it comes from npm, with what a test wants to set: RFC 8628's `interval` and
// `slow_down` (which it leaves to whoever runs it), groups, and how the person signed in.

import { randomBytes } from 'node:crypto';

import Provider, { errors } from 'oidc-provider';
import { handler as deviceCode, parameters } from 'oidc-provider/lib/actions/grants/device_code.js';
import { setStorage } from 'oidc-provider/lib/adapters/memory_adapter.js';
import QuickLRU from 'quick-lru'; // the provider's own

import { accountFinder, howSignedIn } from './accounts.js';
import { SIGNING_ALGS, makeSigningKeys } from './clients.js';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

// By itself it forgets codes and sessions above a thousand, which forty people at once come to.
setStorage(new QuickLRU({ maxSize: 1_000_000 }));

function configuration(settings, clients) {
  return {
    clients,
    jwks: makeSigningKeys(),
    findAccount: accountFinder(settings),
    acrValues: ['urn:test:password', 'urn:test:strong'],
    scopes: ['openid', 'offline_access'],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', 'realm_access'],
    },
    conformIdTokenClaims: false,
    cookies: { keys: ['not secret: a test'] },
    enabledJWA: {
      idTokenSigningAlgValues: SIGNING_ALGS,
      clientAuthSigningAlgValues: ['RS256', 'ES256'],
    },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      userinfo: { enabled: true },
    },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 3600, DeviceCode: () => settings.expires_in, Grant: 86400, IdToken: 3600,
      Interaction: 3600, RefreshToken: 86400, Session: 86400,
    },
  };
}

// Tells devices their interval. Null leaves it out, which means 5 seconds (RFC 8628 section 3.2).
function sayInterval(provider, settings) {
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/device/auth' && ctx.body?.device_code && settings.interval !== null) {
      ctx.body = { ...ctx.body, interval: settings.interval };
    }
  });
}

// Answers slow_down to a poll that comes sooner than the interval after the one before, and makes the
// interval 5 seconds longer then, for this and all later polls (RFC 8628 section 3.5). `pace` is for a
// provider that wants it slower than it said.
function refuseFastPolls(provider, settings) {
  const pace = new Map();
  provider.registerGrantType(DEVICE, async (ctx, next) => {
    const code = ctx.oidc.params.device_code;
    const arrived = ctx.req.journal.time;
    const { last = -Infinity, interval = settings.interval ?? 5 } = pace.get(code) ?? {};
    const early = arrived - last < Math.max(interval, settings.pace);
    pace.set(code, { last: arrived, interval: early ? interval + 5 : interval });
    if (early) throw new errors.SlowDown();
    return deviceCode(ctx, next);
  }, parameters);
}

// The provider's sign-in page says who signed in, and not how: that is added where it reports.
function sayHowSignedIn(provider, settings) {
  const { interactionFinished } = provider;
  provider.interactionFinished = (req, res, result, options) => {
    if (result.login) Object.assign(result.login, howSignedIn(settings, result.login.accountId));
    return interactionFinished.call(provider, req, res, result, options);
  };
}

// Some real providers' codes are a kilobyte and more.
function lengthenCodes(provider, settings) {
  provider.AuthorizationCode.prototype.generateTokenId = () => (
    randomBytes(settings.code_length).toString('base64url').slice(0, settings.code_length));
}

export function makeProvider(issuer, settings, clients) {
  const provider = new Provider(issuer, configuration(settings, clients));
  sayInterval(provider, settings);
  refuseFastPolls(provider, settings);
  sayHowSignedIn(provider, settings);
  lengthenCodes(provider, settings);
  return provider.callback();
}
