// Counts how a text came in: pasted characters and time spent typing. Never which keys, never what was deleted.

const PAUSE_MS = 2_000; // a longer gap between two keystrokes is thinking
const LONGEST_MS = 4 * 3600 * 1000; // the server refuses more
const MOST_CHARACTERS = 100_000;

export class InputWatch {
  // `isWhole` is false where the field began with text that was not seen coming in, such as a draft.
  constructor(root, isWhole) {
    this.forget(isWhole);
    // In the capturing phase: deep-chat handles a paste itself and stops it there.
    root.addEventListener('paste', (event) => this.paste(event.clipboardData?.getData('text') ?? ''), true);
    root.addEventListener('drop', () => (this.isWhole = false), true);
    root.addEventListener('keydown', () => this.tick(), true);
    root.addEventListener('beforeinput', () => this.tick(), true);
  }

  forget(isWhole = true) {
    Object.assign(this, { isWhole, pasted: 0, typed: 0, last: null });
  }

  paste(text) {
    this.pasted += [...text].length;
    this.last = null;
  }

  tick() {
    const at = performance.now();
    if (this.last !== null) this.typed += Math.min(at - this.last, PAUSE_MS);
    this.last = at;
  }

  // The counts of the text that is being sent; undefined where they would not be those of all of it.
  take() {
    const seen = {
      pasted_chars: Math.min(this.pasted, MOST_CHARACTERS),
      typing_ms: Math.min(Math.round(this.typed), LONGEST_MS),
    };
    const { isWhole } = this;
    this.forget();
    return isWhole ? seen : undefined;
  }
}
