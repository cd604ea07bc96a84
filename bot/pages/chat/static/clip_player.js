// Lets the candidate hear a clip before it is sent.

export class ClipPlayer {
  constructor(player) {
    this.player = player;
  }

  load({ chunks, type }) {
    const { player } = this;
    this.clear();
    player.src = URL.createObjectURL(new Blob(chunks, { type }));
    // What MediaRecorder wrote names no length; looking for the end finds it.
    player.onloadedmetadata = () => {
      if (Number.isFinite(player.duration)) return;
      player.ondurationchange = () => {
        if (!Number.isFinite(player.duration)) return;
        player.ondurationchange = null;
        player.currentTime = 0;
      };
      player.currentTime = 1e7;
    };
  }

  pause() {
    this.player.pause();
  }

  clear() {
    this.pause();
    if (this.player.src) URL.revokeObjectURL(this.player.src);
    this.player.removeAttribute('src');
  }
}
