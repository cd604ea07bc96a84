// One recording with MediaRecorder: chunks of 5 seconds, the seconds, the level; and why it ended.

import { LevelWatch, toDb } from './level.js';

const LONGEST_S = 600;
const CHUNK_MS = 5_000;
const LOOK_MS = 100;
const MUTED_MS = 1_500; // a phone call takes the microphone away; a shorter gap is a hiccup
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const BITS_PER_SECOND = 32_000;
const LOUD_S = 2;
const FALL_DB = 0.5; // of what was heard, at each look: words have gaps

export function canRecord() {
  return typeof MediaRecorder === 'function' && !!navigator.mediaDevices?.getUserMedia;
}

export function openMicrophone() {
  return navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
}

export function closeMicrophone(stream) {
  stream.getTracks().forEach((track) => track.stop());
}

export class Recorder {
  // `on` has: chunk(blob), look(seconds, {db, recentDb, isLoud} or null), ended(why) with why 'stopped', 'longest' or 'interrupted'
  constructor(stream, on) {
    Object.assign(this, { stream, on });
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported?.(type));
    this.media = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: BITS_PER_SECOND });
    this.level = new LevelWatch(stream);
    this.why = 'interrupted'; // unless somebody stops it
    this.peakDb = null;
    this.power = [0, 0];
    Object.assign(this, { recentDb: -100, loudAt: -Infinity });
  }

  get type() {
    return this.media.mimeType;
  }

  get seconds() {
    return Math.min(LONGEST_S, ((this.endedAt ?? performance.now()) - this.startedAt) / 1000);
  }

  // The mean level of all that was heard; null where the browser told nothing.
  get levelDb() {
    const [sum, count] = this.power;
    return count ? toDb(Math.sqrt(sum / count)) : null;
  }

  start() {
    this.media.ondataavailable = ({ data }) => data.size && this.on.chunk(data);
    this.media.onerror = () => this.stop('interrupted');
    this.media.onstop = () => this.close();
    const [track] = this.stream.getAudioTracks();
    track.onended = () => this.stop('interrupted');
    track.onmute = () => (this.mutedTimer = setTimeout(() => this.stop('interrupted'), MUTED_MS));
    track.onunmute = () => clearTimeout(this.mutedTimer);
    // The page may be killed while it is out of sight: what was said until now is kept at once.
    this.flush = () => document.visibilityState === 'hidden' && this.media.state === 'recording' && this.media.requestData();
    document.addEventListener('visibilitychange', this.flush);
    this.startedAt = performance.now();
    this.media.start(CHUNK_MS);
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  look() {
    const level = this.level.read();
    if (level) {
      this.peakDb = Math.max(this.peakDb ?? -100, level.db);
      this.power[0] += 10 ** (level.db / 10);
      this.power[1] += 1;
      this.recentDb = Math.max(level.db, this.recentDb - FALL_DB);
      if (level.isLoud) this.loudAt = this.seconds;
    }
    const isLoud = this.seconds - this.loudAt < LOUD_S;
    this.on.look(this.seconds, level && { db: level.db, recentDb: this.recentDb, isLoud });
    if (this.seconds >= LONGEST_S) this.stop('longest');
  }

  stop(why = 'stopped') {
    if (this.media.state === 'inactive') return;
    this.why = why;
    this.endedAt = performance.now();
    this.media.stop(); // gives the last chunk, then onstop
  }

  // Stop, and give nothing more.
  discard() {
    this.on = { chunk: () => {}, look: () => {}, ended: () => {} };
    this.stop();
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.mutedTimer);
    document.removeEventListener('visibilitychange', this.flush);
    this.endedAt ??= performance.now();
    closeMicrophone(this.stream);
    this.level.close();
    this.on.ended(this.why);
  }
}
