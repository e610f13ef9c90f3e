// The layers from input to output: a strip to walk along, and how much of each is zero, against depth.

import { Choice } from "#web/choice.js";
import { add, addShape, mount } from "#web/dom.js";
import { stepTo } from "#web/keys.js";

export const WIDTH = 1000, HEIGHT = 60;
const SETTLE_MS = 90, AHEAD_MS = 250, PAGE = 8;

export class LayerStrip {
  constructor(root) {
    this.strip = add(root, "div", "strip");
    this.strip.setAttribute("role", "listbox");
    this.strip.setAttribute("aria-orientation", "horizontal");
    this.figure = add(root, "figure");
    this.layer = new Choice((path) => this.send("layer", path));
    this.strip.addEventListener("keydown", (event) => this.pressed(event));
    this.strip.addEventListener("click", (event) => {
      const chip = event.target.closest(".chip");
      if (chip) this.select(Number(chip.dataset.index), 0);
    });
  }

  update(data, send) {
    this.send = send;
    const rebuilt = this.data?.key !== data.key || this.data.layers.length !== data.layers.length;
    this.data = data;
    this.layer.hear(data.selected);
    if (rebuilt) this.build();
    this.mark(rebuilt);
    clearTimeout(this.ahead);
    this.ahead = setTimeout(() => this.fetchAhead(data.ahead), AHEAD_MS);
  }

  close() {
    this.layer.close();
    clearTimeout(this.ahead);
  }

  // The neighbours' sheets, so that the next step along the strip finds its picture.
  fetchAhead(urls) {
    this.waiting = urls.map((url) => Object.assign(new Image(), { src: url }));
  }

  build() {
    const { layers } = this.data;
    this.strip.setAttribute("aria-label", `${layers.length} layers from input to output. Arrow keys move.`);
    this.strip.replaceChildren();
    this.chips = layers.map((layer, i) => {
      const chip = add(this.strip, "div", "chip");
      chip.setAttribute("role", "option");
      chip.dataset.index = i;
      chip.setAttribute("aria-label", `${layer.path}, ${layer.class}, ${this.words(layer)}`);
      chip.title = `${layer.path} · ${layer.class}`;
      add(chip, "b", "", layer.path.split("/").at(-1));
      add(chip, "span", "quiet", this.detail(layer));
      return chip;
    });
    this.chart();
  }

  // What the chart is of; an element that shows something else of the layers has these of its own.

  axis() {
    const blank = this.data.layers.some((layer) => layer.blank) ? "; dark: maps that stay blank" : "";
    return { title: `Share of zeros, by depth${blank}`, high: "100 %", low: "0" };
  }

  share(layer) { return layer.zeros; }

  readoutOf(layer) {
    const blank = layer.blank ? `, ${(100 * layer.blank).toFixed(1)} % of the maps blank` : "";
    return `${layer.path}: ${(100 * layer.zeros).toFixed(1)} % zeros${blank}`;
  }

  detail(layer) { return layer.shape; }

  words(layer) { return `${layer.shape}, ${Math.round(100 * layer.zeros)} % zeros`; }

  // What the whole chart says, for those who cannot see it; and, where it answers a question, below it for all.
  summary() {
    const { layers } = this.data, third = Math.ceil(layers.length / 3);
    const ends = [layers.slice(0, third), layers.slice(-third)];
    const [zeros, blank] = ["zeros", "blank"].map((name) => ends.map((part) =>
      Math.round((100 * part.reduce((sum, layer) => sum + layer[name], 0)) / Math.max(1, part.length))));
    const found = `${zeros[0]} % zeros in the first third of the layers, ${zeros[1]} % in the last; ` +
      `blank maps: ${blank[0]} % and ${blank[1]} %`;
    return { label: `Share of zeros, by depth: ${found}`, note: `The deeper, the more blank maps? Here: ${found}.` };
  }

  chart() {
    const { layers } = this.data, count = layers.length, axis = this.axis(), { label, note } = this.summary();
    this.figure.replaceChildren();
    const caption = add(this.figure, "figcaption", "quiet");
    add(caption, "span", "", axis.title);
    this.readout = add(caption, "output");
    const plot = add(this.figure, "div", "plot quiet");
    add(plot, "span", "high", axis.high);
    add(plot, "span", "low", axis.low);
    const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label };
    this.svg = addShape(plot, "svg", box);
    if (note) add(this.figure, "p", "quiet", note);
    const step = WIDTH / count, thick = step * (step > 12 ? 0.72 : 0.9);
    this.bars = layers.map((layer, i) => addShape(this.svg, "rect", {
      x: i * step + (step - thick) / 2, width: thick, height: Math.max(1, HEIGHT * this.share(layer)),
      y: HEIGHT - Math.max(1, HEIGHT * this.share(layer)), "data-state": layer.state ?? "",
    }));
    layers.forEach((layer, i) => layer.blank && addShape(this.svg, "rect", { class: "blank", x: i * step + (step - thick) / 2,
      width: thick, height: HEIGHT * layer.blank, y: HEIGHT * (1 - layer.blank) }));
    this.svg.addEventListener("pointermove", (event) => this.tell(this.under(event)));
    this.svg.addEventListener("pointerleave", () => this.tell(this.at()));
    this.svg.addEventListener("click", (event) => this.select(this.under(event), 0));
  }

  under(event) {
    const box = this.svg.getBoundingClientRect(), count = this.data.layers.length;
    return Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - box.left) / box.width) * count)));
  }

  at() {
    return Math.max(0, this.data.layers.findIndex((layer) => layer.path === this.layer.value));
  }

  tell(index) {
    const layer = this.data.layers[index];
    this.readout.textContent = layer ? this.readoutOf(layer) : "";
  }

  mark(jump) {
    const at = this.at();
    this.chips.forEach((chip, i) => {
      chip.setAttribute("aria-selected", String(i === at));
      chip.tabIndex = i === at ? 0 : -1;
      this.bars[i].setAttribute("class", i === at ? "here" : "");
    });
    this.tell(at);
    const chip = this.chips[at];
    if (!chip) return;
    const left = chip.offsetLeft - (this.strip.clientWidth - chip.offsetWidth) / 2;
    this.strip.scrollTo({ left, behavior: jump ? "instant" : "smooth" });
  }

  select(index, settle) {
    this.layer.make(this.data.layers[index].path, settle);
    this.mark(false);
    this.chips[index].focus({ preventScroll: true });
  }

  pressed(event) {
    const to = stepTo(event, this.at(), this.data.layers.length - 1, 1, PAGE);
    if (to === null) return;
    event.preventDefault();
    this.select(to, SETTLE_MS);
  }
}

export default mount(LayerStrip);
