// A real OpenID provider for the tests and the demonstration.
//
//	node idp.js DIR HOST [PORT [ADDRESS]]
//
// serves https://HOST:PORT with DIR/cert.pem and DIR/key.pem (see make-ca), on a port of the system's
// choice where none is given (or 0), on ADDRESS or else on loopback alone, and prints one JSON line when it
// is ready: the issuer, the control address, the redirect address, and the clients with their secrets. It ends
// when its standard input does.
//
// The control address (loopback, plain HTTP): GET / answers with what came in and the settings; POST /
// with a JSON object changes settings; DELETE / forgets what came in.

import { mkdirSync, readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { once } from 'node:events';
import { join } from 'node:path';

import { makeClients } from './clients.js';
import { Journal } from './journal.js';
import { PAGE, servePage } from './page.js';
import { makeProvider } from './provider.js';

const settings = {
  interval: 1, // seconds, null: not said
  pace: 0, // seconds between polls that it insists on, whatever it said
  expires_in: 600, // seconds a device code lives
  code_length: 43, // characters of an authorization code
  accounts: {}, // by login name: see accounts.js
  hang: [], // paths whose requests are never answered
  busy: {}, // by path: for how many seconds it wants to be left alone
};

async function listen(server, host, port) {
  server.listen(port, host);
  await once(server, 'listening');
  return server.address().port;
}

async function readText(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

function controlServer(journal) {
  return createHttp(async (req, res) => {
    if (req.method === 'POST') Object.assign(settings, JSON.parse(await readText(req)));
    if (req.method === 'DELETE') journal.forget();
    const { connections, requests, failures } = journal;
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ connections, requests, failures, settings }));
  });
}

async function main(dir, host, port = 0, address = '127.0.0.1') {
  mkdirSync(dir, { recursive: true });
  const server = createHttps({
    cert: readFileSync(join(dir, 'cert.pem')),
    key: readFileSync(join(dir, 'key.pem')),
    keepAliveTimeout: 120_000,
  });
  const journal = new Journal(server);
  const issuer = `https://${host}:${await listen(server, address, port)}`;
  const page = issuer + PAGE;
  const clients = makeClients(dir, page);
  const answer = makeProvider(issuer, settings, clients);
  server.on('request', (req, res) => {
    journal.request(req, res);
    const { path } = req.journal;
    if (settings.hang.includes(path)) return;
    if (path === PAGE) servePage(res);
    else if (path in settings.busy) res.writeHead(503, { 'retry-after': settings.busy[path] }).end();
    else answer(req, res);
  });
  const control = await listen(controlServer(journal), '127.0.0.1', 0);

  const known = clients.map(({ client_id, client_secret, token_endpoint_auth_method }) => (
    { id: client_id, secret: client_secret, auth: token_endpoint_auth_method }));
  console.log(JSON.stringify({ issuer, control: `http://127.0.0.1:${control}`, page, clients: known }));
  process.stdin.resume().on('end', () => process.exit(0));
}

await main(...process.argv.slice(2));
