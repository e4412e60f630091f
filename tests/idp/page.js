// The redirect page, as any web server would give it out (docs/flows.md).

import { readFileSync } from 'node:fs';

export const PAGE = '/sso/callback.html';

const file = new URL('../../conf/www/callback.html', import.meta.url);

export function servePage(res) {
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  res.end(readFileSync(file));
}
