// Makes a reviewer's passkey and has it enrolled. The link is used up when it is enrolled, not before.

import { ask, asked, bytesOf, find, onPress, passkeyAnswer, say, word } from "./asking.js";

const ALGORITHMS = [-7, -8, -257]; // ES256, EdDSA, RS256: what the server takes
const button = find("[data-make]");

onPress(button, async () => {
  say(word("asking"));
  const invited = await (await ask(asked.challenge, {}, "application/json")).json();
  say(word("making"));
  const attestation = await passkeyAnswer("create", {
    challenge: bytesOf(invited.challenge),
    rp: { name: "Lineproof" },
    // What the browser calls the passkey: the reviewer's name on the record, so that two tell theirs apart.
    user: { id: crypto.getRandomValues(new Uint8Array(16)), name: invited.name, displayName: invited.name },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  });
  say(word("enrolling"));
  const { name } = await (await ask(asked.enrol, { attestation }, "application/json")).json();
  say(word("enrolled", { name }));
  button.hidden = true;
});
