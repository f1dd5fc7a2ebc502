// What both pages of the console share: their words, their status line, and how they ask the server.

const section = document.querySelector(".review");
const said = section.querySelector("[data-status]");

export const find = (selector) => section.querySelector(selector);
export const asked = section.dataset;

// A sentence of the page, which the server wrote in the visitor's language. {name} is replaced by a value.
export function word(name, values = {}) {
  const sentence = find(`[data-word="${name}"]`).textContent;
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, () => value), sentence);
}

export function say(sentence, { isProblem = false } = {}) {
  said.textContent = sentence;
  said.classList.toggle("is-problem", isProblem);
}

// What was to be said to a person, as an error.
export class Said extends Error {}

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

// Runs what a button does, one at a time, and says what went wrong.
export function onPress(button, act) {
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    // Not `disabled`, which would take the focus away.
    button.setAttribute("aria-disabled", "true");
    try {
      await act();
    } catch (error) {
      say(error instanceof Said ? error.message : word("broken"), { isProblem: true });
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}
