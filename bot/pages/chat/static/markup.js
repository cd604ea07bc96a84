// A message as HTML, the same as the server writes it into the page. Every word goes in as text, never as markup.

import { dressRecording } from './transcript.js';

export function messageMarkup(message, words) {
  const who = message.from === 'candidate' ? 'candidate' : 'bot';
  const said = element('div', `said by-${who} kind-${message.kind}`);
  if (message.seq) said.dataset.seq = message.seq;
  if (message.client_id) said.dataset.client = message.client_id;
  said.append(element('span', 'who', words[who]));
  const mark = questionMark(message.question, words);
  if (mark) said.append(element('p', 'mark', mark));
  said.append(element('p', 'words', message.text));
  if (message.aloud) said.append(listenButton(words));
  if (message.client_id) said.append(element('p', 'fate', ''));
  if (message.buttons?.length) said.append(choices(message.buttons, words));
  if (message.transcript || message.retry) dressRecording(said, message, words);
  return said.outerHTML;
}

export function questionMark(question, words) {
  const kind = question && words.kinds[question.kind];
  if (!kind) return '';
  return question.number ? `${kind} ${question.number}/${question.of}` : kind;
}

function choices(buttons, words) {
  const group = element('div', 'choices');
  group.setAttribute('role', 'group');
  group.setAttribute('aria-label', words.choices);
  for (const { id, title } of buttons) {
    const button = element('button', '', title);
    button.type = 'button';
    button.dataset.button = id;
    group.append(button);
  }
  return group;
}

function listenButton(words) {
  const button = element('button', 'listen', words.listen);
  button.type = 'button';
  button.setAttribute('aria-pressed', 'false');
  return button;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
