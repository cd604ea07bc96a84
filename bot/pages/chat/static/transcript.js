// The transcript of a recording: unsure words marked where they stand, and the one correction within its two minutes.

import { call } from './transport.js';

const SEND_BEFORE_S = 3; // what is in the editor then goes by itself: nothing written is lost
const WARN_S = 30;

const find = (id) => document.getElementById(id);

// Puts into a message what it says about a recording: what its buttons do, and which words are unsure.
export function dressRecording(said, { transcript, retry }, words) {
  const { recording, actions, open: isOpen } = transcript ?? retry;
  Object.assign(said.dataset, { recording, open: isOpen ?? true });
  for (const [act, id] of Object.entries(actions)) {
    const button = said.querySelector(`[data-button="${CSS.escape(id)}"]`);
    if (button) button.dataset.act = act;
  }
  if (transcript) markUnsure(said, transcript.words, words);
}

// Runs of unsure words are one mark. Where the message does not hold the words as they are, it stays as it was written.
function markUnsure(said, heard, words) {
  const paragraph = said.querySelector('.words');
  const text = paragraph.textContent;
  const places = findWords(text, heard);
  said.dataset.heard = places ? text.slice(places[0][0], places.at(-1)[1]) : heard.map((word) => word.text).join('');
  const runs = unsureRuns(places, heard);
  if (!runs.length) return;
  paragraph.textContent = '';
  let at = 0;
  for (const [start, end] of runs) {
    const mark = document.createElement('mark');
    const hint = document.createElement('span');
    hint.className = 'who';
    hint.textContent = words.voice.unsure;
    mark.append(text.slice(start, end), hint);
    paragraph.append(text.slice(at, start), mark);
    at = end;
  }
  paragraph.append(text.slice(at));
  const legend = document.createElement('p');
  legend.className = 'fate transcript-legend';
  legend.textContent = words.voice.legend;
  paragraph.after(legend);
}

// [start, end] of what is marked.
function unsureRuns(places, heard) {
  const runs = [];
  let wasUnsure = false;
  places?.forEach(([start, end], index) => {
    const { unsure } = heard[index];
    if (unsure && wasUnsure) runs.at(-1)[1] = end;
    else if (unsure) runs.push([start, end]);
    wasUnsure = unsure;
  });
  return runs;
}

// [start, end] of every word in the text, whatever spaces stand between them; or null.
function findWords(text, heard) {
  const solid = [...text.matchAll(/\S/g)].map(({ index }) => index);
  const parts = heard.map((word) => word.text.replace(/\s/g, ''));
  let at = text.replace(/\s/g, '').lastIndexOf(parts.join(''));
  if (at < 0 || !heard.length) return null;
  return parts.map((part) => {
    const place = [solid[at], solid[at + part.length - 1] + 1];
    at += part.length;
    return place;
  });
}

export class TranscriptEditor {
  // `serverNow` gives ms; `on` has: closed() to take the focus, late(detail) when the words were taken as they are, locked()
  constructor({ api, words, serverNow, on }) {
    Object.assign(this, { api, words: words.voice, serverNow, on });
    this.panel = find('editor');
    this.field = find('editor-text');
    find('editor-form').onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    find('editor-cancel').onclick = () => this.close();
    this.panel.addEventListener('keydown', ({ key }) => key === 'Escape' && this.close());
    this.field.addEventListener('input', () => this.fit());
  }

  // `until` is null while the time stands still.
  open({ recording, text, until, clientId }) {
    Object.assign(this, { recording, original: text, clientId, isSending: false });
    this.until = until ? Date.parse(until) : Infinity;
    this.field.value = text;
    this.say('');
    this.panel.hidden = false;
    document.body.classList.add('editing');
    this.fit();
    this.field.focus();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.count(), 250);
    this.count();
  }

  fit() {
    this.field.style.height = 'auto';
    this.field.style.height = `${this.field.scrollHeight + 4}px`;
  }

  count() {
    find('editor-time').hidden = this.until === Infinity;
    const left = Math.max(0, Math.ceil((this.until - this.serverNow()) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    find('editor-time').textContent = this.words.time_left.replace('{time}', clock);
    if (left === WARN_S) this.say(this.words.soon);
    if (left > SEND_BEFORE_S || this.isSending) return;
    if (this.field.value.trim() && this.field.value !== this.original) this.submit();
    else if (left === 0) this.close();
  }

  async submit() {
    const text = this.field.value.trim();
    if (this.isSending) return;
    if (!text) {
      this.say(this.words.empty);
      return;
    }
    this.isSending = true;
    const body = { client_id: this.clientId, text };
    const answer = await call(this.api, `transcripts/${this.recording}`, { method: 'POST', body }).catch(() => null);
    if (!answer || answer.status === 429 || answer.status >= 500) {
      this.say(answer?.data.detail ?? this.words.try_again);
      setTimeout(() => (this.isSending = false), 1000 * (answer?.retryAfter ?? 1));
      return;
    }
    this.close();
    if (answer.data.type === '/problems/device') this.on.locked();
    else if (!answer.ok) this.on.late(answer.data.detail);
  }

  say(text) {
    const status = find('editor-status');
    if (status.textContent !== text) status.textContent = text;
  }

  close() {
    const hadFocus = this.panel.contains(document.activeElement);
    clearInterval(this.timer);
    this.panel.hidden = true;
    document.body.classList.remove('editing');
    if (hadFocus) this.on.closed();
  }
}
