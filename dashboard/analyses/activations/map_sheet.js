// Feature maps of one layer, on top of tile_sheet.js: sorted by their statistics, coloured on a chosen scale, and
// the picture seen through the one under the pointer.

import { mount } from "#web/dom.js";
import { ANSWER_MS, TileSheet, TRIES } from "#web/tiles.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const MAP_SORTS = { channel: "channel", maximum: "maximum", mean: "mean", zeros: "sparsity" };
const SCALES = {
  channel: "each channel's own", layer: "one for the layer", all: "one for all layers",
  zscore: "z-score (hides zero and scale)",
};
const COLOURS = { viridis: "viridis", inferno: "inferno", grey: "grey" };
// A pointer that only passes by asks for nothing.
const HOVER_MS = 90;

class MapSheet extends TileSheet {
  constructor(root) {
    super(root);
    this.scales = this.pick("Scale", SCALES, "scale");
    this.colours = this.pick("Colours", COLOURS, "colour");
    this.legend = this.bar.insertBefore(document.createElement("div"), this.count);
    this.legend.className = "legend quiet";
    this.through = document.createElement("canvas");
    this.through.className = "through";
    this.grid.addEventListener("pointerover", (event) => this.hovered(event));
    this.grid.addEventListener("pointerleave", () => this.uncover());
  }

  sortNames() {
    return MAP_SORTS;
  }

  pick(title, options, state) {
    const label = this.bar.insertBefore(document.createElement("label"), this.count);
    label.className = "pick";
    const name = label.appendChild(document.createElement("span"));
    name.className = "quiet";
    name.textContent = title;
    const list = label.appendChild(document.createElement("select"));
    for (const [value, text] of Object.entries(options)) {
      const option = list.appendChild(document.createElement("option"));
      option.value = value;
      option.textContent = text;
    }
    list.addEventListener("change", () => this.insist(state, list.value, TRIES));
    return list;
  }

  insist(state, value, tries) {
    if (this.data[state] === value || tries === 0) return;
    this.send(state, value);
    clearTimeout(this[`${state}Timer`]);
    this[`${state}Timer`] = setTimeout(() => this.insist(state, value, tries - 1), ANSWER_MS);
  }

  start() {
    super.start();
    this.uncover();
  }

  draw(data) {
    this.layOut(data);
    data.channels.forEach((channel, i) => this.label(this.tiles[i], data, channel, i));
    this.order = this.sorted(data);
    this.order.forEach((i, place) => { this.tiles[i].style.order = place; });
    const blank = data.zeros.filter((share) => share === 1).length;
    this.count.textContent = `${data.channels.length} channels` + (blank ? ` · ${blank} blank` : "");
    this.grid.setAttribute("aria-label", `${data.title}, ${this.count.textContent}. Arrow keys move, Enter opens.`);
    this.scales.value = data.scale;
    this.colours.value = data.colour;
    this.colours.disabled = data.signed;
    this.colours.title = data.signed ? "Values on both sides of zero get blue, white and red" : "";
    this.explain(data);
    this.mark();
  }

  explain(data) {
    const [low, bar, high] = ["span", "i", "span"].map((tag) => document.createElement(tag));
    low.textContent = data.ends[0];
    high.textContent = data.ends[1];
    bar.style.background = `linear-gradient(to right, ${data.gradient.join(", ")})`;
    this.legend.replaceChildren(low, bar, high);
  }

  label(tile, data, channel, i) {
    const share = Math.round(100 * data.zeros[i]);
    const text = `channel ${channel}, maximum ${data.maximum[i].toPrecision(3)}, mean ${data.mean[i].toPrecision(3)}, ` +
      `${share} % zeros`;
    if (tile.title === text) return;
    tile.className = "tile made";
    tile.title = text;
    tile.dataset.label = data.zeros[i] === 1 ? `${channel} blank` : `${channel}`;
    tile.setAttribute("aria-label", text);
  }

  sorted(data) {
    const order = data.channels.map((_, i) => i), values = data[this.sort];
    return this.sort === "channel" || !values ? order : order.sort((a, b) => values[b] - values[a] || a - b);
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
    const [values, picture] = await Promise.all([
      fetchValues(data.values.replace("{}", channel)).catch(() => []), fetchPicture(data.picture, this.seen),
    ]);
    this.seen = picture;
    if (data !== this.data || !tile.matches(":hover")) return;
    const { height, width, reach } = data, side = 192, scale = side / Math.max(height, width);
    const box = [(side - width * scale) / 2, (side - height * scale) / 2, width * scale, height * scale];
    const mask = new OffscreenCanvas(width, height), pixels = new ImageData(width, height);
    // The root lets weak answers be seen as well: most values of a map are far below its largest.
    values.forEach((value, i) => { pixels.data[4 * i + 3] = 255 * Math.sqrt(Math.min(1, Math.abs(value) / reach[channel])); });
    mask.getContext("2d").putImageData(pixels, 0, 0);
    this.through.width = this.through.height = side;
    const context = this.through.getContext("2d");
    context.drawImage(picture, ...box);
    context.globalCompositeOperation = "destination-in";
    context.drawImage(mask, ...box);
    tile.append(this.through);
  }
}

export default mount(MapSheet);
