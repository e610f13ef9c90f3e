// The layers from input to output: a strip to walk along.

import { Choice } from "#web/choice.js";
import { add, make, mount, set } from "#web/dom.js";
import { markOption, stepTo } from "#web/keys.js";

const SETTLE_MS = 90, AHEAD_MS = 250, PAGE = 8;

class LayerStrip {
  constructor(root) {
    this.strip = add(root, "div", "strip", {
      role: "listbox", "aria-orientation": "horizontal", onkeydown: (event) => this.pressed(event),
    });
    this.layer = new Choice(this, "layer");
  }

  update(data) {
    const rebuilt = this.data?.key !== data.key || this.data.layers.length !== data.layers.length;
    this.data = data;
    this.layer.hear(data.selected);
    if (rebuilt) this.build();
    this.mark(rebuilt);
    clearTimeout(this.ahead);
    // The neighbours' sheets, so that the next step along the strip finds its picture.
    this.ahead = setTimeout(() => {
      this.waiting = data.ahead.map((url) => Object.assign(new Image(), { src: url }));
    }, AHEAD_MS);
  }

  close() {
    clearTimeout(this.ahead);
  }

  build() {
    const { layers } = this.data;
    this.chips = layers.map(({ path, class: kind, words, drawn, still, detail }, i) => make("div", {
      class: `chip ${drawn ? "drawn" : ""} ${still ? "still" : ""}`, role: "option", title: `${path} · ${kind} · ${words}`,
      onclick: () => this.select(i, 0),
    }, make("b", path.split("/").at(-1)), make("span.quiet", detail)));
    set(this.strip, { "aria-label": `${layers.length} layers from input to output. Arrow keys move.` });
    this.strip.replaceChildren(...this.chips);
  }

  at() {
    return Math.max(0, this.data.layers.findIndex((layer) => layer.path === this.layer.value));
  }

  mark(jump) {
    const at = this.at();
    markOption(this.chips, at);
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
