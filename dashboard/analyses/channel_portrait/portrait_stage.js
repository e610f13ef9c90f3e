// What a lens shows of a channel: one picture, two or four, its way frame by frame, or its kernel.

import { add, button, make, redraw } from "#web/dom.js";
import { fewDigits } from "#web/numbers.js";
import { fetchPicture } from "#web/values.js";

const FRAME_MS = 90, REST_MS = 1400;

// The way of a picture: play, pause, or drag to a frame.
class Player {
  constructor(parent, data, title) {
    this.data = data;
    this.canvas = make("canvas", { width: data.width, height: data.height, role: "img", "aria-label": data.alt });
    this.button = button("Pause", () => { if (this.playing) this.pause(); else this.play(); });
    const slid = () => { this.pause(); this.show(Number(this.slider.value)); };
    this.slider = make("input", { type: "range", min: 0, max: data.frames - 1, value: 0, "aria-label": "Frame", oninput: slid });
    this.readout = make("output.quiet");
    parent.append(make("figure", this.canvas, make("div.player", this.button, this.slider, this.readout),
      make("figcaption.quiet", make("span", title))));
    this.start();
  }

  async start() {
    try {
      this.strip = await fetchPicture(this.data.url);
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
}

function figureOf({ title, url, note, alt, href }) {
  const picture = url ? make("img", { alt, src: url }) : make("div.empty.quiet", note);
  return make("figure", href ? make("a", { href, target: "_self", title: "All channels of the layer" }, picture) : picture,
    make("figcaption", make("b", title), url && make("span.quiet", note)));
}

function kernelOf(root, kernel) {
  root.append(make("h3", kernel.title),
    make("div.kernel", make("img", { alt: kernel.alt, src: kernel.url }),
      make("div.numbers", kernel.planes.map(({ name, rows }) => plane(name, rows, kernel.largest)))),
    make("p.quiet", `Grey is zero. Bias ${fewDigits(kernel.bias, 3)}.`));
}

// Numbers in cells as bright as the kernel's picture is there.
function plane(name, rows, largest) {
  const cell = (value) => {
    const level = Math.round(127.5 + (127.5 * value) / (largest || 1));
    const style = `--cell: rgb(${level} ${level} ${level}); --cell-text: ${level > 140 ? "#111" : "#fff"}`;
    return make("td", { style }, fewDigits(value, 2));
  };
  return make("table", { class: rows.length > 5 && "small" }, make("caption.quiet", name),
    rows.map((row) => make("tr", row.map(cell))));
}

// The other pictures in small, beside the large one.
function othersOf(others, ask) {
  return make("div.others", others.map(({ title, lens, url }) => button(
    [make("img", { alt: "", src: url }), make("span", title)], () => ask("lens", lens), { "aria-label": `Show the ${lens}` },
  )));
}

function drawStage(root, data, send, ask) {
  root.dataset.lens = data.lens;
  if (data.note) add(root, "p", "quiet", data.note);
  if (data.kernel) kernelOf(root, data.kernel);
  if (!data.figures.length) return;
  const figures = data.real ? [...data.figures, data.real] : data.figures, count = figures.length;
  const grid = make("div", { class: `figures ${count > 2 ? "four" : count === 2 ? "pair" : ""}` });
  root.append(data.others.length ? make("div.beside", grid, othersOf(data.others, ask)) : grid);
  if (data.history) new Player(grid, data.history, "From the start to the end, close together where most happens.");
  else grid.append(...figures.map(figureOf));
  if (!data.offer) return;
  const { text, url, button: words } = data.offer;
  root.append(make("p.quiet.offer", make("span", text), make("a.button", { href: url, target: "_self" }, words)));
}

export default redraw(drawStage);
