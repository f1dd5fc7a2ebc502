// Keeps the key of photographs that are being sent, in this browser, so that one that was killed behind its camera goes
// on: what it sealed is on the server, which cannot open it. The key never leaves WebCrypto, and is used once more.

const NAME = "lineproof";
const STORE = "sealing";
const ONLY = "now";

const done = (asking) =>
  new Promise((resolve, reject) => {
    asking.onsuccess = () => resolve(asking.result);
    asking.onerror = () => reject(asking.error);
  });

async function store(mode) {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  return { database, all: database.transaction(STORE, mode).objectStore(STORE) };
}

// A browser that keeps nothing, as private windows do, goes on without: then the photograph is taken again.
async function tried(mode, act) {
  try {
    const { database, all } = await store(mode);
    try {
      return await done(act(all));
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

// nonce: of the terms that it seals under. key: a CryptoKey that cannot be read.
export const keep = (nonce, key) => tried("readwrite", (all) => all.put({ nonce, key }, ONLY));

export const forget = () => tried("readwrite", (all) => all.delete(ONLY));

export async function keptKey(nonce) {
  const kept = await tried("readonly", (all) => all.get(ONLY));
  return kept?.nonce === nonce ? kept.key : null;
}
