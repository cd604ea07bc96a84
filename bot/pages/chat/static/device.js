// This browser and the interview: bound on the first visit; another one goes on with a 6-digit code.

import { call } from './transport.js';

export async function bindDevice(api) {
  const answer = await call(api, 'device', { method: 'POST', body: {} });
  if (answer.ok) return 'bound';
  if (answer.data.type === '/problems/device') return 'other';
  if (answer.status === 404) return 'gone';
  throw new Error('the server is busy');
}

// Shows the panel; resolves when the code was right and this browser is bound.
export function askForCode(api, words) {
  const find = (id) => document.getElementById(id);
  const [panel, getCode, form, input, status] = ['device', 'get-code', 'code-form', 'code', 'device-status'].map(find);
  panel.hidden = false;
  getCode.onclick = async () => {
    getCode.disabled = true;
    const answer = await call(api, 'code', { method: 'POST', body: {} }).catch(() => null);
    status.textContent = !answer
      ? words.try_again
      : answer.ok
        ? words.code_sent.replace('{contact}', answer.data.sent_to)
        : answer.data.detail;
    getCode.disabled = false;
    if (answer?.ok) {
      form.hidden = false;
      input.focus();
    }
  };
  return new Promise((done) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const code = input.value.replace(/\D/g, '');
      if (code.length !== 6) {
        status.textContent = words.code_form;
        return;
      }
      const answer = await call(api, 'device', { method: 'POST', body: { code } }).catch(() => null);
      if (answer?.ok) done();
      else status.textContent = answer?.data.detail ?? words.try_again;
    };
  });
}
