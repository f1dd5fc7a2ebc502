// The camera of this device: switched on for one photograph, and off again as soon as it is taken.

import { Said, word } from "./page.js";

const WANTED = { audio: false, video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } } };
// By the names of W3C Media Capture and Streams, 10.2.
const CAUSES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};

// Starts the camera in a video element; throws what a person should read where it cannot.
export async function startCamera(video) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Said(word("no-access"));
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia(WANTED);
    await video.play();
  } catch (error) {
    stopCamera(video);
    throw new Said(word(CAUSES[error.name] ?? "camera-failed"));
  }
}

export function stopCamera(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}
