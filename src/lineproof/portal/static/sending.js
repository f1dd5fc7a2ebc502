// Sends what was sealed, and says how far it is. Errors are problem documents (RFC 9457), in words for a person.

import { addresses, find, Said, say, word } from "./page.js";

const ACCEPTED = "application/json, application/problem+json";
const EVERY_MS = 3000; // a screen reader that is told more often tells nothing else

function problemIn(text) {
  let problem;
  try {
    problem = JSON.parse(text);
  } catch {
    return new Said(word("no-answer"));
  }
  const sentences = [problem.detail, problem.remedy, problem.wait, word("no-try")];
  return new Said(sentences.filter(Boolean).join(" "));
}

// Asks what the photographs are sealed to: a key of now, and the token by which they are sent.
export async function askTerms() {
  let answer;
  let text;
  try {
    answer = await fetch(addresses.terms, {
      method: "POST",
      headers: { Accept: ACCEPTED },
      redirect: "error",
    });
    text = await answer.text();
  } catch {
    throw new Said(word("no-answer"));
  }
  if (!answer.ok) throw problemIn(text);
  return JSON.parse(text);
}

// Sends sealed evidence as it is, and gives the address of the result.
export function sendSealed(sealed, token) {
  const progress = find("[data-progress]");
  let saidAt = -Infinity;
  return new Promise((done, failed) => {
    // fetch cannot tell how much was sent.
    const asking = new XMLHttpRequest();
    asking.open("POST", addresses.send);
    asking.setRequestHeader("Accept", ACCEPTED);
    asking.setRequestHeader("Content-Type", "application/octet-stream");
    asking.setRequestHeader("X-CSRFToken", token);
    asking.upload.addEventListener("progress", (event) => {
      const percent = event.lengthComputable ? Math.floor((100 * event.loaded) / event.total) : 0;
      progress.value = percent;
      if (performance.now() - saidAt < EVERY_MS) return;
      saidAt = performance.now();
      say(word("sending", { percent: String(percent) }));
    });
    asking.upload.addEventListener("load", () => {
      progress.value = 100;
      say(word("examining"));
    });
    asking.addEventListener("load", () => {
      if (asking.status === 200) done(JSON.parse(asking.responseText).next);
      else failed(problemIn(asking.responseText));
    });
    for (const event of ["error", "abort", "timeout"]) {
      asking.addEventListener(event, () => failed(new Said(word("no-answer"))));
    }
    asking.send(sealed);
  });
}
