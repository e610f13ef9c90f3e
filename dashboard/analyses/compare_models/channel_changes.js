// A layer's channels: what each wanted before and wants after, what it sees in the picture before and after.

import { add, mount } from "#web/dom.js";
import { arrow } from "#web/keys.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const LARGEST = 300;

class ChannelChanges {
  constructor(root) {
    this.root = root;
    this.unit = null;
  }

  update(data, send) {
    this.send = send;
    const words = JSON.stringify({ ...data, opacity: 0 });
    if (this.words === words) return;
    this.words = words;
    this.data = data;
    this.opacity ??= data.opacity / 100;
    this.build();
    if (data.channels.length) this.load(data);
  }

  build() {
    const { data, root } = this;
    root.replaceChildren();
    this.maps = [];
    add(root, "h3", "", data.title);
    if (data.note) add(root, "p", "quiet note", data.note);
    if (data.draw) Object.assign(add(root, "a", "button", data.draw.label), { href: data.draw.url, target: "_self" });
    if (!data.channels.length) return;
    this.slider(root);
    const heads = add(root, "div", "row heads");
    for (const [what, className] of [["Wants most", "tiles"], ["Sees in the picture", "maps"]]) {
      const pair = add(heads, "div", `pair ${className}`);
      for (const side of ["before", "after"]) {
        add(pair, "span", "quiet", side === "before" ? `${what}, before` : "after").title = data.titles[side === "before" ? 0 : 1];
      }
    }
    const list = add(root, "ol", "channels");
    for (const channel of data.channels) this.channel(add(list, "li"), channel);
  }

  slider(root) {
    const label = add(root, "label", "mix");
    add(label, "span", "quiet", "Map over picture");
    const input = add(label, "input");
    Object.assign(input, { type: "range", min: 0, max: 100, value: Math.round(100 * this.opacity) });
    input.addEventListener("input", () => { this.opacity = input.value / 100; this.paint(); });
    input.addEventListener("change", () => this.send("opacity", input.value));
  }

  channel(item, channel) {
    const head = add(item, "div", "channel-head");
    add(head, "b", "", `Channel ${channel.channel}`);
    add(head, "span", "distance", `distance ${channel.distance}`);
    add(head, "span", "quiet", channel.facts.join(" · "));
    const ways = add(head, "span", "ways quiet");
    add(ways, "span", "", "Its page: ");
    const row = add(item, "div", "row");
    const tiles = add(row, "div", "pair tiles"), maps = add(row, "div", "pair maps");
    channel.sides.forEach((side, i) => {
      const word = i ? "after" : "before";
      const link = Object.assign(add(ways, "a", "", word), { href: side.href, target: "_self" });
      link.setAttribute("aria-label", `Page of channel ${channel.channel} in the network ${word}`);
      this.tile(tiles, channel, side, word);
      this.map(maps, channel, side, word);
    });
  }

  tile(parent, channel, side, word) {
    const figure = add(parent, "figure");
    Object.assign(add(figure, "img"), {
      src: side.tile, loading: "lazy", alt: side.dead ? `Channel ${channel.channel} ${word}: dead` : `What excites channel ${channel.channel} most, ${word}`,
    });
    add(figure, "figcaption", "quiet", side.dead ? "dead: no start raised it" : `objective ${side.objective}`);
  }

  map(parent, channel, side, word) {
    const figure = add(parent, "figure"), canvas = add(figure, "canvas");
    Object.assign(canvas, { width: 1, height: 1, tabIndex: 0 });
    canvas.setAttribute("role", "img");
    const caption = add(figure, "figcaption", "quiet"), value = add(caption, "output");
    const map = { channel, side, word, canvas, value, usual: `mean ${side.mean}` };
    value.textContent = map.usual;
    canvas.addEventListener("pointermove", (event) => this.pointed(event, canvas));
    canvas.addEventListener("pointerleave", () => this.move(null));
    canvas.addEventListener("keydown", (event) => this.pressed(event));
    canvas.addEventListener("blur", () => this.move(null));
    this.maps.push(map);
    this.label(map);
  }

  label(map) {
    const here = this.unit && map.values ? ` Row ${this.unit[0]}, column ${this.unit[1]}: ${this.valueOf(map)}.` : "";
    map.canvas.setAttribute("aria-label", `Channel ${map.channel.channel} on the picture, ${map.word}, mean ` +
      `${map.side.mean}. Arrow keys move over its units.${here}`);
  }

  async load(data) {
    const { maps } = this;
    try {
      const picture = await fetchPicture(data.picture, this.picture);
      if (data !== this.data) return;
      this.picture = picture;
      this.paint();
      await Promise.all(maps.map(async (map) => {
        map.values = await fetchValues(map.side.values);
        map.veil = this.veil(map);
        if (data === this.data) this.paintOne(map);
      }));
      this.root.dataset.painted = data.title;
    } catch {
      if (data === this.data) add(this.root, "p", "quiet", "The maps could not be fetched. Reload the page.");
    }
  }

  // Colours of a map; over the picture, zero is clear: what the channel says nothing of stays visible.
  veil({ values, channel: { low, high } }) {
    const { grid: { height, width }, palette } = this.data, pixels = new ImageData(width, height);
    values.forEach((value, i) => {
      const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
      const strength = Math.sqrt(Math.min(1, Math.abs(value) / high));
      pixels.data.set([...palette[Math.round(share * (palette.length - 1))], 255 * strength], 4 * i);
    });
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  }

  paint() { this.maps.forEach((map) => this.paintOne(map)); }

  paintOne(map) {
    if (!this.picture) return;
    const { naturalHeight: tall, naturalWidth: wide } = this.picture, zoom = LARGEST / Math.max(tall, wide);
    map.zoom = zoom;
    map.canvas.width = Math.round(wide * zoom);
    map.canvas.height = Math.round(tall * zoom);
    const context = map.canvas.getContext("2d");
    context.imageSmoothingEnabled = zoom < 1 || wide > 96;
    context.drawImage(this.picture, 0, 0, map.canvas.width, map.canvas.height);
    if (!map.veil) return;
    const { grid: { stride, start, height, width } } = this.data;
    const edge = (i) => (start[i] + 0.5 - stride / 2) * zoom;
    context.globalAlpha = this.opacity;
    context.imageSmoothingEnabled = false;
    context.drawImage(map.veil, edge(1), edge(0), width * stride * zoom, height * stride * zoom);
    context.globalAlpha = 1;
    if (this.unit) this.outline(context, edge(1) + this.unit[1] * stride * zoom, edge(0) + this.unit[0] * stride * zoom, stride * zoom);
  }

  // White on black, so that it is seen on any picture.
  outline(context, left, top, side) {
    for (const [style, line] of [["rgb(12 14 17 / 85%)", 3.5], ["#fff", 1.5]]) {
      context.strokeStyle = style;
      context.lineWidth = line;
      context.strokeRect(left, top, side, side);
    }
  }

  valueOf(map) {
    return Number(map.values[this.unit[0] * this.data.grid.width + this.unit[1]].toPrecision(4)).toString();
  }

  pointed(event, canvas) {
    const box = canvas.getBoundingClientRect(), { stride, start } = this.data.grid;
    const at = [(event.clientY - box.top) / box.height * this.picture?.naturalHeight, (event.clientX - box.left) / box.width * this.picture?.naturalWidth];
    if (this.picture) this.move(at.map((v, i) => Math.round((v - 0.5 - start[i]) / stride)));
  }

  pressed(event) {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const { height, width } = this.data.grid, from = this.unit ?? [height >> 1, width >> 1];
    this.move(this.unit ? from.map((at, i) => at + step[i]) : from);
  }

  // The same unit in all maps, so that before and after are read together.
  move(unit) {
    const { height, width } = this.data.grid;
    this.unit = unit && unit.map((at, i) => Math.max(0, Math.min([height, width][i] - 1, at)));
    for (const map of this.maps) {
      map.value.textContent = this.unit && map.values ? `row ${this.unit[0]}, column ${this.unit[1]}: ${this.valueOf(map)}` : map.usual;
      this.label(map);
    }
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); });
  }
}

export default mount(ChannelChanges);
