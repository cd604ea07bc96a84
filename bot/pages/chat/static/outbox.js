// What the candidate sent and the server has not yet confirmed. It outlives a reload; each item keeps its client_id,
// so that sending it again never makes a second message.

export class Outbox {
  constructor(interview) {
    this.key = `mianshi-outbox-${interview}`;
    this.draftKey = `mianshi-draft-${interview}`;
    this.items = read(this.key, []);
  }

  add(item) {
    this.items.push(item);
    write(this.key, [...read(this.key, []), item]);
  }

  first() {
    return this.items[0];
  }

  remove(clientId) {
    // Another tab of the same browser may have added its own meanwhile: only this one item goes.
    this.items = this.items.filter((item) => item.client_id !== clientId);
    write(this.key, read(this.key, []).filter((item) => item.client_id !== clientId));
  }

  get draft() {
    return read(this.draftKey, '');
  }

  set draft(text) {
    write(this.draftKey, text);
  }
}

export function newClientId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on a LAN address is no secure context and has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // storage is switched off: the memory of this page has to do
  }
}

function write(key, value) {
  try {
    if (value.length) localStorage.setItem(key, JSON.stringify(value));
    else localStorage.removeItem(key);
  } catch {
    // as above
  }
}
