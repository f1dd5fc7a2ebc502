// What the modules of every page with a script share: its parts, its words and its status line.

const section = document.querySelector("[data-capture], .review");
const said = section.querySelector("[data-status]");

export const find = (selector) => section.querySelector(selector);
export const addresses = section.dataset;

// A sentence of the page, which the server wrote in the visitor's language. {name} is replaced by a value.
export function word(name, values = {}) {
  const sentence = find(`[data-word="${name}"]`).textContent;
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, () => value), sentence);
}

export function say(sentence, { isProblem = false } = {}) {
  if (said.textContent !== sentence) said.textContent = sentence;
  said.classList.toggle("is-problem", isProblem);
}

export const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// What was to be said to a person, as an error.
export class Said extends Error {}

// What the server answered instead. isFinal: asked again in the same way, it would answer the same.
export class Refused extends Said {
  constructor(sentence, { isFinal }) {
    super(sentence);
    this.isFinal = isFinal;
  }
}

// Runs what a button does, one at a time, and says what went wrong.
export function onPress(button, act) {
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    // Not `disabled`, which would take the focus away.
    button.setAttribute("aria-disabled", "true");
    await attempt(act);
    button.removeAttribute("aria-disabled");
  });
}

export async function attempt(act) {
  try {
    await act();
  } catch (error) {
    say(error instanceof Said ? error.message : word("broken"), { isProblem: true });
  }
}
