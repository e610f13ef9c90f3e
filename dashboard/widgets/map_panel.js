// One feature map large with the value under the pointer, the same laid over the picture with the receptive field of
// that unit, and what the network says of the picture.

import { add, addFacts, mount } from "#web/dom.js";
import { arrow } from "#web/keys.js";
import { addPredictions } from "#web/predictions.js";
import { fetchPicture, fetchValues } from "#web/values.js";

class MapPanel {
  constructor(root) {
    this.root = root;
    this.opacity = 0.7;
    this.title = add(root, "h3");
    this.map = this.figure("map");
    this.readout = add(root, "output", "readout");
    this.readout.setAttribute("aria-live", "polite");
    this.view = this.figure("view");
    this.slider(root);
    this.rest = add(root, "div");
    for (const canvas of [this.map, this.view]) {
      canvas.addEventListener("pointermove", (event) => this.pointed(event, canvas));
    }
    this.map.tabIndex = 0;
    this.map.addEventListener("keydown", (event) => this.pressed(event));
  }

  figure(name) {
    const frame = add(this.root, "div", `frame ${name}`);
    return add(frame, "canvas");
  }

  slider(root) {
    this.mix = add(root, "label", "mix");
    add(this.mix, "span", "quiet", "Map over picture");
    const input = add(this.mix, "input");
    Object.assign(input, { type: "range", min: 0, max: 100, value: 100 * this.opacity });
    input.addEventListener("input", () => { this.opacity = input.value / 100; this.paint(); });
  }

  update(data) {
    this.data = data;
    this.title.textContent = data.title;
    this.root.classList.toggle("alone", !data.map);
    this.facts(data);
    this.load(data);
  }

  async load(data) {
    try {
      const [picture, values] = await Promise.all([
        fetchPicture(data.picture.url, this.picture), data.map && fetchValues(data.map.url),
      ]);
      if (data !== this.data) return;
      Object.assign(this, { picture, values });
      this.unit = this.nearest(data);
      if (values) this.drawMap();
      this.paint();
    } catch {
      this.readout.textContent = "The map could not be fetched. Reload the page.";
    }
  }

  // The unit keeps its place in the picture when one walks to another layer.
  nearest(data) {
    if (!data.map) return null;
    const { height, width, stride, start } = data.map;
    const at = this.spot ?? [data.picture.height / 2, data.picture.width / 2];
    return [0, 1].map((i) => Math.max(0, Math.min([height, width][i] - 1, Math.round((at[i] - start[i]) / stride))));
  }

  colour(value) {
    const { low, high } = this.data.map, share = Math.max(0, Math.min(1, (value - low) / (high - low)));
    return this.data.palette[Math.round(share * (this.data.palette.length - 1))];
  }

  drawMap() {
    const { height, width, high } = this.data.map;
    const whole = new ImageData(width, height), veil = new ImageData(width, height);
    this.values.forEach((raw, i) => {
      const value = this.data.map.zscore ? this.zscored(raw) : raw;
      const rgb = this.colour(value);
      whole.data.set([...rgb, 255], 4 * i);
      // Over the picture, zero is clear: what the channel says nothing of stays visible.
      veil.data.set([...rgb, 255 * Math.sqrt(Math.min(1, Math.abs(value) / high))], 4 * i);
    });
    [this.drawn, this.veil] = [whole, veil].map((pixels) => {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d").putImageData(pixels, 0, 0);
      return canvas;
    });
  }

  zscored(value) {
    const [mean, deviation] = this.data.map.zscore;
    return (value - mean) / (deviation || 1);
  }

  paint() {
    this.paintMap();
    this.paintView();
    this.tell();
  }

  paintMap() {
    if (!this.values) return;
    const { height, width } = this.data.map, scale = Math.max(1, Math.floor(440 / Math.max(height, width)));
    this.map.width = width * scale;
    this.map.height = height * scale;
    const context = this.map.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.drawn, 0, 0, this.map.width, this.map.height);
    this.outline(context, this.unit[1] * scale, this.unit[0] * scale, scale, scale, Math.max(1.5, this.map.width / 220));
    const [row, column] = this.unit;
    this.map.setAttribute("role", "img");
    this.map.setAttribute("aria-label", `${this.data.title}: ${height} by ${width} units. Arrow keys move over them. ` +
      `Row ${row}, column ${column}: ${this.valueAt(row, column)}`);
  }

  paintView() {
    const { height, width } = this.data.picture, zoom = 440 / Math.max(height, width);
    this.view.width = Math.round(width * zoom);
    this.view.height = Math.round(height * zoom);
    this.view.setAttribute("role", "img");
    this.view.setAttribute("aria-label", this.data.picture.alt);
    const context = this.view.getContext("2d");
    context.imageSmoothingEnabled = zoom < 1 || width > 96;
    context.drawImage(this.picture, 0, 0, this.view.width, this.view.height);
    if (!this.values) return;
    const { stride, start, height: rows, width: columns, field } = this.data.map;
    const edge = (i) => (start[i] + 0.5 - stride / 2) * zoom;
    context.globalAlpha = this.opacity;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.veil, edge(1), edge(0), columns * stride * zoom, rows * stride * zoom);
    context.globalAlpha = 1;
    if (field === null) return;
    const side = field * zoom;
    const [top, left] = [0, 1].map((i) => (start[i] + this.unit[i] * stride - (field - 1) / 2) * zoom);
    this.outline(context, left, top, side, side, 2);
  }

  // White on black, so that it is seen on any picture.
  outline(context, left, top, width, height, thick) {
    for (const [style, line] of [["rgb(12 14 17 / 85%)", thick * 2.2], ["#fff", thick]]) {
      context.strokeStyle = style;
      context.lineWidth = line;
      context.strokeRect(left, top, width, height);
    }
  }

  valueAt(row, column) {
    return Number(this.values[row * this.data.map.width + column].toPrecision(4)).toString();
  }

  tell() {
    if (!this.values) { this.readout.textContent = ""; return; }
    const [row, column] = this.unit;
    this.readout.textContent = `row ${row}, column ${column}: ${this.valueAt(row, column)}`;
  }

  pointed(event, canvas) {
    if (!this.values) return;
    const box = canvas.getBoundingClientRect(), { height, width, stride, start } = this.data.map;
    const share = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
    const sizes = canvas === this.map ? [height, width] : [this.data.picture.height, this.data.picture.width];
    const unit = share.map((s, i) => canvas === this.map ? Math.floor(s * sizes[i])
      : Math.round((s * sizes[i] - 0.5 - start[i]) / stride));
    this.move(unit);
  }

  pressed(event) {
    const step = arrow(event);
    if (!step || !this.values) return;
    event.preventDefault();
    this.move(this.unit.map((at, i) => at + step[i]));
  }

  move(unit) {
    const { height, width, stride, start } = this.data.map;
    this.unit = unit.map((at, i) => Math.max(0, Math.min([height, width][i] - 1, at)));
    this.spot = this.unit.map((at, i) => start[i] + at * stride);
    this.paint();
  }

  facts(data) {
    this.rest.replaceChildren();
    if (data.note) add(this.rest, "p", "quiet", data.note);
    if (data.facts.length) addFacts(this.rest, data.facts);
    if (data.channel) add(this.rest, "a", "button", "Open this channel").href = data.channel;
    if (data.atlas) Object.assign(add(this.rest, "a", "button", data.atlas.label), { href: data.atlas.url });
    if (data.top.length) addPredictions(this.rest, "Predictions", data.top, this.why);
  }

  why(item, { name, why }) {
    if (!why) return;
    const link = Object.assign(add(item, "a", "why", "Why this class?"), { href: why });
    link.setAttribute("aria-label", `Why ${name}? Its heat map`);
  }
}

export default mount(MapPanel);
