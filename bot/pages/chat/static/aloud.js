// Reads a question aloud for who asks for it: one at a time, a second press stops it. The text is always there.

export class Aloud {
  // `on` has: failed(detail), locked() when the link or this device is no longer admitted
  constructor({ api, words, on }) {
    Object.assign(this, { api, words, on });
    this.button = null; // of what is being fetched or heard
  }

  press(button, seq) {
    const isStop = button === this.button;
    this.stop();
    if (!isStop) this.play(button, seq);
  }

  async play(button, seq) {
    this.button = button;
    button.setAttribute('aria-pressed', 'true');
    const player = (this.player = new Audio());
    player.load(); // within the press: iOS then lets it play when the sound has come
    player.onended = () => this.stop();
    const ended = (this.ended = new AbortController());
    try {
      const answer = await fetch(`${this.api}/questions/${seq}/sound`, { signal: ended.signal });
      if (!answer.ok) {
        this.fail(await answer.json().catch(() => ({})));
        return;
      }
      player.src = URL.createObjectURL(await answer.blob());
      await player.play();
    } catch {
      if (!ended.signal.aborted) this.fail({});
    }
  }

  fail({ type, detail }) {
    this.stop();
    if (type === '/problems/device') this.on.locked();
    else this.on.failed(detail ?? this.words.listen_failed);
  }

  stop() {
    if (!this.button) return;
    this.button.setAttribute('aria-pressed', 'false');
    this.button = null;
    this.ended.abort();
    this.player.pause();
    URL.revokeObjectURL(this.player.src);
  }
}
