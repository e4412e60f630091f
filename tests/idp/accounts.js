// Who can sign in: anybody, by any name and with any password.
//
// The subject is not the name, and stays the same for a name. What the test has to say about an
// account stands in the settings, by login name: { groups, email_verified, acr, amr, claims, groups_in,
// disabled }.

import { createHash } from 'node:crypto';

export function subjectOf(login) {
  return createHash('sha256').update(`subject of ${login}`).digest('hex').slice(0, 24);
}

function claimsOf(login, account) {
  return {
    sub: subjectOf(login),
    preferred_username: login,
    name: `${login} (test account)`,
    email: login.includes('@') ? login : `${login}@example.com`,
    email_verified: account.email_verified ?? true,
    groups: account.groups ?? ['staff'],
    realm_access: { roles: account.groups ?? ['staff'] },
    ...account.claims,
  };
}

export function accountFinder(settings) {
  return async (ctx, login) => (settings.accounts[login]?.disabled ? undefined : {
    accountId: login,
    async claims(use) {
      const account = settings.accounts[login] ?? {};
      const claims = claimsOf(login, account);
      if (use === 'id_token' && account.groups_in === 'userinfo') {
        delete claims.groups;
        delete claims.realm_access;
      }
      return claims;
    },
  });
}

// How the person signed in, which the sign-in page of the provider does not say of itself.
export function howSignedIn(settings, login) {
  const account = settings.accounts[login] ?? {};
  return { acr: account.acr ?? 'urn:test:password', amr: account.amr ?? ['pwd'] };
}
