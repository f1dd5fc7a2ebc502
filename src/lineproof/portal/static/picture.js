// Photographs made small enough for slow networks, and hints about them. Nothing here is sent or kept, and no hint
// keeps anybody from using a photograph: what counts is examined in the booth.

const SAMPLE_PX = 256;
const JPEG = "image/jpeg";
// Of a sample's grey values, 0 to 255; chosen on drawn specimens, to speak up only where it is plain to see.
const DARK_BELOW = 60;
const BRIGHT_ABOVE = 215;
const BLURRED_BELOW = 25;

// What is photographed: the longest side that is sent, how much JPEG keeps, how long a side should be, and how many
// bytes it may have: of one with more, JPEG keeps less.
export const DOCUMENT_SIZE = { longest: 3000, quality: 0.85, enough: 1200, most: 3_500_000 };
export const FACE_SIZE = { longest: 1280, quality: 0.85, enough: 480, most: 1_500_000 };
const QUALITY_STEP = 0.15;
const LEAST_QUALITY = 0.4;

function drawn(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const toBlob = (canvas, quality) =>
  new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), JPEG, quality);
  });

// Makes a photograph of a file; rejects where the browser can open no picture in it. Upright, as the camera says.
export async function photographOf(file, size) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    return await photograph(image, image.naturalWidth, image.naturalHeight, size);
  } finally {
    URL.revokeObjectURL(address);
  }
}

// Draws one frame of a video, and makes its file later: what counts is the moment at which it was drawn.
export function frameOfVideo(video, { longest, quality }) {
  const canvas = drawn(video, video.videoWidth, video.videoHeight, longest);
  return toBlob(canvas, quality).finally(() => {
    canvas.width = canvas.height = 0;
  });
}

// Makes a photograph of what a video shows now.
export const photographOfVideo = (video, size) => photograph(video, video.videoWidth, video.videoHeight, size);

async function photograph(source, width, height, { longest, quality, enough, most }) {
  const canvas = drawn(source, width, height, longest);
  const hints = hintsOf(canvas);
  if (Math.max(width, height) < enough) hints.push("too-small");
  let blob = await toBlob(canvas, quality);
  for (let less = quality - QUALITY_STEP; blob.size > most && less >= LEAST_QUALITY; less -= QUALITY_STEP) {
    blob = await toBlob(canvas, less);
  }
  canvas.width = canvas.height = 0; // gives its memory back at once, which old phones have little of
  return { blob, hints };
}

// Looks at a small sample: its mean, and the variance of its Laplacian, which is low where nothing is sharp.
function hintsOf(canvas) {
  const sample = drawn(canvas, canvas.width, canvas.height, SAMPLE_PX);
  const { width, height } = sample;
  const { data } = sample.getContext("2d").getImageData(0, 0, width, height);
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  }
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let row = 1; row < height - 1; row += 1) {
    for (let column = 1; column < width - 1; column += 1) {
      const at = row * width + column;
      const edge = grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at];
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  const sharpness = count ? squares / count - (sum / count) ** 2 : 0;
  const hints = [];
  if (mean < DARK_BELOW) hints.push("too-dark");
  if (mean > BRIGHT_ABOVE) hints.push("too-bright");
  if (sharpness < BLURRED_BELOW) hints.push("blurred");
  return hints;
}
