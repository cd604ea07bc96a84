// Where the browser cannot record: a file from the phone's own recorder, sent in one piece.

import { newClientId } from './outbox.js';

const LARGEST = 20 * 1024 * 1024;

export class SoundFile {
  // `tell(text, className)` says how it goes
  constructor({ api, words, button, input, tell }) {
    Object.assign(this, { api, words, tell });
    this.isSending = false;
    button.onclick = () => this.isSending || input.click();
    input.onchange = () => {
      const [file] = input.files;
      input.value = '';
      if (file) this.send(file);
    };
  }

  send(file) {
    if (file.size > LARGEST) {
      this.tell(this.words.file_too_large);
      return;
    }
    const form = new FormData();
    form.append('client_id', newClientId());
    form.append('file', file);
    const request = new XMLHttpRequest(); // fetch tells nothing about its progress
    const finish = (text) => {
      this.isSending = false;
      this.tell(text);
    };
    request.open('POST', `${this.api}/recordings`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) =>
      this.tell(this.words.sending.replace('{percent}', Math.floor((100 * loaded) / total)), 'plain');
    request.onload = () => finish(request.status === 202 ? '' : (request.response?.detail ?? this.words.file_failed));
    request.onerror = () => finish(this.words.file_failed);
    this.isSending = true;
    request.send(form);
  }
}
