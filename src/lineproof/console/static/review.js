// Opens the photographs of a case in this browser alone, and forgets them again. The key that opens them is made
// here for one opening, cannot be read even here, and is what the reviewer's passkey signs for.

import { ask, asked, bytesOf, find, onPress, passkeyAnswer, Said, say, textOf, word } from "./asking.js";
import { openParts } from "./parts.js";

const SHOWN_FOR_MS = 5 * 60 * 1000;
const HIDDEN_FOR_MS = 60 * 1000;
const SECOND_MS = 1000;
const KEY_BYTES = 65;

const opener = find("[data-open]");
const closer = find("[data-close]");
const before = find("[data-before]");
const pictures = find("[data-pictures]");
const countdown = find("[data-countdown]");
const canvases = [...pictures.querySelectorAll("canvas")];
let goneAt = null; // when the pictures go; null when none are shown
let hiddenAt = null;
let ticking = null;

const utf8 = (text) => new TextEncoder().encode(text);
const caseBytes = Uint8Array.from(asked.case.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
const isSame = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

// What a passkey signs for one opening: OpeningOffer.challenge in src/lineproof/referral.py.
async function challengeOf(opening, key) {
  const signed = [...utf8("lineproof opening v1\0"), ...caseBytes, ...opening, ...key];
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(signed)));
}

// Whether the seal is bound to this opening and this key: ReviewTerms.info in src/lineproof/referral.py.
function isOfThisOpening(info, opening, key) {
  const label = utf8("lineproof review v1\0");
  const at = label.length + 16; // the session, which is not known here
  return (
    info.length === at + opening.length + KEY_BYTES + 8 &&
    isSame(info.slice(0, label.length), label) &&
    isSame(info.slice(at, at + opening.length + KEY_BYTES), Uint8Array.of(...opening, ...key))
  );
}

async function open() {
  clear();
  say(word("asking"));
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const offer = await (await ask(asked.offer, { browser_key: textOf(key) }, "application/json")).json();
  const opening = bytesOf(offer.opening);
  // The passkey must sign for the key made here: a server cannot have another one signed.
  const challenge = await challengeOf(opening, key);
  if (!isSame(challenge, bytesOf(offer.challenge))) throw new Said(word("other-challenge"));

  say(word("signing"));
  const timeout = Math.max(SECOND_MS, Date.parse(offer.expires_at) - Date.now());
  const assertion = await passkeyAnswer("get", { challenge, timeout, userVerification: "required" });

  say(word("opening"));
  const sent = { opening: offer.opening, browser_key: textOf(key), assertion };
  const answer = await ask(asked.photographs, sent, "application/octet-stream");
  const info = bytesOf(answer.headers.get("Lineproof-Info") ?? "");
  const sealed = new Uint8Array(await answer.arrayBuffer());
  await show(isOfThisOpening(info, opening, key) ? await opened(pair, info, sealed) : refuse());
}

function refuse() {
  throw new Said(word("not-whole"));
}

// Opens and decodes everything before anything is drawn.
async function opened(pair, info, sealed) {
  try {
    const parts = await openParts(pair, info, sealed);
    return await Promise.all(
      parts.map(async ([kind, content]) => {
        const bitmap = await createImageBitmap(new Blob([content]));
        content.fill(0);
        return [kind, bitmap];
      }),
    );
  } catch {
    return refuse();
  }
}

function show(bitmaps) {
  // Whoever looked away while it opened comes back to a page without pictures.
  if (hiddenAt !== null && Date.now() - hiddenAt >= HIDDEN_FOR_MS) {
    for (const [, bitmap] of bitmaps) bitmap.close();
    say(word("gone"));
    return;
  }
  for (const [kind, bitmap] of bitmaps) {
    const canvas = canvases.find((each) => Number(each.dataset.kind) === kind);
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    canvas.parentElement.hidden = false;
    bitmap.close();
  }
  pictures.hidden = false;
  before.hidden = true;
  closer.hidden = false;
  opener.hidden = true;
  goneAt = Date.now() + SHOWN_FOR_MS;
  ticking = setInterval(tick, SECOND_MS);
  tick();
  countdown.hidden = false;
  say(word("opened"));
  closer.focus();
}

// Takes the pictures away, whether there are any or not.
function clear() {
  for (const canvas of canvases) {
    canvas.width = 0; // drops its pixels (HTML, 4.12.5)
    canvas.height = 0;
    canvas.parentElement.hidden = true;
  }
  clearInterval(ticking);
  goneAt = null;
  pictures.hidden = true;
  before.hidden = false;
  closer.hidden = true;
  countdown.hidden = true;
  countdown.textContent = "";
  opener.hidden = false;
}

function putAway() {
  if (goneAt === null) return;
  const hadFocus = document.activeElement === closer;
  clear();
  opener.textContent = word("again");
  say(word("gone"));
  if (hadFocus) opener.focus();
}

function tick() {
  const leftS = Math.ceil((goneAt - Date.now()) / SECOND_MS);
  if (leftS <= 0 || (hiddenAt !== null && Date.now() - hiddenAt >= HIDDEN_FOR_MS)) {
    putAway();
    return;
  }
  const time = `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`;
  countdown.textContent = word("left", { time });
  if (leftS === 60) say(word("minute"));
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    hiddenAt ??= Date.now();
    return;
  }
  // A page out of sight ticks late, if at all.
  if (goneAt !== null) tick();
  hiddenAt = null;
});
globalThis.addEventListener("pagehide", putAway);
for (const canvas of canvases) canvas.addEventListener("contextmenu", (event) => event.preventDefault());
closer.addEventListener("click", putAway);
onPress(opener, open);
