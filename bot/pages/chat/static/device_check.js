// Twenty seconds for microphone, speaker and network. Offered, never asked for: the interview begins without it too.

import { measureRoundTrip } from './clip_upload.js';
import { drawLevel, LevelWatch, SILENT_DB } from './level.js';
import { newClientId } from './outbox.js';
import { closeMicrophone, openMicrophone } from './recorder.js';
import { call } from './transport.js';

const LISTEN_MS = [2_500, 7_000]; // at least, at most
const HEARD_MOMENTS = 4; // of a tenth of a second each
const SLOW_MS = 1_000;
const SLOW_KBIT_S = 100;
const DOWNLOAD_MS = 4_000;

const find = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class DeviceCheck {
  // `on` has: closed()
  constructor({ api, words, canRecord, on }) {
    Object.assign(this, { api, words: words.check, canRecord, on });
    this.isOpen = false;
    this.isAnswered = false; // the offer
    find('check-now').onclick = () => this.open();
    find('check-later').onclick = () => this.answerOffer();
    find('check-close').onclick = () => this.close();
  }

  offer(isOffered) {
    find('check-offer').hidden = !isOffered || this.isAnswered || this.isOpen;
  }

  answerOffer() {
    this.isAnswered = true;
    find('check-offer').hidden = true;
  }

  async open() {
    this.answerOffer();
    this.isOpen = true;
    this.came = document.activeElement;
    find('check').hidden = false;
    for (const part of ['microphone', 'speaker', 'network']) this.mark(part, '');
    find('check-close').textContent = this.words.stop;
    this.on.closed(); // the recorder makes room
    find('check-close').focus();
    const run = (this.run = {});
    const found = (this.found = {
      client_id: newClientId(),
      microphone: 'skipped',
      level_db: null,
      speaker: 'skipped',
      rtt_ms: null,
      kbit_s: null,
    });
    for (const step of [this.tryMicrophone, this.trySpeaker, this.tryNetwork]) {
      await step.call(this, found, run);
      if (this.run !== run) return;
    }
    this.conclude(found);
  }

  close() {
    this.report();
    this.run = null;
    this.isOpen = false;
    find('check').hidden = true;
    find('check-answers').hidden = true;
    find('check-level').hidden = true;
    this.on.closed();
    if (this.came?.isConnected) this.came.focus();
  }

  // `how` is 'now', 'ok' or 'bad'; text says it too, colour only underlines it.
  mark(part, text, how = '') {
    const row = find(`check-${part}`);
    row.className = how;
    row.querySelector('.result').textContent = text;
  }

  say(text) {
    find('check-say').textContent = text;
  }

  async tryMicrophone(found, run) {
    this.mark('microphone', this.words.checking, 'now');
    let stream = null;
    if (this.canRecord) {
      this.say(this.words.allow);
      stream = await openMicrophone().catch(() => null);
      if (this.run !== run) {
        if (stream) closeMicrophone(stream);
        return;
      }
    }
    if (stream) await this.hear(stream, found, run);
    else found.microphone = 'none';
    if (this.run !== run) return;
    this.mark('microphone', this.words.microphone[found.microphone], found.microphone === 'ok' ? 'ok' : 'bad');
  }

  async hear(stream, found, run) {
    this.say(this.words.speak);
    const canvas = find('check-level');
    canvas.hidden = false;
    const watch = new LevelWatch(stream);
    let [heard, loudest] = [0, null];
    const began = performance.now();
    for (let passed = 0; this.run === run; passed = performance.now() - began) {
      if (passed > LISTEN_MS[heard < HEARD_MOMENTS ? 1 : 0]) break;
      await pause(100);
      const level = watch.read();
      if (!level) continue;
      loudest = Math.max(loudest ?? -100, level.db);
      if (level.db > SILENT_DB) heard += 1;
      drawLevel(canvas, level.db);
    }
    canvas.hidden = true;
    watch.close();
    closeMicrophone(stream);
    // A browser that tells no level is not called silent.
    Object.assign(found, { microphone: heard || loudest === null ? 'ok' : 'silent', level_db: loudest });
  }

  async trySpeaker(found, run) {
    this.mark('speaker', this.words.checking, 'now');
    this.say(this.words.listen);
    const answers = find('check-answers');
    answers.hidden = false;
    playTone();
    if (find('check').contains(document.activeElement)) find('check-heard').focus();
    found.speaker = await new Promise((done) => {
      find('check-heard').onclick = () => done('ok');
      find('check-unheard').onclick = () => done('none');
      find('check-tone').onclick = () => playTone();
    });
    if (this.run !== run) return;
    answers.hidden = true;
    find('check-close').focus();
    this.mark('speaker', this.words.speaker[found.speaker], found.speaker === 'ok' ? 'ok' : 'bad');
  }

  async tryNetwork(found, run) {
    this.mark('network', this.words.checking, 'now');
    this.say(this.words.measuring);
    found.rtt_ms = await measureRoundTrip(this.api);
    found.kbit_s = await measureSpeed();
    if (this.run !== run) return;
    const isUp = found.rtt_ms !== null;
    const isSlow = !isUp || found.rtt_ms > SLOW_MS || (found.kbit_s !== null && found.kbit_s < SLOW_KBIT_S);
    const text = isUp ? this.words.network[isSlow ? 'slow' : 'ok'] : this.words.network.none;
    this.mark('network', text.replace('{ms}', found.rtt_ms), isSlow ? 'bad' : 'ok');
  }

  // What was found until now; nothing depends on whether it arrives.
  report() {
    if (!this.found) return;
    call(this.api, 'device-check', { method: 'POST', body: this.found }).catch(() => {});
    this.found = null;
  }

  conclude({ microphone }) {
    this.report();
    this.say(microphone === 'ok' ? this.words.fine : this.words.type_instead);
    find('check-close').textContent = this.words.close;
  }
}

function playTone() {
  const context = new (window.AudioContext ?? window.webkitAudioContext)();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.setValueAtTime(523, context.currentTime);
  tone.frequency.setValueAtTime(659, context.currentTime + 0.5);
  volume.gain.setValueAtTime(0.0001, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.25, context.currentTime + 0.1);
  volume.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 1.2);
  tone.connect(volume).connect(context.destination);
  tone.onended = () => context.close();
  tone.start();
  tone.stop(context.currentTime + 1.2);
}

// kbit/s of fetching this script's biggest neighbour anew; null without a line.
async function measureSpeed() {
  const { deep_chat: address } = JSON.parse(find('settings').textContent);
  const began = performance.now();
  try {
    const answer = await fetch(address, { cache: 'no-store', signal: AbortSignal.timeout?.(DOWNLOAD_MS) });
    await answer.arrayBuffer();
  } catch {
    return null;
  }
  const [entry] = performance.getEntriesByName(new URL(address, location.href).href).slice(-1);
  const seconds = (performance.now() - began) / 1000;
  return entry?.encodedBodySize ? Math.round((8 * entry.encodedBodySize) / 1000 / seconds) : null;
}
