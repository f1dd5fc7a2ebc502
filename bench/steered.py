"""A camera before which a drawn person turns the head as the page asks: pictures in place of a device.

A file cannot answer prompts that are drawn at random, so `getUserMedia` gives the stream of a canvas. What is
drawn on it follows the page's own prompt, with a person's delays.
"""

import base64
import functools
import json
from typing import Any

import cv2
import numpy as np

from lineproof.specimen.face import Light, draw_sitter, model_sitter
from lineproof.specimen.people import Person

YAWS = range(-36, 37, 3)
FRAME = (640, 480)
# seconds until somebody reacts, turns, holds, and is back.
_CAMERA = """(() => {
  const PICTURES = %s;
  const FOLLOWS = %s;
  const context = document.createElement('canvas').getContext('2d');
  context.canvas.width = %d;
  context.canvas.height = %d;
  const eased = (share) => { const x = Math.min(1, Math.max(0, share)); return x * x * (3 - 2 * x); };
  let turn = { since: -10, towards: 0 };
  let pictures;
  const draw = () => {
    const t = performance.now() / 1000 - turn.since - 0.35;
    const yaw = 32 * turn.towards * (eased(t / 0.55) - eased((t - 1.0) / 0.5));
    const nearest = Object.keys(pictures).reduce((a, b) => (Math.abs(b - yaw) < Math.abs(a - yaw) ? b : a));
    context.drawImage(pictures[nearest], 0, 0);
  };
  const watch = () => {
    const stage = document.querySelector('[data-turn][data-side]');
    new MutationObserver(() => {
      const { side } = stage.dataset;
      // Sides are the person's own: whoever turns left moves towards the right of an unmirrored picture.
      if (side && FOLLOWS) turn = { since: performance.now() / 1000, towards: side === 'left' ? 1 : -1 };
    }).observe(stage, { attributes: true, attributeFilter: ['data-side'] });
  };
  const stream = async () => {
    const load = async ([yaw, text]) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      return [yaw, await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))];
    };
    pictures = Object.fromEntries(await Promise.all(Object.entries(PICTURES).map(load)));
    watch();
    draw();
    setInterval(draw, 40);
    return context.canvas.captureStream(25);
  };
  if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = stream;
})();"""


@functools.cache
def _pictures(seed: int) -> str:
    """Draw somebody at every angle, before a plain wall."""
    width, height = FRAME
    sitter = model_sitter(seed=seed, smile=0.2)
    drawn = {}
    for yaw in YAWS:
        figure = draw_sitter(sitter, yaw_degrees=float(yaw), light=Light.EVEN, size_px=height)
        cover = figure[..., 3:].astype("float32") / 255
        there = figure[..., :3] * cover + 172 * (1 - cover)
        picture = np.full((height, width, 3), 172, np.uint8)
        picture[:, (width - height) // 2 :][:, :height] = there
        written = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        drawn[str(yaw)] = base64.b64encode(written.tobytes()).decode()
    return json.dumps(drawn)


def stand_before(page: Any, person: Person, *, follows: bool = True) -> None:
    """Put somebody before the camera of what is opened from now on. follows: whether they do as asked."""
    page.add_init_script(_CAMERA % (_pictures(person.seed), json.dumps(follows), *FRAME))
