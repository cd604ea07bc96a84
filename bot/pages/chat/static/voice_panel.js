// The recorder under the conversation: record, hear it, send it or record it again. Nothing leaves the browser before
// the candidate says so. Parts of it take turns: idle, file, recording, review, sending.

import { ClipPlayer } from './clip_player.js';
import { ClipStore } from './clip_store.js';
import { ClipUpload } from './clip_upload.js';
import { DeviceCheck } from './device_check.js';
import { drawLevel, nameLevel, SILENT_DB } from './level.js';
import { newClientId } from './outbox.js';
import { canRecord, closeMicrophone, openMicrophone, Recorder } from './recorder.js';
import { askTwice } from './second_press.js';
import { SoundFile } from './sound_file.js';

const SILENCE_S = 4; // so long without a sound, and we say so
const DRAW_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 500 : 0;
const DEAR_S = 5; // a longer recording is not thrown away with one press

const find = (id) => document.getElementById(id);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export class VoicePanel {
  // `seen` has losses(), how often the line was lost so far, and question(), the number of the newest; `on` has
  // recording() when the microphone is about to hear, and locked()
  constructor({ api, interview, words, seen, on }) {
    Object.assign(this, { api, interview, seen, on });
    this.words = words.voice;
    this.store = new ClipStore(interview);
    this.clip = null;
    this.part = 'idle';
    this.panel = find('voice');
    this.player = new ClipPlayer(find('voice-player'));
    this.check = new DeviceCheck({ api, words: this.words, canRecord: canRecord(), on: { closed: () => this.show(this.part) } });
    const [button, input] = [find('voice-file-button'), find('voice-file')];
    this.file = new SoundFile({ api, words: this.words, button, input, tell: (...said) => this.tell(...said) });
    this.listen();
    this.show(this.restingPart);
    if (!canRecord()) this.tell(this.howElse(), 'plain');
    else this.offerUnsent();
  }

  listen() {
    find('voice-record').onclick = () => this.record();
    find('voice-check').onclick = () => this.check.open();
    find('voice-stop').onclick = () => this.recorder.stop();
    const { sure } = this.words;
    askTwice(find('voice-drop'), { sure, isDear: () => this.recorder.seconds > DEAR_S, act: () => this.drop() });
    find('voice-send').onclick = () => this.send();
    const isDear = () => !this.isSilent && this.clip.seconds > DEAR_S;
    askTwice(find('voice-again'), { sure, isDear, act: () => this.record() });
    askTwice(find('voice-delete'), { sure, isDear, act: () => this.discard() });
    find('voice-back').onclick = () => this.back();
  }

  get isSilent() {
    return this.clip.peak_db !== null && this.clip.peak_db < SILENT_DB;
  }

  get restingPart() {
    return canRecord() ? 'idle' : 'file';
  }

  setState({ voice, acknowledged, over }) {
    const isOffered = voice && acknowledged && !over;
    if (!isOffered && this.part === 'recording') this.recorder.stop('interrupted');
    if (over && this.clip && this.part === 'review') this.discard(); // nothing can be sent any more
    this.isOffered = isOffered;
    this.check.offer(voice && !acknowledged && !over);
    this.show(this.part);
  }

  // Where the candidate wants to record again, from the conversation.
  invite() {
    if (!this.panel.hidden) find(this.part === 'file' ? 'voice-file-button' : 'voice-record').focus();
  }

  show(part, focus) {
    const hadFocus = this.panel.contains(document.activeElement);
    this.part = part;
    for (const one of this.panel.querySelectorAll('[data-part]')) one.hidden = one.dataset.part !== part;
    this.panel.hidden = !this.isOffered || this.check.isOpen;
    document.body.classList.toggle('voice-busy', !this.panel.hidden && !['idle', 'file'].includes(part));
    if (focus && hadFocus) find(focus).focus();
  }

  // className 'bad' for what went wrong, 'plain' for what is good to know.
  tell(text, className = 'bad') {
    const note = find('voice-note');
    if (note.textContent !== text) note.textContent = text;
    note.className = className;
  }

  howElse() {
    return /MicroMessenger/i.test(navigator.userAgent) ? this.words.in_wechat : this.words.no_recorder;
  }

  async offerUnsent() {
    const clip = await this.store.findUnsent().catch(() => null);
    if (!clip || this.clip || this.part !== 'idle') return;
    this.clip = clip;
    this.review(this.words.found, clip.question === this.seen.question() ? '' : this.words.found_earlier);
  }

  async record() {
    if (this.isAsking) return;
    this.isAsking = true;
    this.on.recording();
    this.tell(this.words.asking, 'plain');
    let stream;
    let recorder;
    try {
      stream = await openMicrophone();
      recorder = new Recorder(stream, {
        chunk: (blob) => this.keep(blob),
        look: (seconds, level) => this.look(seconds, level),
        ended: (why) => this.recorded(why),
      });
    } catch (error) {
      if (stream) closeMicrophone(stream);
      this.tell(stream ? this.words.no_recorder_now : this.whyNoMicrophone(error));
      return;
    } finally {
      this.isAsking = false;
    }
    if (this.clip) this.forget();
    this.recorder = recorder;
    this.clip = {
      id: newClientId(),
      interview: this.interview,
      type: this.recorder.type,
      seconds: 0,
      peak_db: null,
      level_db: null,
      at: Date.now(),
      question: this.seen.question(),
      chunks: [],
    };
    this.store.hold(this.clip.id);
    this.lossesBefore = this.seen.losses();
    Object.assign(this, { heardAt: 0, drawnAt: 0, level: '' });
    this.tell('');
    find('voice-level-name').textContent = '';
    this.show('recording');
    find('voice-stop').focus();
    this.recorder.start();
  }

  whyNoMicrophone({ name }) {
    if (/MicroMessenger/i.test(navigator.userAgent)) return this.words.in_wechat;
    if (name === 'NotAllowedError' || name === 'SecurityError') return this.words.not_allowed;
    return name === 'NotFoundError' ? this.words.no_microphone : this.words.microphone_busy;
  }

  keep(blob) {
    this.clip.chunks.push(blob);
    this.note();
    this.store.save(this.clip, this.clip.chunks.length - 1);
  }

  note() {
    const { seconds, peakDb: peak_db, levelDb: level_db } = this.recorder;
    Object.assign(this.clip, { seconds, peak_db, level_db });
  }

  look(seconds, level) {
    const time = clock(seconds);
    if (find('voice-time').textContent !== time) find('voice-time').textContent = time;
    if (!level) return;
    if (level.db >= SILENT_DB) this.heardAt = seconds;
    const isSilent = seconds - this.heardAt >= SILENCE_S;
    if (seconds - this.drawnAt >= DRAW_MS / 1000) {
      this.drawnAt = seconds;
      drawLevel(find('voice-level'), level.db);
    }
    const name = isSilent ? 'none' : nameLevel(level.recentDb, level.isLoud);
    if (name === this.level || (name === 'none' && !isSilent)) return;
    this.level = name;
    find('voice-level-name').textContent = this.words.levels[name];
    this.tell(isSilent ? this.words.silent_now : '');
  }

  recorded(why) {
    this.note();
    this.store.save(this.clip);
    if (!this.clip.chunks.length) {
      this.forget();
      this.rest(this.words.nothing_recorded);
      return;
    }
    const reasons = { longest: this.words.longest, interrupted: this.words.interrupted };
    this.review(this.words.recorded, reasons[why]);
  }

  drop() {
    this.recorder.discard();
    this.forget();
    this.rest();
  }

  review(heading, note = '') {
    if (this.isSilent) heading = this.words.recorded_silent;
    find('voice-heading').textContent = heading.replace('{time}', clock(this.clip.seconds));
    this.player.load(this.clip);
    this.tell(this.isSilent ? this.words.silent : note);
    find('voice-send').textContent = this.isSilent ? this.words.send_anyway : this.words.send;
    find('voice-send').classList.toggle('solid', !this.isSilent);
    find('voice-again').classList.toggle('solid', this.isSilent);
    this.show('review', this.isSilent ? 'voice-again' : 'voice-send');
  }

  send() {
    this.player.pause();
    const { length } = this.clip.chunks;
    this.progress(0, length);
    this.tell('');
    this.show('sending', 'voice-back');
    this.upload = new ClipUpload({
      api: this.api,
      clip: this.clip,
      disconnects: () => this.seen.losses() - (this.lossesBefore ?? 0),
      on: {
        progress: (sent, all) => {
          this.tell('');
          this.progress(sent, all);
        },
        waiting: () => this.tell(this.words.waiting, 'plain'),
        done: () => {
          this.forget();
          this.rest();
        },
        refused: (detail) => {
          if (detail) {
            this.forget();
            this.rest(detail);
          } else this.review(this.words.recorded, this.words.not_taken); // somebody else's answer, a proxy's: nothing is lost
        },
        stopped: () => this.on.locked(),
      },
    });
    this.upload.run();
  }

  progress(sent, all) {
    const bar = find('voice-progress');
    bar.max = all;
    bar.value = sent;
    find('voice-sent').textContent = this.words.sending.replace('{percent}', Math.floor((100 * sent) / all));
  }

  back() {
    this.upload.cancel();
    this.review(this.words.recorded);
  }

  discard() {
    this.forget();
    this.rest();
  }

  forget() {
    this.player.clear();
    this.store.remove(this.clip.id);
    this.clip = null;
  }

  rest(note = '') {
    this.tell(note);
    this.show(this.restingPart, canRecord() ? 'voice-record' : 'voice-file-button');
  }
}
