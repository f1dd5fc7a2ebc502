// Sends what was sealed, and says how far it is. Errors are problem documents (RFC 9457), in words for a person.

import { addresses, Refused, Said, say, word } from "./page.js";

const ACCEPTED = "application/json, application/problem+json";
const SEALED = "application/octet-stream";
const PASSING = [429, 500, 502, 503, 504];
const EVERY_MS = 3000; // a screen reader that is told more often tells nothing else

function answered(status, text) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Said(word("no-answer"));
  }
  if (status === 200) return answer;
  const sentences = [answer.detail, answer.remedy, answer.wait, word("no-try")];
  throw new Refused(sentences.filter(Boolean).join(" "), { isFinal: !PASSING.includes(status) });
}

// Asks the server something in a moment. withinMs: how long it may take; otherwise: the word that is said then.
export async function ask(address, { token = "", sealed = null, withinMs = 0, otherwise = "no-answer" } = {}) {
  const headers = { Accept: ACCEPTED };
  if (token) headers["X-CSRFToken"] = token;
  if (sealed) headers["Content-Type"] = SEALED;
  const ended = new AbortController();
  const timer = withinMs ? setTimeout(() => ended.abort(), withinMs) : 0;
  let answer;
  let text;
  try {
    answer = await fetch(address, { method: "POST", headers, body: sealed, redirect: "error", signal: ended.signal });
    text = await answer.text();
  } catch {
    throw new Said(word(otherwise));
  } finally {
    clearTimeout(timer);
  }
  return answered(answer.status, text);
}

// Asks what the photographs are sealed to: a key of now, and the token by which they are sent.
export const askTerms = () => ask(addresses.terms);

// Sends what was sealed as it is, which may take minutes, and gives what the server answers. isQuiet: while somebody
// does something else. sent: the word that is said once it is there.
export function sendSealed(sealed, token, { to, progress, isQuiet = false, sent = "", signal = null }) {
  let saidAt = -Infinity;
  return new Promise((done, failed) => {
    // fetch cannot tell how much was sent.
    const asking = new XMLHttpRequest();
    asking.open("POST", to);
    asking.setRequestHeader("Accept", ACCEPTED);
    asking.setRequestHeader("Content-Type", SEALED);
    asking.setRequestHeader("X-CSRFToken", token);
    asking.upload.addEventListener("progress", (event) => {
      const percent = event.lengthComputable ? Math.floor((100 * event.loaded) / event.total) : 0;
      progress.value = percent;
      if (isQuiet || performance.now() - saidAt < EVERY_MS) return;
      saidAt = performance.now();
      say(word("sending", { percent: String(percent) }));
    });
    asking.upload.addEventListener("load", () => {
      progress.value = 100;
      if (sent) say(word(sent));
    });
    asking.addEventListener("load", () => {
      try {
        done(answered(asking.status, asking.responseText));
      } catch (error) {
        failed(error);
      }
    });
    for (const event of ["error", "abort", "timeout"]) {
      asking.addEventListener(event, () => failed(new Said(word("no-answer"))));
    }
    signal?.addEventListener("abort", () => asking.abort());
    if (signal?.aborted) failed(new Said(word("no-answer")));
    else asking.send(sealed);
  });
}
