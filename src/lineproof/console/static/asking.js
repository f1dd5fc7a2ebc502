// How a page asks the server and a passkey. What every page with a script shares is in page.js.

import { Said, find, word } from "./page.js";

export { Said, addresses as asked, find, onPress, say, word } from "./page.js";

export const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

export const textOf = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

// Asks the server; throws what a person should read when it refuses (RFC 9457).
export async function ask(address, content, accept) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: {
        Accept: `${accept}, application/problem+json`,
        "Content-Type": "application/json",
        "X-CSRFToken": find("[name=csrfmiddlewaretoken]").value,
      },
      body: JSON.stringify(content),
      redirect: "error",
    });
  } catch {
    throw new Said(word("no-answer"));
  }
  if (answer.ok) return answer;
  let problem;
  try {
    problem = await answer.json();
  } catch {
    throw new Said(word("no-answer"));
  }
  throw new Said([problem.detail, problem.remedy, problem.wait].filter(Boolean).join(" "));
}

// Asks for a passkey's answer, as the JSON text that the server verifies.
export async function passkeyAnswer(method, options) {
  if (!globalThis.PublicKeyCredential?.prototype.toJSON) throw new Said(word("no-passkeys"));
  try {
    const credential = await navigator.credentials[method]({ publicKey: options });
    return JSON.stringify(credential);
  } catch (error) {
    throw new Said(word(error.name === "NotAllowedError" ? "cancelled" : "no-passkeys"));
  }
}
