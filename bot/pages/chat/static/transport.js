// Messages go over a WebSocket that resumes after the last sequence number seen, and over plain HTTP where sockets do
// not get through. What is sent leaves the outbox only when the server has confirmed or refused it.

const SILENCE_MS = 40_000; // the server speaks at least every 15 s
const ACK_MS = 12_000;
const POLL_MS = 2_000;
const RECONNECT_MS = [300, 1_000, 2_000, 4_000, 8_000, 15_000];

export class Transport {
  // `on` has: message(m), accepted(clientId, seq), refused(item, detail), state(s), line(isUp), replaced(), locked()
  constructor({ api, lastSeq, outbox, on }) {
    Object.assign(this, { api, lastSeq, outbox, on });
    this.socket = null;
    this.failures = 0;
    this.sending = null;
    this.stopped = false;
    this.polling = false;
  }

  start() {
    addEventListener('online', () => this.reconnectNow());
    addEventListener('offline', () => {
      this.on.line(false);
      this.socket?.close();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && !this.isOpen()) this.reconnectNow();
    });
    this.connect();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }

  isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(item) {
    this.outbox.add(item);
    this.flush();
  }

  reconnectNow() {
    clearTimeout(this.retry);
    if (!this.isOpen()) this.connect();
  }

  connect() {
    if (this.stopped || this.socket) return;
    const url = new URL(`${this.api}/socket?after=${this.lastSeq}`, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = (this.socket = new WebSocket(url));
    socket.onopen = () => {
      this.failures = 0;
      this.on.line(true);
      this.listenForSilence();
      this.flush();
    };
    socket.onmessage = ({ data }) => {
      this.listenForSilence();
      this.take(JSON.parse(data));
    };
    socket.onclose = ({ code }) => this.closed(code);
  }

  closed(code) {
    this.socket = null;
    clearTimeout(this.silence);
    clearTimeout(this.ackTimer);
    clearTimeout(this.laterTimer);
    this.sending = null;
    if (this.stopped) return;
    if (code === 4001) {
      this.stop();
      this.on.replaced();
      return;
    }
    if (code === 4004) {
      this.lock(); // revoked or expired: the server has a page about it
      return;
    }
    const wait = RECONNECT_MS[Math.min(this.failures, RECONNECT_MS.length - 1)];
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
    if (this.failures === 1) this.on.line(false);
    this.poll();
  }

  listenForSilence() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket?.close(), SILENCE_MS);
  }

  take(frame) {
    if (frame.ack) this.accepted(frame.ack, frame.seq);
    else if (frame.refused) this.refused(frame.refused, frame.detail);
    else if (frame.later) this.later(frame.retry_after_s);
    else if (frame.state) this.on.state(frame.state);
    else this.read(frame);
  }

  read(message) {
    if (message.seq <= this.lastSeq) return;
    this.lastSeq = message.seq;
    this.on.message(message);
  }

  // One at a time, so that order is kept whatever is refused or delayed.
  flush() {
    const item = this.outbox.first();
    if (!item || this.sending || this.stopped) return;
    if (this.isOpen()) {
      this.sending = item.client_id;
      this.socket.send(JSON.stringify(item));
      this.ackTimer = setTimeout(() => this.socket?.close(), ACK_MS);
    } else if (this.polling) {
      this.post(item);
    }
  }

  accepted(clientId, seq) {
    this.settle(clientId);
    this.on.accepted(clientId, seq);
    this.flush();
  }

  refused(clientId, detail) {
    const item = this.outbox.items.find((one) => one.client_id === clientId);
    this.settle(clientId);
    this.on.refused(item ?? { client_id: clientId }, detail);
    this.flush();
  }

  settle(clientId) {
    clearTimeout(this.ackTimer);
    this.sending = null;
    this.outbox.remove(clientId);
  }

  later(seconds) {
    clearTimeout(this.ackTimer);
    this.laterTimer = setTimeout(() => {
      this.sending = null;
      this.flush();
    }, seconds * 1000);
  }

  async post(item) {
    this.sending = item.client_id;
    const [path, body] =
      item.button === undefined
        ? ['messages', { client_id: item.client_id, text: item.text, input: item.input }]
        : ['buttons', { client_id: item.client_id, id: item.button }];
    try {
      const answer = await call(this.api, path, { method: 'POST', body });
      if (answer.ok) this.accepted(item.client_id, answer.data.seq);
      else if (answer.status === 429 || answer.status >= 500) this.later(answer.retryAfter);
      else if (answer.data.type === '/problems/device') this.lock();
      else this.refused(item.client_id, answer.data.detail);
    } catch {
      this.sending = null; // no line: the next poll or socket tries again
    }
  }

  // While no socket is open: look every two seconds.
  async poll() {
    if (this.polling) return;
    this.polling = true;
    while (!this.isOpen() && !this.stopped) {
      try {
        await this.look();
      } catch {
        this.on.line(false);
      }
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
    this.polling = false;
  }

  async look() {
    const messages = await call(this.api, `messages?after=${this.lastSeq}`);
    if (messages.status === 403 || messages.status === 404) {
      this.lock();
      return;
    }
    if (!messages.ok) throw new Error('no messages');
    messages.data.forEach((message) => this.read(message));
    const state = await call(this.api, 'state');
    if (state.ok) this.on.state(state.data);
    this.on.line(true);
    this.flush();
  }

  lock() {
    this.stop();
    this.on.locked();
  }
}

// JSON in, JSON out; throws only when there is no line.
export async function call(api, path, { method = 'GET', body } = {}) {
  const answer = await fetch(`${api}/${path}`, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
    signal: AbortSignal.timeout?.(15_000),
  });
  const text = await answer.text();
  let data = {};
  try {
    data = text ? JSON.parse(text) : {};
  } catch {
    // a proxy's page instead of ours
  }
  return { ok: answer.ok, status: answer.status, data, retryAfter: Number(answer.headers.get('Retry-After')) || 2 };
}
