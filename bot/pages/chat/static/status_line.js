// The head of the page: which question, how much time, whether somebody is writing, whether the line is up.
// The server's clock rules; between its words the page counts on by itself.

import { questionMark } from './markup.js';

const SHORT_S = 60;
const PATIENCE_MS = 1_500;

export class StatusLine {
  constructor({ words, timed, state }) {
    Object.assign(this, { words, timed, state });
    this.at = performance.now();
    this.question = null;
    this.timedBegan = false;
    setInterval(() => this.showTime(), 500);
  }

  setState(state) {
    this.state = state;
    this.at = performance.now();
    const typing = document.getElementById('typing');
    typing.textContent = this.words.typing;
    typing.hidden = !state.typing;
    this.showTime();
  }

  setQuestion(question) {
    if (!question) return;
    this.timedBegan ||= this.timed.includes(question.kind);
    document.getElementById('question').textContent = questionMark(question, this.words);
    this.showTime();
  }

  showTime() {
    const passed = this.state.running ? (performance.now() - this.at) / 1000 : 0;
    const left = Math.max(0, Math.round(this.state.left_s - passed));
    const time = document.getElementById('time');
    const pattern = this.state.running ? this.words.time_left : this.words.time_still;
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    const text = this.timedBegan && !this.state.over && !this.state.typing ? pattern.replace('{time}', clock) : '';
    if (time.textContent !== text) time.textContent = text;
    time.classList.toggle('short', this.state.running && left <= SHORT_S);
  }

  setLine(isUp) {
    const line = document.getElementById('line');
    clearTimeout(this.lineTimer);
    if (!isUp) {
      // A blink of the line is nobody's concern.
      this.lineTimer = setTimeout(() => this.tell(this.words.offline), line.textContent ? 0 : PATIENCE_MS);
    } else if (line.textContent && !this.final) {
      this.tell(this.words.online, 'good');
      this.lineTimer = setTimeout(() => this.tell(''), 2_500);
    }
  }

  setFinal(text) {
    clearTimeout(this.lineTimer);
    this.final = true;
    this.tell(text);
  }

  tell(text, className = '') {
    const line = document.getElementById('line');
    line.className = className;
    line.textContent = text;
  }
}
