// Recordings that are not sent yet, in IndexedDB: what a reload, a killed page or a phone call leaves behind. Where the
// browser keeps nothing (private windows), the page's memory has to do.

const DATABASE = 'mianshi-recordings';
const KEPT_MS = 7 * 24 * 3600 * 1000; // as long as an invitation

// A clip: {id, interview, type, question, seconds, peak_db, level_db, at, chunks: [Blob]}.
export class ClipStore {
  constructor(interview) {
    this.interview = interview;
    this.database = connect().catch(() => null);
  }

  // The clip's facts, and the newest chunk of it if there is one.
  async save({ chunks, ...clip }, ordinal) {
    const database = await this.database;
    if (!database) return;
    const data = ordinal === undefined ? null : await chunks[ordinal].arrayBuffer();
    try {
      const transaction = database.transaction(['clips', 'chunks'], 'readwrite');
      transaction.objectStore('clips').put(clip);
      // Bytes and not a Blob: older Safari cannot read its Blobs back.
      if (data) transaction.objectStore('chunks').put(data, [clip.id, ordinal]);
      await ended(transaction);
    } catch {
      // no space left: the clip is in memory still, and can be sent from there
    }
  }

  async remove(id) {
    const database = await this.database;
    if (!database) return;
    const transaction = database.transaction(['clips', 'chunks'], 'readwrite');
    transaction.objectStore('clips').delete(id);
    transaction.objectStore('chunks').delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
    await ended(transaction).catch(() => {});
  }

  // The newest clip of this interview that no other tab holds, or null. Old ones are forgotten.
  async findUnsent() {
    const database = await this.database;
    if (!database) return null;
    const clips = await result(database.transaction('clips').objectStore('clips').getAll());
    clips.sort((one, other) => other.at - one.at);
    for (const clip of clips) {
      if (Date.now() - clip.at > KEPT_MS) await this.remove(clip.id);
      else if (clip.interview === this.interview && (await this.hold(clip.id))) {
        const range = IDBKeyRange.bound([clip.id, 0], [clip.id, Infinity]);
        const data = await result(database.transaction('chunks').objectStore('chunks').getAll(range));
        const chunks = data.map((bytes) => new Blob([bytes], { type: clip.type }));
        if (chunks.length) return { ...clip, chunks };
        await this.remove(clip.id);
      }
    }
    return null;
  }

  // Marks the clip as this tab's for as long as the tab lives; false where another tab has it.
  hold(id) {
    if (!navigator.locks) return true;
    return new Promise((done) => {
      navigator.locks.request(`${DATABASE}-${id}`, { ifAvailable: true }, (lock) => {
        done(lock !== null);
        return lock && new Promise(() => {});
      });
    });
  }
}

function connect() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('clips', { keyPath: 'id' });
      request.result.createObjectStore('chunks');
    };
    request.onsuccess = () => done(request.result);
    request.onerror = request.onblocked = () => failed(request.error);
  });
}

function result(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

function ended(transaction) {
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}
