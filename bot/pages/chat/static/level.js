// How loud the microphone is, in dB below full scale, and a picture of it.

export const SILENT_DB = -55; // below it even the loudest moment is no voice
const QUIET_DB = -40;
const LOUD = 0.985;
const FLOOR_DB = -70;
const BARS = 24;

export class LevelWatch {
  constructor(stream) {
    this.context = new (window.AudioContext ?? window.webkitAudioContext)();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 2048;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.context.resume();
  }

  // {db, isLoud}, or null where the browser holds the sound back: nothing is known then.
  read() {
    if (this.context.state !== 'running') return null;
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    let peak = 0;
    for (const sample of this.samples) {
      sum += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    return { db: toDb(Math.sqrt(sum / this.samples.length)), isLoud: peak > LOUD };
  }

  close() {
    this.context.close();
  }
}

export function toDb(amplitude) {
  return Math.max(-100, 20 * Math.log10(amplitude || 1e-5));
}

// 'none', 'quiet', 'good' or 'loud', for the loudest of the last moments.
export function nameLevel(db, isLoud) {
  if (isLoud) return 'loud';
  if (db < SILENT_DB) return 'none';
  return db < QUIET_DB ? 'quiet' : 'good';
}

export function drawLevel(canvas, db) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const brush = canvas.getContext('2d');
  brush.clearRect(0, 0, width, height);
  const lit = Math.round((BARS * (db - FLOOR_DB)) / -FLOOR_DB);
  const step = width / BARS;
  for (let bar = 0; bar < BARS; bar += 1) {
    const tall = height * (0.35 + (0.65 * bar) / BARS);
    brush.fillStyle = bar < lit ? '#0b5d4e' : '#d5ddda';
    brush.fillRect(bar * step, height - tall, step * 0.6, tall);
  }
}
