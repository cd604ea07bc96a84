// A résumé, offered until the timed questions begin and never needed.

import { newClientId } from './outbox.js';

const KINDS = /\.(pdf|docx|txt)$/i;

export class ResumeUpload {
  constructor({ api, words, limit }) {
    Object.assign(this, { api, words, limit });
    this.bar = document.getElementById('resume');
    this.button = document.getElementById('resume-button');
    this.file = document.getElementById('resume-file');
    this.button.onclick = () => this.file.click();
    this.file.onchange = () => this.file.files[0] && this.upload(this.file.files[0]);
  }

  offer(isOffered) {
    this.bar.hidden = !isOffered;
  }

  upload(file) {
    this.file.value = '';
    if (file.size > this.limit) return this.tell(this.words.too_large, true);
    if (!KINDS.test(file.name)) return this.tell(this.words.wrong_kind, true);
    const form = new FormData();
    form.append('client_id', newClientId());
    form.append('file', file);
    const request = new XMLHttpRequest(); // fetch tells nothing about its progress
    request.open('POST', `${this.api}/cv`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => {
      const percent = Math.floor((100 * loaded) / total);
      this.tell(percent < 100 ? this.words.uploading.replace('{percent}', percent) : this.words.reading);
    };
    request.onload = () => {
      this.button.disabled = false;
      if (request.status === 202) this.tell('');
      else this.tell(request.response?.detail ?? this.words.upload_failed, true);
    };
    request.onerror = () => {
      this.button.disabled = false;
      this.tell(this.words.upload_failed, true);
    };
    this.button.disabled = true;
    request.send(form);
    return undefined;
  }

  tell(text, isBad = false) {
    const status = document.getElementById('resume-status');
    status.textContent = text;
    status.classList.toggle('bad', isBad);
  }
}
