// What a lens shows of a channel: one picture, two or four, its way frame by frame, or its kernel.

import { add, addButton, redraw } from "#web/dom.js";

const FRAME_MS = 90, REST_MS = 1400;

// The way of a picture: play, pause, or drag to a frame.
class Player {
  constructor(parent, data, title) {
    this.data = data;
    const figure = add(parent, "figure");
    this.canvas = add(figure, "canvas");
    this.canvas.width = data.width;
    this.canvas.height = data.height;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", data.alt);
    const bar = add(figure, "div", "player");
    this.button = addButton(bar, "", "Pause", () => this.toggle());
    this.slider = add(bar, "input");
    Object.assign(this.slider, { type: "range", min: 0, max: data.frames - 1, value: 0 });
    this.slider.setAttribute("aria-label", "Frame");
    this.slider.addEventListener("input", () => { this.pause(); this.show(Number(this.slider.value)); });
    this.readout = add(bar, "output", "quiet");
    add(add(figure, "figcaption", "quiet"), "span", "", title);
    this.strip = new Image();
    this.strip.src = data.url;
    this.start();
  }

  async start() {
    try {
      await this.strip.decode();
    } catch {
      this.readout.textContent = "The history could not be fetched. Reload the page.";
      return;
    }
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.show(still ? this.data.frames - 1 : 0);
    if (still) this.pause(); else this.play();
  }

  show(frame) {
    const { width, height, frames } = this.data;
    this.frame = frame;
    this.slider.value = frame;
    this.readout.textContent = `${frame + 1} of ${frames}`;
    this.canvas.getContext("2d").drawImage(this.strip, 0, frame * height, width, height, 0, 0, width, height);
  }

  play() {
    this.button.textContent = "Pause";
    this.playing = true;
    const last = this.frame === this.data.frames - 1;
    this.timer = setTimeout(() => {
      if (!this.canvas.isConnected) return;
      this.show(last ? 0 : this.frame + 1);
      this.play();
    }, last ? REST_MS : FRAME_MS);
  }

  pause() {
    clearTimeout(this.timer);
    this.playing = false;
    this.button.textContent = "Play";
  }

  toggle() {
    if (this.playing) this.pause(); else this.play();
  }
}

function figureOf(parent, { title, url, note, alt, href }) {
  const figure = add(parent, "figure");
  const frame = href ? add(figure, "a") : figure;
  if (href) Object.assign(frame, { href, target: "_self", title: "All channels of the layer" });
  if (url) Object.assign(add(frame, "img"), { alt, src: url });
  else add(figure, "div", "empty quiet", note);
  const caption = add(figure, "figcaption");
  add(caption, "b", "", title);
  if (url) add(caption, "span", "quiet", note);
}

function kernelOf(root, kernel) {
  add(root, "h3", "", kernel.title);
  const row = add(root, "div", "kernel");
  Object.assign(add(row, "img"), { alt: kernel.alt, src: kernel.url });
  const numbers = add(row, "div", "numbers");
  for (const { name, rows } of kernel.planes) plane(numbers, name, rows, kernel.largest);
  add(root, "p", "quiet", `Grey is zero. Bias ${Number(kernel.bias.toPrecision(3))}.`);
}

// Numbers in cells as bright as the kernel's picture is there.
function plane(parent, name, rows, largest) {
  const table = add(parent, "table", rows.length > 5 ? "small" : "");
  add(table, "caption", "quiet", name);
  for (const row of rows) {
    const line = add(table, "tr");
    for (const value of row) {
      const level = Math.round(127.5 + (127.5 * value) / (largest || 1));
      const cell = add(line, "td", "", String(Number(value.toPrecision(2))));
      cell.style.setProperty("--cell", `rgb(${level} ${level} ${level})`);
      cell.style.setProperty("--cell-text", level > 140 ? "#111" : "#fff");
    }
  }
}

// The other pictures in small, beside the large one.
function othersOf(parent, others, ask) {
  const row = add(parent, "div", "others");
  for (const { title, lens, url } of others) {
    const button = addButton(row, "", "", () => ask("lens", lens));
    button.setAttribute("aria-label", `Show the ${lens}`);
    Object.assign(add(button, "img"), { alt: "", src: url });
    add(button, "span", "", title);
  }
}

function drawStage(root, data, send, ask) {
  root.dataset.lens = data.lens;
  if (data.note) add(root, "p", "quiet", data.note);
  if (data.kernel) kernelOf(root, data.kernel);
  if (!data.figures.length) return;
  const figures = data.real ? [...data.figures, data.real] : data.figures, count = figures.length;
  const beside = data.others.length ? add(root, "div", "beside") : root;
  const grid = add(beside, "div", `figures ${count > 2 ? "four" : count === 2 ? "pair" : ""}`);
  if (data.others.length) othersOf(beside, data.others, ask);
  if (data.history) new Player(grid, data.history, "From the start to the end, close together where most happens.");
  else for (const one of figures) figureOf(grid, one);
  if (!data.offer) return;
  const line = add(root, "p", "quiet offer");
  add(line, "span", "", data.offer.text);
  Object.assign(add(line, "a", "button", data.offer.button), { href: data.offer.url, target: "_self" });
}

export default redraw(drawStage);
