// Takes the photographs of an application, shows each before it is used, and seals it for the booth; or, in place of
// the face's, lets a head turn be answered. They are in this page's memory and nowhere else; what leaves it is sealed.

import { startCamera, stopCamera } from "./camera.js";
import { SentDocument } from "./document.js";
import { addresses, attempt, find, onPress, Refused, Said, say, word } from "./page.js";
import { DOCUMENT_SIZE, FACE_SIZE, photographOf, photographOfVideo } from "./picture.js";
import { CAPTURE } from "./seal.js";
import { sendSealed } from "./sending.js";
import { answerHeadTurn } from "./turn.js";

const taken = {}; // by part: what is in use: of the document, as it was sent; of the face, its photograph
let sealedFace = null; // { of, part, token }: sealed once, and sent again where no answer came

function partNamed(name) {
  const section = find(`[data-part="${name}"]`);
  const one = (selector) => section.querySelector(selector);
  const show = (selector, isShown) => {
    for (const each of section.querySelectorAll(selector)) each.hidden = !isShown;
  };
  return { name, section, one, show };
}

const page = partNamed("document");
const face = partNamed("face");
const sending = partNamed("send");
const video = face.one("video");

// Shows the part that comes next, and goes there: its heading is read, and its button is the next to be reached.
function reveal(part) {
  part.section.hidden = false;
  part.one("h2").focus({ preventScroll: true });
  part.section.scrollIntoView({ block: "start" });
}

function preview(part, { blob, hints }) {
  const picture = part.one("[data-picture]");
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(blob);
  const list = part.one("[data-hints]");
  list.replaceChildren(
    ...hints.map((hint) => {
      const item = document.createElement("li");
      item.textContent = word(hint);
      return item;
    }),
  );
  taken[part.name] = null;
  part.blob = blob;
  part.show("[data-before], [data-done], [data-fallback]", false);
  part.show("[data-preview]", true);
  say([...(hints.length ? hints.map((hint) => word(hint)) : [word("good")]), word("look")].join(" "));
  part.one("[data-use]").focus({ preventScroll: true });
}

function begin(part) {
  if (part === page) taken.document?.drop();
  const picture = part.one("[data-picture]");
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.removeAttribute("src");
  taken[part.name] = part.blob = null;
  part.show("[data-preview], [data-done]", false);
  part.show("[data-before]", true);
  sending.section.hidden = true;
  say("");
  part.one("h2").focus({ preventScroll: true });
}

function use(part, next, inUse = part.blob) {
  taken[part.name] = inUse;
  part.show("[data-before], [data-preview]", false);
  part.show("[data-done]", true);
  say("");
  reveal(taken.document && taken.face ? sending : next);
}

async function fromFile(part, input, size) {
  const [file] = input.files;
  if (!file) return;
  say(word("preparing"));
  let made;
  try {
    made = await photographOf(file, size);
  } catch {
    throw new Said(word("no-image"));
  } finally {
    input.value = ""; // the same file again is another press
  }
  preview(part, made);
}

async function cameraOn() {
  say(word("starting"));
  try {
    await startCamera(video);
  } catch (error) {
    face.show("[data-fallback]", true);
    throw error;
  }
  face.show("[data-before], [data-fallback]", false);
  face.show("[data-viewfinder]", true);
  say(word("camera-on"));
  face.one("[data-choose]").focus({ preventScroll: true }); // neither way is chosen beforehand
}

async function shutter() {
  const made = await photographOfVideo(video, FACE_SIZE);
  stopCamera(video);
  face.show("[data-viewfinder]", false);
  preview(face, made);
}

async function turnHead() {
  face.show("[data-choice]", false);
  face.show("[data-turn]", true);
  say("");
  face.one(".stage").scrollIntoView({ block: "center" });
  try {
    const next = await answerHeadTurn(video, taken.document);
    stopCamera(video);
    location.assign(next);
  } catch (error) {
    face.show("[data-turn]", false);
    face.show("[data-choice]", true);
    throw error;
  }
}

async function sendFace() {
  const progress = find("[data-progress]");
  if (sealedFace?.of !== taken.face) {
    say(word("sealing"));
    const { sealer, token } = await taken.document.take();
    const photograph = new Uint8Array(await taken.face.arrayBuffer());
    sealedFace = { of: taken.face, part: await sealer.part(CAPTURE, photograph, true), token };
  }
  progress.value = 0;
  progress.hidden = false;
  try {
    const how = { to: addresses.send, progress, sent: "examining" };
    const { next } = await sendSealed(sealedFace.part, sealedFace.token, how);
    location.assign(next);
  } catch (error) {
    progress.hidden = true;
    if (error instanceof Refused && error.isFinal) sealedFace = null;
    throw error;
  }
}

// A browser that was killed goes on with the document that it had sent.
async function goOn() {
  const sent = await SentDocument.sentBefore();
  if (sent && !taken.document && !page.blob) use(page, face, sent);
}

function start() {
  const documentFile = find("#document-file");
  const faceFile = find("#face-file");
  documentFile.addEventListener("change", () => attempt(() => fromFile(page, documentFile, DOCUMENT_SIZE)));
  faceFile.addEventListener("change", () => attempt(() => fromFile(face, faceFile, FACE_SIZE)));
  onPress(page.one("[data-use]"), () => use(page, face, new SentDocument(page.blob)));
  onPress(face.one("[data-use]"), () => use(face, sending));
  for (const part of [page, face]) {
    for (const button of part.section.querySelectorAll("[data-again]")) onPress(button, () => begin(part));
  }
  onPress(face.one("[data-start]"), cameraOn);
  onPress(face.one("[data-shutter]"), shutter);
  onPress(face.one("[data-turn-head]"), turnHead);
  onPress(find("[data-send-face]"), sendFace);
  // A camera that nobody looks through is switched off, and offered again.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !video.srcObject) return;
    stopCamera(video);
    face.show("[data-viewfinder]", false);
    face.show("[data-before]", true);
    say("");
  });
  find("[data-working]").hidden = false;
  goOn();
}

if (globalThis.crypto?.subtle) start();
else find("[data-too-old]").hidden = false;
