// Makes a holder's passkey, or has one answer, and sends the answer with the page's own form.

import { asked, bytesOf, find, onPress, passkeyAnswer, say, word } from "./asking.js";

const ALGORITHMS = [-7, -8, -257]; // ES256, EdDSA, RS256: what the server takes
const form = find("[data-answers]");

const made = () => ({
  rp: { name: "Lineproof" },
  // What the device calls it. Each has an id of its own, so that a second does not take the place of the first.
  user: { id: crypto.getRandomValues(new Uint8Array(16)), name: asked.name, displayName: asked.name },
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
  authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  attestation: "none",
});

onPress(find("[data-press]"), async () => {
  say(word("confirm"));
  const options = asked.method === "create" ? made() : { userVerification: "required" };
  options.challenge = bytesOf(asked.challenge);
  form.elements.answer.value = await passkeyAnswer(asked.method, options);
  say("");
  form.submit();
});
