// The chat page: binds this browser, turns the written transcript into the chat, and keeps it in step with the server.

import { Aloud } from './aloud.js';
import { ChatView } from './deep_chat_view.js';
import { askForCode, bindDevice } from './device.js';
import { newClientId, Outbox } from './outbox.js';
import { ResumeUpload } from './resume_upload.js';
import { StatusLine } from './status_line.js';
import { TranscriptEditor } from './transcript.js';
import { call, Transport } from './transport.js';

const settings = JSON.parse(document.getElementById('settings').textContent);
const { api, words, timed } = settings;
const transcript = document.getElementById('transcript');
const status = new StatusLine(settings);

async function open() {
  const library = import(settings.deep_chat);
  const bound = await bindDevice(api);
  if (bound === 'gone') {
    location.reload(); // the server has a page about what became of the link
    return;
  }
  if (bound === 'other') {
    const chat = ['transcript', 'menu', 'loading'].map((id) => document.getElementById(id));
    chat.forEach((part) => (part.hidden = true));
    await askForCode(api, words);
    document.getElementById('device').hidden = true;
    chat.forEach((part) => (part.hidden = false));
  }
  await library;
  await converse();
}

async function converse() {
  const outbox = new Outbox(settings.interview);
  const own = new Set(); // sequence numbers whose bubble stands here since it was sent
  const resume = new ResumeUpload({ api, words, limit: settings.file_bytes });
  let isTimed = false;
  let losses = 0; // of the line
  let wasUp = true;
  let newestQuestion = 0;
  let voice = null; // its scripts come only where recordings are taken

  const aloud = new Aloud({ api, words, on: { failed: (detail) => view.showNote(detail), locked: () => location.reload() } });
  const view = new ChatView({
    words,
    styles: settings.styles,
    draft: outbox.draft,
    spoken: settings.spoken,
    on: {
      text: (text, input) => send({ text, input }),
      button: (button, title) => send({ button, title }),
      draft: (text) => (outbox.draft = text),
      correct,
      again: () => voice?.then((panel) => panel.invite()),
      listen: (button, seq) => aloud.press(button, seq),
    },
  });
  const editor = new TranscriptEditor({
    api,
    words,
    serverNow,
    on: {
      closed: () => view.focusTalk(),
      late: (detail) => view.showNote(detail),
      locked: () => location.reload(),
    },
  });
  const transport = new Transport({
    api,
    lastSeq: Math.max(0, ...[...transcript.children].map((said) => Number(said.dataset.seq))),
    outbox,
    on: {
      message: (message) => {
        if (!own.has(message.seq)) view.show(message);
        look(message.question, message.seq);
      },
      accepted: (clientId, seq) => {
        if (own.has(seq)) return;
        if (seq <= transport.lastSeq) view.removeLocal(clientId); // it has come back by another way already
        else {
          own.add(seq);
          view.setFate(clientId, '');
        }
      },
      refused: (item, detail) => {
        view.setFate(item.client_id, words.not_sent);
        view.showNote(detail);
        if (item.text) view.putBack(item.text);
      },
      state: (state) => {
        status.setState(state);
        offerResume();
        offerVoice(state);
        if (state.over) {
          view.close();
          document.getElementById('menu').hidden = true;
        }
      },
      line: (isUp) => {
        status.setLine(isUp);
        if (wasUp && !isUp) losses += 1;
        wasUp = isUp;
        if (!isUp) outbox.items.forEach((item) => view.setFate(item.client_id, words.waiting));
      },
      replaced: () => {
        status.setFinal(words.replaced);
        view.close();
        resume.offer(false);
        offerVoice({ ...status.state, voice: false });
      },
      locked: () => location.reload(),
    },
  });

  function send(what) {
    const item = { client_id: newClientId(), ...what };
    queueMicrotask(() => {
      transport.send(item);
      if (!transport.isOpen()) view.setFate(item.client_id, words.waiting);
    });
    return item.client_id;
  }

  function look(question, seq) {
    status.setQuestion(question);
    if (question) newestQuestion = seq;
    isTimed ||= !!question && timed.includes(question.kind);
    offerResume();
  }

  function offerResume() {
    resume.offer(status.state.acknowledged && !isTimed && !status.state.over);
  }

  // What stands in the message may have changed: a pause stops the two minutes, and they may be over.
  async function correct(seq, text) {
    const answer = await call(api, `messages?after=${seq - 1}`).catch(() => null);
    if (!answer?.ok) {
      if (answer?.data.type === '/problems/device') location.reload();
      else view.showNote(words.try_again); // no line, too many at once, or a server that is busy: the buttons still stand
      return;
    }
    const [{ transcript }] = answer.data;
    if (transcript?.open) editor.open({ recording: transcript.recording, until: transcript.until, text, clientId: newClientId() });
    else view.showNote(words.voice.no_longer);
  }

  function offerVoice(state) {
    if (state.voice) voice ??= import('./voice_panel.js').then(newVoicePanel);
    voice?.then((panel) => panel.setState(state)).catch(() => (voice = null)); // the next state tries again
  }

  function newVoicePanel({ VoicePanel }) {
    const { interview } = settings;
    const seen = { losses: () => losses, question: () => newestQuestion };
    return new VoicePanel({ api, interview, words, seen, on: { recording: () => aloud.stop(), locked: () => location.reload() } });
  }

  await view.open(transcript);
  loading(false);
  status.setState(settings.state);
  settings.questions.forEach(({ seq, ...question }) => look(question, seq));
  offerResume();
  offerVoice(settings.state);
  for (const item of outbox.items) view.showLocal(item.client_id, item.text ?? item.title);
  transport.start();
  listenToMenu((text) => view.showLocal(send({ text }), text));
}

// The server's clock, in ms: a phone's own may be minutes off.
function serverNow() {
  const [navigation] = performance.getEntriesByType('navigation');
  const answered = performance.timeOrigin + navigation.responseStart;
  return Date.parse(settings.now) + performance.timeOrigin + performance.now() - answered;
}

function listenToMenu(say) {
  const menu = document.getElementById('menu');
  const close = () => {
    menu.open = false;
  };
  menu.addEventListener('click', ({ target }) => {
    if (!target.dataset.command) return;
    close();
    say(target.dataset.command);
  });
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    close();
    menu.querySelector('summary').focus();
  });
  document.addEventListener('click', ({ target }) => {
    if (!menu.contains(target)) close();
  });
}

// iOS lays the keyboard over the page instead of shrinking it. Zooming in is no keyboard.
function keepAboveKeyboard() {
  visualViewport?.addEventListener('resize', () => {
    if (visualViewport.scale > 1) return;
    document.body.style.height = `${visualViewport.height}px`;
    scrollTo(0, 0);
  });
}

function loading(isLoading) {
  document.getElementById('loading').hidden = !isLoading;
}

keepAboveKeyboard();
open().catch(() => {
  loading(false);
  status.setFinal(words.loading_failed);
  addEventListener('online', () => location.reload());
});
