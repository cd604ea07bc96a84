// Sends a clip in its 5-second chunks, each again and again until it has arrived; then says that it is whole.

import { call } from './transport.js';

const WAIT_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
const CHUNK_TIMEOUT_MS = 30_000;

export class ClipUpload {
  // `on` has: progress(sent, all), waiting() while there is no line, done(), refused(detail), stopped() when the link
  // or this device is no longer admitted
  constructor({ api, clip, disconnects, on }) {
    Object.assign(this, { api, clip, on, disconnects });
    this.dropped = 0;
    this.cancelled = new AbortController();
  }

  cancel() {
    this.cancelled.abort();
    this.wake?.();
  }

  async run() {
    const { chunks, id } = this.clip;
    const rtt_ms = await measureRoundTrip(this.api);
    let missing = [...chunks.keys()];
    const sent = new Set();
    while (!this.cancelled.signal.aborted) {
      for (const ordinal of missing) {
        this.on.progress(sent.size, chunks.length);
        const answer = await this.insist(() => this.put(ordinal));
        if (!answer) return;
        sent.add(ordinal);
      }
      this.on.progress(chunks.length, chunks.length);
      const body = {
        chunks: chunks.length,
        environment: {
          dropped_packets: this.dropped,
          rtt_ms,
          disconnects: this.disconnects(),
          level_db: this.clip.level_db,
        },
      };
      const answer = await this.insist(() => call(this.api, `recordings/${id}/finish`, { method: 'POST', body }));
      if (!answer) return;
      if (answer.ok) {
        this.on.done();
        return;
      }
      missing = answer.data.missing;
    }
  }

  // Ends after its time, or at once when the upload is cancelled.
  async put(ordinal) {
    const trying = new AbortController();
    const end = () => trying.abort();
    const timer = setTimeout(end, CHUNK_TIMEOUT_MS);
    this.cancelled.signal.addEventListener('abort', end);
    try {
      const answer = await fetch(`${this.api}/recordings/${this.clip.id}/chunks/${ordinal}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: this.clip.chunks[ordinal],
        signal: trying.signal,
      });
      const data = await answer.json().catch(() => ({}));
      return { ok: answer.ok, status: answer.status, data, retryAfter: Number(answer.headers.get('Retry-After')) || 2 };
    } finally {
      clearTimeout(timer);
      this.cancelled.signal.removeEventListener('abort', end);
    }
  }

  // Tries until there is an answer that counts; null when the upload has ended otherwise.
  async insist(attempt) {
    for (let failures = 0; !this.cancelled.signal.aborted; ) {
      let wait;
      try {
        const answer = await attempt();
        if (this.cancelled.signal.aborted) return null;
        if (answer.ok || answer.data.missing?.length) return answer;
        if (answer.status !== 429 && answer.status < 500) {
          if (answer.data.type === '/problems/device' || answer.status === 404) this.on.stopped();
          else this.on.refused(answer.data.detail);
          return null;
        }
        wait = answer.retryAfter * 1000;
      } catch {
        if (this.cancelled.signal.aborted) return null;
        wait = WAIT_MS[Math.min(failures, WAIT_MS.length - 1)];
        failures += 1;
        this.dropped += 1;
        this.on.waiting();
      }
      await this.pause(wait);
    }
    return null;
  }

  pause(ms) {
    return new Promise((done) => {
      const timer = setTimeout(() => this.wake(), ms);
      this.wake = () => {
        clearTimeout(timer);
        removeEventListener('online', this.wake);
        done();
      };
      addEventListener('online', this.wake);
    });
  }
}

// The middle of three, in ms; null without a line.
export async function measureRoundTrip(api) {
  const times = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const began = performance.now();
    try {
      await call(api, 'state');
    } catch {
      return null;
    }
    times.push(performance.now() - began);
  }
  return Math.round(times.sort((one, other) => one - other)[1]);
}
