// A feature map on the picture that it is of. A grid is { height, width, stride, start }: how many units there are, how
// many pixels apart they look, and the pixel (row, column) in the middle of what the first one sees.

import { arrow } from "./keys.js";
import { fewDigits } from "./numbers.js";

const within = (unit, { height, width }) => unit.map((at, i) => Math.max(0, Math.min([height, width][i] - 1, at)));

// The unit (row, column) that looks nearest to a place in the picture (row, column), in pixels.
export function unitAt(place, grid) {
  return within(place.map((at, i) => Math.round((at - grid.start[i]) / grid.stride)), grid);
}

// The pixel in the middle of what a unit sees.
export function placeOf(unit, { start, stride }) {
  return unit.map((at, i) => start[i] + at * stride);
}

// What of the picture belongs to a unit, from edge to edge: a pixel's middle is half a pixel from its edge.
export function boxOf(unit, { start, stride }, side = stride) {
  const [top, left] = unit.map((at, i) => start[i] + at * stride + 0.5 - side / 2);
  return { top, left, height: side, width: side };
}

// Where an arrow key leads from a unit; null for another key.
export function stepFrom(event, unit, grid) {
  const step = arrow(event);
  return step && within(unit.map((at, i) => at + step[i]), grid);
}

// The place (row, column) under a pointer on a canvas that shows `height` by `width` pixels or units, in fractions.
export function pointed(event, canvas, { height, width }) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width];
}

// A colour of the palette for each value; with `clear`, zero is clear, as what a channel says nothing of stays visible.
export function colours(values, { low, high }, palette, clear) {
  const pixels = new Uint8ClampedArray(4 * values.length), last = palette.length - 1;
  values.forEach((value, i) => {
    const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
    const strength = clear ? Math.sqrt(Math.min(1, Math.abs(value) / high)) : 1;
    pixels.set([...palette[Math.round(share * last)], 255 * strength], 4 * i);
  });
  return pixels;
}

// The same as a picture with a pixel a unit.
export function drawnUnits({ height, width }, pixels) {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

// Make a canvas as large as the picture with its longer side scaled to `longest`, and draw it; returns how many pixels
// of the canvas a pixel of the picture has. Grey where colours over it would be lost among its own.
export function drawPicture(canvas, picture, { height, width }, longest, grey = false) {
  const zoom = longest / Math.max(height, width), context = canvas.getContext("2d");
  canvas.width = Math.round(width * zoom);
  canvas.height = Math.round(height * zoom);
  context.imageSmoothingEnabled = zoom < 1 || width > 96;
  context.filter = grey ? "grayscale(1) brightness(0.9)" : "none";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  context.filter = "none";
  return zoom;
}

// Units over the picture, each where it looks.
export function layOver(canvas, units, grid, zoom, opacity) {
  const { top, left } = boxOf([0, 0], grid), context = canvas.getContext("2d"), step = grid.stride * zoom;
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = false;
  context.drawImage(units, left * zoom, top * zoom, grid.width * step, grid.height * step);
  context.globalAlpha = 1;
}

// White within black, so that it is seen on any ground.
export function frameOn(context, box, zoom, thick) {
  context.lineJoin = "miter";
  for (const [colour, width] of [["rgb(12 14 17 / 88%)", 2.4 * thick], ["#ffffff", thick]]) {
    Object.assign(context, { strokeStyle: colour, lineWidth: width });
    context.strokeRect(box.left * zoom, box.top * zoom, box.width * zoom, box.height * zoom);
  }
}


export function valueAt(values, [row, column], { width }) {
  return fewDigits(values[row * width + column]);
}
