// Opens what the booth sealed for this browser: the content key by HPKE, then the parts under it, whole or not at
// all. The form is in src/lineproof/booth/seal.py.

import { open } from "./seal.js";

export const PORTRAIT = 4;
export const FACE = 5;
export const PAGE = 6;

const VERSION = 1;
const HEAD_BYTES = 1 + 113;
const PART_HEAD_BYTES = 6;
const NONCE_BYTES = 12;
const PART_LABEL = new TextEncoder().encode("lineproof part v1");
const KINDS = [PORTRAIT, FACE, PAGE];

// Gives [kind, content] of each part, in order; rejects for anything that is not whole or not for this pair.
export async function openParts(pair, info, sealed) {
  if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES) throw new RangeError("no head");
  const contentKey = await open(pair, info, sealed.slice(1, HEAD_BYTES));
  const cipher = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["decrypt"]);
  contentKey.fill(0);
  const parts = [];
  let at = HEAD_BYTES;
  for (let last = 0; !last; ) {
    const head = sealed.slice(at, at + PART_HEAD_BYTES);
    if (head.length < PART_HEAD_BYTES) throw new RangeError("a part is missing");
    const kind = head[0];
    last = head[1];
    const end = at + PART_HEAD_BYTES + new DataView(head.buffer).getUint32(2);
    const isNew = KINDS.includes(kind) && parts.every(([before]) => before !== kind);
    if (!isNew || last > 1 || end > sealed.length) throw new RangeError("not such parts");
    const iv = new Uint8Array(NONCE_BYTES);
    iv[NONCE_BYTES - 1] = parts.length;
    const additionalData = Uint8Array.of(...PART_LABEL, kind, last);
    const how = { name: "AES-GCM", iv, additionalData };
    const content = await crypto.subtle.decrypt(how, cipher, sealed.slice(at + PART_HEAD_BYTES, end));
    parts.push([kind, new Uint8Array(content)]);
    at = end;
  }
  if (at !== sealed.length) throw new RangeError("something follows the last part");
  return parts;
}
