// The layers from input to output: a strip to walk along.

import { Choice } from "#web/choice.js";
import { add, mount } from "#web/dom.js";
import { stepTo } from "#web/keys.js";

const SETTLE_MS = 90, AHEAD_MS = 250, PAGE = 8;

class LayerStrip {
  constructor(root) {
    this.strip = add(root, "div", "strip");
    this.strip.setAttribute("role", "listbox");
    this.strip.setAttribute("aria-orientation", "horizontal");
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
      chip.setAttribute("aria-label", `${layer.path}, ${layer.class}, ${layer.words}`);
      chip.title = `${layer.path} · ${layer.class}`;
      chip.classList.toggle("drawn", Boolean(layer.drawn));
      chip.classList.toggle("still", Boolean(layer.still));
      add(chip, "b", "", layer.path.split("/").at(-1));
      add(chip, "span", "quiet", layer.detail);
      return chip;
    });
  }

  at() {
    return Math.max(0, this.data.layers.findIndex((layer) => layer.path === this.layer.value));
  }

  mark(jump) {
    const at = this.at();
    this.chips.forEach((chip, i) => {
      chip.setAttribute("aria-selected", String(i === at));
      chip.tabIndex = i === at ? 0 : -1;
    });
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
