// Seals evidence for the booth, and opens what the booth sealed for this browser. HPKE base mode, RFC 9180:
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-GCM, over WebCrypto alone. The form of sealed evidence is in
// src/lineproof/booth/seal.py. Nothing here is sent, kept or logged.

const subtle = globalThis.crypto.subtle;
const P256 = { name: "ECDH", namedCurve: "P-256" };
const POINT_BYTES = 65;
const NONCE_BYTES = 12;
const VERSION = 1;
const PART_LABEL = "lineproof part v1";
const NOTHING = new Uint8Array();

// What a part holds; the same numbers as PartKind in seal.py.
export const DOCUMENT = 1;
export const CAPTURE = 2;
export const FRAME = 3;

const utf8 = (text) => new TextEncoder().encode(text);

export function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function bigEndian(value, bytes) {
  const written = new Uint8Array(bytes);
  for (let at = bytes - 1, rest = value; at >= 0; at -= 1, rest = Math.floor(rest / 256)) {
    written[at] = rest % 256;
  }
  return written;
}

async function hmac(key, content) {
  const secret = key.length ? key : new Uint8Array(32); // RFC 5869, 2.2: an absent salt is noughts
  const imported = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, content));
}

// RFC 9180, 4: LabeledExtract and LabeledExpand.
const extract = (suite, salt, label, material) =>
  hmac(salt, joined(utf8("HPKE-v1"), suite, utf8(label), material));

async function expand(suite, secret, label, info, bytes) {
  const labelled = joined(bigEndian(bytes, 2), utf8("HPKE-v1"), suite, utf8(label), info);
  let block = NOTHING;
  let expanded = NOTHING;
  for (let number = 1; expanded.length < bytes; number += 1) {
    block = await hmac(secret, joined(block, labelled, bigEndian(number, 1)));
    expanded = joined(expanded, block);
  }
  return expanded.slice(0, bytes);
}

// RFC 9180, 4.1 and 5.1: from the agreed secret to the key and nonce of the one message.
async function keySchedule({ shared, enc, receiver, info, keyBits, use }) {
  const kem = joined(utf8("KEM"), bigEndian(0x0010, 2));
  const aead = keyBits === 256 ? 0x0002 : 0x0001;
  const suite = joined(utf8("HPKE"), bigEndian(0x0010, 2), bigEndian(0x0001, 2), bigEndian(aead, 2));
  const agreed = await extract(kem, NOTHING, "eae_prk", shared);
  const secret = await expand(kem, agreed, "shared_secret", joined(enc, receiver), 32);
  const context = joined(
    bigEndian(0, 1), // base mode
    await extract(suite, NOTHING, "psk_id_hash", NOTHING),
    await extract(suite, NOTHING, "info_hash", info),
  );
  const scheduled = await extract(suite, secret, "secret", NOTHING);
  const key = await expand(suite, scheduled, "key", context, keyBits / 8);
  const nonce = await expand(suite, scheduled, "base_nonce", context, NONCE_BYTES);
  return { key: await subtle.importKey("raw", key, "AES-GCM", false, [use]), nonce };
}

const agree = async (privateKey, publicKey) =>
  new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256));

// Seals one message to a P-256 public key (65 bytes): enc, then ciphertext and tag. WebCrypto refuses a point
// that is not on the curve. keyBits: 256 for AES-256-GCM; 128 and a fixed key pair are for test vectors.
export async function seal(publicKey, info, message, { additional = NOTHING, keyBits = 256, pair = null } = {}) {
  const receiver = await subtle.importKey("raw", publicKey, P256, false, []);
  const own = pair ?? (await subtle.generateKey(P256, true, ["deriveBits"]));
  const enc = new Uint8Array(await subtle.exportKey("raw", own.publicKey));
  const shared = await agree(own.privateKey, receiver);
  const { key, nonce } = await keySchedule({ shared, enc, receiver: publicKey, info, keyBits, use: "encrypt" });
  const how = { name: "AES-GCM", iv: nonce, additionalData: additional };
  return joined(enc, new Uint8Array(await subtle.encrypt(how, key, message)));
}

// Opens what was sealed to this pair; rejects with OperationError if it does not open under this info.
export async function open(pair, info, sealed, { additional = NOTHING, keyBits = 256 } = {}) {
  const enc = sealed.slice(0, POINT_BYTES);
  const receiver = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  const sender = await subtle.importKey("raw", enc, P256, false, []);
  const shared = await agree(pair.privateKey, sender);
  const { key, nonce } = await keySchedule({ shared, enc, receiver, info, keyBits, use: "decrypt" });
  const how = { name: "AES-GCM", iv: nonce, additionalData: additional };
  return new Uint8Array(await subtle.decrypt(how, key, sealed.slice(POINT_BYTES)));
}

// Seals the parts of one session, one after another. head: what goes before the first part.
export class Sealer {
  #cipher;
  #number = 0;

  // info: as the server gave it.
  static async begin(publicKey, info) {
    const contentKey = globalThis.crypto.getRandomValues(new Uint8Array(32));
    const sealer = new Sealer();
    sealer.#cipher = await subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
    sealer.head = joined(bigEndian(VERSION, 1), await seal(publicKey, info, contentKey));
    contentKey.fill(0);
    return sealer;
  }

  // Goes on under a key of before. number: of the part that comes next.
  static goingOn(key, number) {
    const sealer = new Sealer();
    sealer.#cipher = key;
    sealer.#number = number;
    return sealer;
  }

  // What it seals with: nobody can read it, and it can be kept.
  get key() {
    return this.#cipher;
  }

  async part(kind, content, last) {
    const marks = Uint8Array.of(kind, last ? 1 : 0);
    const iv = bigEndian(this.#number, NONCE_BYTES);
    this.#number += 1;
    const how = { name: "AES-GCM", iv, additionalData: joined(utf8(PART_LABEL), marks) };
    const ciphertext = new Uint8Array(await subtle.encrypt(how, this.#cipher, content));
    return joined(marks, bigEndian(ciphertext.length, 4), ciphertext);
  }

  // A frame of a live challenge. atMs: since the challenge was issued.
  frame(atMs, isStill, photograph, last) {
    const content = joined(bigEndian(atMs, 4), Uint8Array.of(isStill ? 1 : 0), photograph);
    return this.part(FRAME, content, last);
  }
}

// The nonce in what a key is bound to: see ports.SealTerms, whose last fields are 16 bytes of it and 8 of a time.
export const nonceIn = (info) => info.slice(-24, -8);
