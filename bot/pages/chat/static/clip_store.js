// Recordings that are not sent yet, in IndexedDB: what a reload, a killed page or a phone call leaves behind. Where the
// browser keeps nothing (private windows), the page's memory has to do.

const DATABASE = 'mianshi-recordings';
const KEPT_MS = 7 * 24 * 3600 * 1000; // as long as an invitation

// A clip: {id, interview, type, question, seconds, peak_db, level_db, at, chunks: [Blob]}.
export class ClipStore {
  constructor(interview) {
    this.interview = interview;
    this.database = connect().catch(() => null);
    this.last = this.database;
  }

  // The clip's facts, and the newest chunk of it if there is one.
  save({ chunks, ...clip }, ordinal) {
    return this.write(async (open) => {
      // Bytes and not a Blob: older Safari cannot read its Blobs back.
      const data = ordinal === undefined ? null : await chunks[ordinal].arrayBuffer();
      const transaction = open();
      transaction.objectStore('clips').put(clip);
      if (data) transaction.objectStore('chunks').put(data, [clip.id, ordinal]);
      return transaction;
    });
  }

  remove(id) {
    return this.write((open) => {
      const transaction = open();
      transaction.objectStore('clips').delete(id);
      transaction.objectStore('chunks').delete(IDBKeyRange.bound([id, 0], [id, Infinity]));
      return transaction;
    });
  }

  // One after the other: what is removed must not be saved again by an earlier call.
  write(act) {
    this.last = this.last.then(async () => {
      const database = await this.database;
      if (!database) return;
      try {
        await ended(await act(() => database.transaction(['clips', 'chunks'], 'readwrite')));
      } catch {
        // no space left: the clip is in memory still, and can be sent from there
      }
    });
    return this.last;
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
