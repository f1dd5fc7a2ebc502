// The photograph of the document: sealed and sent as soon as it is used, while the face is still to come.

import { forget, keep, keptKey } from "./kept.js";
import { addresses, bytesOf, find, Said, word } from "./page.js";
import { DOCUMENT, joined, nonceIn, Sealer } from "./seal.js";
import { askTerms, sendSealed } from "./sending.js";

// What is taken for the rate where an earlier page sent it: the smaller frames.
const SLOW = 20_000;
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const nonceOf = (terms) => hex(nonceIn(bytesOf(terms.info)));

export class SentDocument {
  #photograph; // null where an earlier page took it
  #sent; // of what is on the server: { nonce, sealer }; null once something followed it
  #rate = SLOW;
  #ended = new AbortController();

  constructor(photograph, sent = null) {
    this.#photograph = photograph;
    this.#sent = sent ?? this.#sendFirst();
    this.#sent.catch(() => {}); // it is said when the face follows
  }

  // The one that this browser sent before it was killed; null where it cannot go on with it.
  static async sentBefore() {
    const nonce = addresses.documentSent;
    const key = nonce ? await keptKey(nonce) : null;
    if (!key) await forget(); // of an earlier application, it seals nothing any more
    return key ? new SentDocument(null, Promise.resolve({ nonce, sealer: Sealer.goingOn(key, 1) })) : null;
  }

  // Gives up: another photograph takes its place.
  drop() {
    find("[data-document-kept]").hidden = true;
    this.#ended.abort();
    forget();
  }

  // Gives how fast it went, in bytes a second, once it is there.
  async rate() {
    await this.#sent?.catch(() => null);
    return this.#rate;
  }

  // Gives what seals the part that follows, and the token to send it by. Each time the document is sent anew, but
  // for the first: a key seals nothing twice in the same place.
  async take() {
    const sent = await this.#sent?.catch(() => null);
    this.#sent = null;
    find("[data-document-kept]").hidden = true;
    await forget();
    const terms = await askTerms();
    if (sent?.nonce === nonceOf(terms)) return { sealer: sent.sealer, token: terms.token };
    return { sealer: await this.#send(terms), token: terms.token };
  }

  async #sendFirst() {
    const terms = await askTerms();
    const sealer = await this.#send(terms, { isQuiet: true });
    const nonce = nonceOf(terms);
    if (await keep(nonce, sealer.key)) find("[data-document-kept]").hidden = false;
    return { nonce, sealer };
  }

  async #send(terms, { isQuiet = false } = {}) {
    if (!this.#photograph) throw new Said(word("document-gone"));
    const sealer = await Sealer.begin(bytesOf(terms.key), bytesOf(terms.info));
    const part = await sealer.part(DOCUMENT, new Uint8Array(await this.#photograph.arrayBuffer()), false);
    const sealed = joined(sealer.head, part);
    const progress = find("[data-document-progress]");
    const since = performance.now();
    progress.hidden = false;
    try {
      const how = { to: addresses.document, progress, isQuiet, signal: this.#ended.signal };
      await sendSealed(sealed, terms.token, how);
    } finally {
      progress.hidden = true;
    }
    this.#rate = (1000 * sealed.length) / (performance.now() - since);
    return sealer;
  }
}
