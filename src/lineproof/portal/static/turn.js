// Answers a head turn: seals frames of the camera as they are taken, sends them at once, and shows each prompt when the
// server tells it. Which turns were made is found in the booth, once the last frame is there.

import { addresses, find, pause, Said, word } from "./page.js";
import { frameOfVideo } from "./picture.js";
import { joined } from "./seal.js";
import { ask } from "./sending.js";

// By how fast the document went, in bytes a second: how large frames are, and how often one is taken.
const SIZES = [
  { from: 90_000, longest: 480, quality: 0.75, everyMs: 200 },
  { from: 12_000, longest: 320, quality: 0.6, everyMs: 300 },
];
// A frame counts only if it comes within three seconds.
const TOO_LATE_MS = 2700;
const NO_ANSWER_MS = 6000;
const EXAMINED_WITHIN_MS = 90_000;
const BACK_AFTER_MS = 1000;
const PROMPTS = { left: "turn-left", right: "turn-right" };

// Gives the address of the result. sent: the document, which is on the server or on its way there; the camera is on.
export async function answerHeadTurn(video, sent) {
  prompt("turn-sending");
  const size = sizeFor(await sent.rate()); // before it is taken: else it would have to be sent anew
  const { sealer, token } = await sent.take();
  await ask(addresses.turnBegin, { token, withinMs: NO_ANSWER_MS });
  const turn = new Turn(video, sealer, size, token);
  try {
    return await turn.answer();
  } finally {
    turn.end();
  }
}

// rate: bytes a second.
function sizeFor(rate) {
  const size = SIZES.find(({ from }) => rate >= from);
  if (!size) throw new Said(word("turn-too-slow"));
  return size;
}

function prompt(name, side = "") {
  find("[data-prompt]").textContent = word(name);
  find("[data-turn]").dataset.side = side;
}

class Turn {
  #video;
  #sealer;
  #size;
  #token;
  #began = performance.now(); // the server issued the challenge a moment ago
  #waiting = []; // { at, content }: sealed, and not sent
  #endsAt = Infinity;
  #isOver = false;
  #problem = null;
  #shown = 0;

  constructor(video, sealer, size, token) {
    this.#video = video;
    this.#sealer = sealer;
    this.#size = size;
    this.#token = token;
  }

  end() {
    this.#isOver = true;
  }

  #now() {
    return Math.round(performance.now() - this.#began);
  }

  async answer() {
    prompt("turn-ahead");
    const filming = this.#film().catch((error) => {
      this.#problem = error;
    });
    for (;;) {
      if (this.#problem) throw this.#problem;
      const frames = this.#waiting.splice(0);
      if (!frames.length) {
        await pause(20);
        continue;
      }
      const isLast = frames.at(-1).isLast;
      if (isLast) {
        await filming;
        prompt("turn-examining");
      }
      const said = await ask(addresses.turnFrames, {
        token: this.#token,
        sealed: joined(...frames.map(({ content }) => content)),
        withinMs: isLast ? EXAMINED_WITHIN_MS : NO_ANSWER_MS,
        otherwise: isLast ? "turn-no-answer" : "turn-too-slow",
      });
      if (said.next) return said.next;
      if (this.#now() - frames[0].at > TOO_LATE_MS) throw new Said(word("turn-too-slow"));
      this.#show(said);
    }
  }

  // Takes frames until the challenge ends. The first is the still: nothing was asked for yet.
  async #film() {
    for (let isFirst = true; !this.#isOver; isFirst = false) {
      if (document.visibilityState === "hidden" || !this.#video.srcObject) throw new Said(word("turn-broken-off"));
      const at = this.#now();
      const isLast = at >= this.#endsAt;
      const blob = await frameOfVideo(this.#video, this.#size);
      const photograph = new Uint8Array(await blob.arrayBuffer());
      this.#waiting.push({ at, isLast, content: await this.#sealer.frame(at, isFirst, photograph, isLast) });
      if (isLast) return;
      await pause(Math.max(0, at + this.#size.everyMs - this.#now()));
    }
  }

  #show({ number, side, ends_at_ms: endsAt }) {
    if (endsAt !== null) this.#endsAt = endsAt;
    if (number === this.#shown) return;
    this.#shown = number;
    prompt(PROMPTS[side], side);
    pause(BACK_AFTER_MS).then(() => {
      if (!this.#isOver && this.#shown === number) prompt("turn-back");
    });
  }
}
