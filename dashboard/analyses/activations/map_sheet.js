// Feature maps of one layer: sorted by their statistics, coloured on a chosen scale, and the picture seen through the
// one under the pointer.

import { Choice } from "#web/choice.js";
import { make, mount } from "#web/dom.js";
import { fewDigits } from "#web/numbers.js";
import { TileSheet } from "#web/tiles.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const SCALES = {
  channel: "each channel's own", layer: "one for the layer", all: "one for all layers",
  zscore: "z-score (hides zero and scale)",
};
const COLOURS = { viridis: "viridis", inferno: "inferno", grey: "grey" };
// A pointer that only passes by asks for nothing.
const HOVER_MS = 90, SIDE = 192;

class MapSheet extends TileSheet {
  constructor(root) {
    super(root);
    this.scale = new Choice(this, "scale");
    this.colour = new Choice(this, "colour");
    this.scales = this.pick("Scale", SCALES, this.scale);
    this.colours = this.pick("Colours", COLOURS, this.colour);
    this.legend = make("div.legend.quiet");
    this.bar.append(this.legend, this.count);
    this.through = make("canvas.through");
    this.grid.addEventListener("pointerover", (event) => this.hovered(event));
    this.grid.addEventListener("pointerleave", () => this.uncover());
  }

  get sortNames() { return { channel: "channel", maximum: "maximum", mean: "mean", zeros: "sparsity" }; }

  pick(title, options, choice) {
    const list = make("select", { onchange: () => choice.make(list.value) },
      Object.entries(options).map(([value, text]) => make("option", { value }, text)));
    this.bar.append(make("label.pick", make("span.quiet", title), list));
    return list;
  }

  start() {
    super.start();
    this.uncover();
  }

  draw(data) {
    super.draw(data);
    this.scales.value = this.scale.hear(data.scale);
    this.colours.value = this.colour.hear(data.colour);
    this.colours.disabled = data.signed;
    this.colours.title = data.signed ? "Values on both sides of zero get blue, white and red" : "";
    const bar = make("i", { style: `background: linear-gradient(to right, ${data.gradient.join(", ")})` });
    this.legend.replaceChildren(make("span", data.ends[0]), bar, make("span", data.ends[1]));
  }

  heights(data) {
    return (i) => data[this.sort.value][i];
  }

  describe({ channels, maximum, mean, zeros }, i) {
    const means = `maximum ${fewDigits(maximum[i], 3)}, mean ${fewDigits(mean[i], 3)}`;
    return {
      text: `channel ${channels[i]}, ${means}, ${Math.round(100 * zeros[i])} % zeros`,
      label: zeros[i] === 1 ? `${channels[i]} blank` : `${channels[i]}`,
      state: "made",
    };
  }

  counted({ channels, zeros }) {
    const blank = zeros.filter((share) => share === 1).length;
    return `${channels.length} channels` + (blank ? ` · ${blank} blank` : "");
  }

  hovered(event) {
    const tile = event.target.closest(".tile");
    if (!tile || tile === this.through.parentElement) return;
    this.uncover();
    const channel = this.data.channels[Number(tile.dataset.index)];
    this.hover = setTimeout(() => this.see(tile, channel, this.data), HOVER_MS);
  }

  uncover() {
    clearTimeout(this.hover);
    this.through?.remove();
  }

  async see(tile, channel, data) {
    const url = data.values.replace("{}", channel);
    const [values, picture] = await Promise.all([fetchValues(url).catch(() => []), fetchPicture(data.picture, this.seen)]);
    this.seen = picture;
    if (data !== this.data || !tile.matches(":hover")) return;
    const { height, width, reach } = data, scale = SIDE / Math.max(height, width);
    const box = [(SIDE - width * scale) / 2, (SIDE - height * scale) / 2, width * scale, height * scale];
    const mask = new OffscreenCanvas(width, height), pixels = new ImageData(width, height);
    // The root lets weak answers be seen as well: most values of a map are far below its largest.
    values.forEach((value, i) => { pixels.data[4 * i + 3] = 255 * Math.sqrt(Math.min(1, Math.abs(value) / reach[channel])); });
    mask.getContext("2d").putImageData(pixels, 0, 0);
    this.through.width = this.through.height = SIDE;
    const context = this.through.getContext("2d");
    context.drawImage(picture, ...box);
    context.globalCompositeOperation = "destination-in";
    context.drawImage(mask, ...box);
    tile.append(this.through);
  }
}

export default mount(MapSheet);
