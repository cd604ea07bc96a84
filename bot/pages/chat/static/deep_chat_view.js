// deep-chat shows the conversation and takes the input; what it lacks for screen readers is put right here.

import { InputWatch } from './input_watch.js';
import { messageMarkup } from './markup.js';
import { dressRecording } from './transcript.js';

const LONGEST = 8000;
const SPEAKER = { candidate: 'user', bot: 'ai', person: 'ai' };

export class ChatView {
  // `spoken` has transcript or retry of written messages by their number; `on` has: text(text, input),
  // button(id, title), draft(text), correct(seq, text), again(), listen(button, seq)
  constructor({ words, styles, draft, spoken, on }) {
    Object.assign(this, { words, styles, draft, spoken, on });
    this.closed = false;
  }

  // Turns the transcript that the server wrote into the chat; resolves when it can be used.
  async open(transcript) {
    const chat = (this.chat = document.createElement('deep-chat'));
    chat.history = [...transcript.querySelectorAll('.said')].map((said) => {
      const spoken = this.spoken[said.dataset.seq];
      if (spoken) dressRecording(said, spoken, this.words);
      return { role: said.classList.contains('by-candidate') ? 'user' : 'ai', html: said.outerHTML };
    });
    configure(chat, this.words, this.draft);
    chat.connect = {
      websocket: true, // the candidate may write at any time, not only in turn
      handler: (_, signals) => {
        signals.newUserMessage.listener = (body) => this.typed(body.messages[body.messages.length - 1].text);
        signals.onOpen();
      },
    };
    chat.onInput = ({ content, isUser }) => isUser && this.on.draft(content.text ?? '');
    const rendered = new Promise((done) => (chat.onComponentRender = done));
    chat.hidden = true;
    transcript.after(chat);
    this.root = chat.shadowRoot;
    await Promise.all([rendered, dress(this.root, this.styles)]);
    chat.onComponentRender = null;
    this.root.addEventListener('click', (event) => this.clicked(event));
    this.watch = new InputWatch(this.root, !this.draft);
    this.mend();
    this.stayAtEnd();
    transcript.replaceWith(chat);
    chat.hidden = false;
    await new Promise((done) => setTimeout(done)); // not a frame: a tab in the background has none
    this.bringIntoSight();
  }

  // The newest message, from its first line: the notice is longer than a phone, and is to be read from the top.
  bringIntoSight() {
    const fromItsTop = () => {
      const { messages } = this;
      const newest = [...messages.querySelectorAll('.outer-message-container')].at(-1);
      if (!newest || newest.offsetHeight <= messages.clientHeight) {
        this.chat.scrollToBottom();
        return;
      }
      messages.scrollTop += newest.getBoundingClientRect().top - messages.getBoundingClientRect().top;
      this.isAtEnd = false;
    };
    fromItsTop();
    setTimeout(fromItsTop, 100); // deep-chat scrolls to the end once more when it has settled
  }

  // Asked for each time: deep-chat makes its parts anew.
  get messages() {
    return this.root.getElementById('messages');
  }

  typed(text) {
    const seen = this.watch.take();
    if (!text) return;
    this.on.draft('');
    // deep-chat has shown the text as Markdown; an answer is shown as it was written.
    const containers = this.root.querySelectorAll('.outer-message-container');
    containers[containers.length - 1]?.remove();
    // A contenteditable gives three line breaks for one empty line.
    const written = text.replace(/\n{3,}/g, '\n\n');
    if ([...written].length > LONGEST) {
      // Refused here and not cut off: nobody should lose what they wrote.
      this.showNote(this.words.too_long);
      this.putBack(written);
      return;
    }
    this.showLocal(this.on.text(written, seen), written);
  }

  clicked({ target, detail }) {
    const listen = target.closest('.listen');
    if (listen) this.on.listen(listen, Number(listen.closest('.said').dataset.seq));
    const button = target.closest('[data-button]');
    if (!button || button.disabled) return;
    const { act } = button.dataset;
    if (act === 'correct') {
      const { seq, heard } = button.closest('.said').dataset;
      this.on.correct(Number(seq), heard);
      return;
    }
    button.classList.add('chosen');
    for (const other of button.parentElement.children) other.disabled = true;
    const title = button.textContent;
    this.showLocal(this.on.button(button.dataset.button, title), title);
    if (act === 'again') this.on.again();
    else if (act === 'type' || detail === 0) this.chat.focusInput(); // by keyboard the focus must not be lost with it
  }

  show(message) {
    this.chat.addMessage({ role: SPEAKER[message.from], html: messageMarkup(message, this.words) });
  }

  showLocal(clientId, text) {
    this.show({ from: 'candidate', kind: 'answer', text, client_id: clientId });
    setTimeout(() => this.chat.scrollToBottom());
  }

  showNote(text) {
    this.show({ from: 'bot', kind: 'note', text });
  }

  // Where no keyboard of a phone comes up.
  focusTalk() {
    this.messages.focus();
  }

  // What became of a message that was sent from here: '' once it has arrived.
  setFate(clientId, text) {
    const fate = this.find(clientId)?.querySelector('.fate');
    if (!fate) return;
    fate.textContent = text;
    if (text) this.chat.scrollToBottom();
  }

  removeLocal(clientId) {
    this.find(clientId)?.closest('.outer-message-container').remove();
  }

  find(clientId) {
    return this.root.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
  }

  putBack(text) {
    const input = this.root.getElementById('text-input');
    if (input && !input.textContent.trim()) {
      input.classList.remove('text-input-placeholder');
      input.textContent = text;
      this.watch.forget(false);
      this.on.draft(text);
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    }
  }

  // Only what can still be pressed looks so: the newest choices and every transcript, until they are answered or the
  // next question comes.
  refreshChoices() {
    const all = [...this.root.querySelectorAll('.said')];
    const newest = [...all].reverse().find((said) => said.querySelector('.choices'));
    all.forEach((said, at) => {
      const isTranscript = 'heard' in said.dataset; // several may lie open at once
      // What else is said leaves a transcript's buttons in force, as it does a question's.
      const ends = said.matches('.kind-confirm:not([data-recording])') ? '.by-candidate' : '.kind-question, .kind-follow_up';
      const isPast =
        this.closed ||
        (said !== newest && !isTranscript) ||
        said.dataset.open === 'false' ||
        !!said.querySelector('.chosen') ||
        all.slice(at + 1).some((later) => later.matches(ends));
      for (const button of said.querySelectorAll('.choices button')) button.disabled = isPast;
    });
  }

  // The keyboard of a phone or a line about the connection must not cover the newest message.
  stayAtEnd() {
    this.isAtEnd = true;
    const note = () => {
      const { messages } = this;
      this.isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
    };
    this.root.addEventListener('scroll', note, { capture: true });
    new ResizeObserver(() => this.isAtEnd && this.chat.scrollToBottom()).observe(this.chat);
  }

  // deep-chat makes its parts anew whenever its state changes, so this is repeated after each change.
  mend() {
    const repair = () => {
      label(this.root, this.words);
      this.refreshChoices();
    };
    repair();
    new MutationObserver(repair).observe(this.root, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ['aria-label', 'aria-disabled'],
    });
  }

  close() {
    const input = this.root.getElementById('text-input');
    input?.setAttribute('contenteditable', 'false');
    input?.setAttribute('aria-disabled', 'true');
    this.chat.disableSubmitButton();
    this.closed = true;
    this.refreshChoices();
  }
}

function configure(chat, words, draft) {
  // Without a font of its own deep-chat fetches one from outside.
  chat.style.fontFamily = getComputedStyle(document.body).fontFamily;
  chat.chatStyle = {
    width: '100%',
    height: '100%',
    border: 'none',
    borderRadius: '0',
    backgroundColor: '#f3f6f5',
    fontSize: '1rem',
  };
  chat.textInput = { placeholder: { text: words.placeholder, style: { color: '#5b6a66' } } };
  if (draft) chat.defaultInput = { text: draft };
}

// Links and not deep-chat's auxiliaryStyle, which older browsers would have to take as inline style.
function dress(root, addresses) {
  const links = addresses.map((href) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    return link;
  });
  root.prepend(...links);
  return Promise.all(links.map((link) => new Promise((done) => (link.onload = link.onerror = done))));
}

function label(root, words) {
  const put = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };
  const messages = root.getElementById('messages');
  put(messages, 'role', 'log');
  put(messages, 'aria-live', 'polite');
  put(messages, 'aria-label', words.transcript);
  put(messages, 'tabindex', '0');
  put(root.getElementById('text-input'), 'aria-label', words.placeholder);
  put(root.getElementById('text-input'), 'aria-multiline', 'true');
  put(root.querySelector('.input-button'), 'aria-label', words.send);
}
