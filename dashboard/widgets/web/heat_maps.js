// Heat maps on canvases: values come once, as numbers; opacity, threshold and colours are worked out here.

import { Choice } from "./choice.js";
import { add, addButton, addChoice, make, press, set } from "./dom.js";

// What is dragged is told once it rests.
const SETTLE_MS = 250;
const CHOICES = ["opacity", "threshold", "colour", "scale", "values", "box"];

// Between which units each pixel of a line lies: index, next index, share of the next. As shared.analyses.heat_maps.enlarge().
export function between(units, pixels, grid, axis) {
  const stride = grid ? grid.stride : pixels / units, start = grid ? grid.start[axis] : (stride - 1) / 2;
  return Array.from({ length: pixels }, (_, i) => {
    const at = Math.max(0, Math.min(units - 1, (i - start) / stride)), low = Math.floor(at);
    return [low, Math.min(units - 1, low + 1), at - low];
  });
}

// One map at the picture's size, bilinear between the places where its units look.
export function enlarge(values, from, to) {
  if (from.height === to.height && from.width === to.width && !from.grid) return values;
  const columns = between(from.width, to.width, from.grid, 1), out = new Float32Array(to.height * to.width);
  between(from.height, to.height, from.grid, 0).forEach(([upper, lower, down], y) => {
    const [top, bottom] = [upper * from.width, lower * from.width];
    columns.forEach(([left, right, across], x) => {
      const above = values[top + left] + (values[top + right] - values[top + left]) * across;
      const below = values[bottom + left] + (values[bottom + right] - values[bottom + left]) * across;
      out[y * to.width + x] = above + (below - above) * down;
    });
  });
  return out;
}

// The same grid on a smaller copy of the picture.
export function scaledGrid({ start, stride }, zoom) {
  return { start: start.map((at) => (at + 0.5) * zoom - 0.5), stride: stride * zoom };
}

// The value that a share of all values stays below. As NumPy's quantile.
export function quantile(values, share) {
  const sorted = values.slice().sort(), at = share * (sorted.length - 1), low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(sorted.length - 1, low + 1)] - sorted[low]) * (at - low);
}

// The share of a map's largest absolute value that gets the last colour when it has a scale of its own. Of single
// pixels the few largest would leave all others dark. As shared.analyses.heat_maps.reach_of().
export function reachOf(values, signed, share) {
  return Math.max(0, quantile(signed ? values.map(Math.abs) : values, share));
}

// RRGGBB without spaces as numbers that lie in an ImageData as red, green, blue.
export function paletteNumbers(hex) {
  return Uint32Array.from({ length: hex.length / 6 }, (_, i) => {
    const rgb = parseInt(hex.slice(6 * i, 6 * i + 6), 16);
    return ((rgb & 255) << 16) | (rgb & 65280) | (rgb >> 16);
  });
}

// A map's pixels as numbers that lie in an ImageData; seen through where there is little evidence.
// `scale` is what a value of 1 is as a share of the value that gets the last colour.
export function heatPixels(values, scale, signed, opacity, threshold, colours) {
  const out = new Uint32Array(values.length), last = colours.length - 1;
  for (let i = 0; i < values.length; i += 1) {
    const value = Math.max(signed ? -1 : 0, Math.min(1, values[i] * scale)), strength = Math.abs(value);
    if (strength === 0 || strength < threshold) continue;
    // The root lets half of the evidence be seen as well as all of it.
    const alpha = Math.round(255 * opacity * Math.sqrt(strength));
    out[i] = ((alpha << 24) | colours[Math.round((signed ? (value + 1) / 2 : value) * last)]) >>> 0;
  }
  return out;
}

// The same as a picture to be drawn over another.
export function heatVeil(values, { height, width }, ...how) {
  const veil = new OffscreenCanvas(width, height);
  const pixels = new Uint8ClampedArray(heatPixels(values, ...how).buffer);
  veil.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return veil;
}

// A map over all of a canvas, coloured as `colouring` says; see heatPixels.
export function layHeat(canvas, values, size, scale, signed, { opacity, threshold, colour, palettes }) {
  const colours = paletteNumbers(palettes[signed ? "diverging" : colour]);
  const veil = heatVeil(values, size, scale, signed, opacity / 100, threshold / 100, colours);
  canvas.getContext("2d").drawImage(veil, 0, 0, canvas.width, canvas.height);
}

// Opacity, threshold, colours, scale, box: at once on the screen, a moment later in the address.
export class HeatTools {
  // Of an element, which keeps them in its state; act() draws anew.
  constructor(element, parent, act) {
    this.act = act;
    const words = (value) => ({ true: "on", false: "off" })[value] ?? String(value);
    this.choices = Object.fromEntries(CHOICES.map((name) => (
      [name, new Choice(element, (value) => element.send(name, words(value)), SETTLE_MS)])));
    this.bar = add(parent, "div", "bar tools");
    this.sliders = ["opacity", "threshold"].map((name) => this.slider(name));
    const choice = (name, title, ...options) => addChoice(this.bar, title, options, (value) => this.set(name, value));
    this.colours = choice("colour", "Colours", ["inferno", "inferno"], ["viridis", "viridis"]);
    this.scales = choice("scale", "Scale", ["shared", "one for all"], ["own", "each its own"]);
    this.values = choice("values", "Values", ["positive", "for the class"], ["signed", "for and against"]);
    const title = "The box around the strongest region";
    this.box = addButton(this.bar, "toggle", "Box", () => this.set("box", !this.colouring.box), { title });
  }

  slider(name) {
    const input = make("input", { type: "range", min: 0, max: 100, oninput: () => this.set(name, Number(input.value)) });
    const output = make("output"), title = name[0].toUpperCase() + name.slice(1);
    this.bar.append(make("label.slide", make("span.quiet", title), input, output));
    return { name, input, output };
  }

  update(colouring) {
    this.colouring = { ...colouring };
    for (const [name, choice] of Object.entries(this.choices)) this.colouring[name] = choice.hear(colouring[name]);
    this.mark();
  }

  set(name, value) {
    this.colouring[name] = value;
    this.choices[name].make(value);
    this.mark();
    this.act();
  }

  mark() {
    for (const { name, input, output } of this.sliders) {
      input.value = this.colouring[name];
      output.textContent = `${this.colouring[name]} %`;
    }
    press(this.colours, this.colouring.colour);
    press(this.scales, this.colouring.scale);
    press(this.values, this.colouring.values);
    set(this.box, { "aria-pressed": this.colouring.box });
  }

  // A method whose maps are signed by nature has its own colours and no positive part to choose.
  offer({ signed, chosen }) {
    for (const button of Object.values(this.colours)) {
      button.disabled = signed;
      button.title = signed ? "Signed values get blue below zero and red above" : "";
    }
    Object.values(this.values)[0].parentElement.hidden = !chosen;
  }

  // The colours from the lowest value to the highest.
  gradient(signed) {
    const { palettes, colour } = this.colouring, colours = palettes[signed ? "diverging" : colour].match(/.{6}/g).filter((_, i) => i % 16 === 0);
    return `linear-gradient(to right, ${colours.map((c) => `#${c}`).join(", ")})`;
  }
}
