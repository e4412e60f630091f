// What came in, as the provider saw it: connections and requests, with the time of the machine's
// monotonic clock in seconds, so that a test can hold it against its own.

const now = () => Number(process.hrtime.bigint()) / 1e9;

// The body of a request or reply as text; longer ones are cut, as nobody asks for a page's whole text.
const TEXT_MAX = 64 * 1024;

class Text {
  constructor() {
    this.bytes = 0;
    this.text = '';
  }

  add(chunk) {
    if (!chunk) return;
    this.bytes += Buffer.byteLength(chunk);
    if (this.text.length < TEXT_MAX) this.text += chunk.toString();
  }
}

// Sees what is written to the reply without changing it.
function watchReply(res) {
  const reply = new Text();
  const { write, end } = res;
  res.write = (chunk, ...rest) => {
    reply.add(chunk);
    return write.call(res, chunk, ...rest);
  };
  res.end = (chunk, ...rest) => {
    if (typeof chunk !== 'function') reply.add(chunk);
    return end.call(res, chunk, ...rest);
  };
  return reply;
}

export class Journal {
  constructor(server) {
    this.lastConnection = 0;
    this.forget();
    server.on('secureConnection', (socket) => this.connected(socket));
    server.on('tlsClientError', (error) => this.failures.push({ time: now(), error: error.code }));
  }

  forget() {
    this.connections = [];
    this.requests = [];
    this.failures = [];
  }

  connected(socket) {
    this.lastConnection += 1;
    socket.journalId = this.lastConnection;
    const entry = { id: socket.journalId, time: now(), tls: socket.getProtocol(), closed: null };
    this.connections.push(entry);
    socket.on('close', () => { entry.closed = now(); });
  }

  // Notes a request and, when it is there, its body and the reply. The request's time is when its
  // head arrived.
  request(req, res) {
    const entry = {
      time: now(),
      connection: req.socket.journalId,
      method: req.method,
      path: new URL(req.url, 'https://localhost').pathname,
      headers: req.headers,
      body: '',
      status: null,
      reply: '',
      bytes_in: 0,
      bytes_out: 0,
      replied: null,
    };
    this.requests.push(entry);
    req.journal = entry;
    const body = new Text();
    // Not a 'data' listener: that would set the stream flowing before the provider reads it.
    const { push } = req;
    req.push = (chunk, ...rest) => {
      body.add(chunk);
      return push.call(req, chunk, ...rest);
    };
    const reply = watchReply(res);
    res.on('close', () => {
      Object.assign(entry, {
        body: body.text,
        status: res.writableFinished ? res.statusCode : null,
        reply: reply.text,
        bytes_in: body.bytes,
        bytes_out: reply.bytes,
        replied: now(),
      });
    });
  }
}
