// A layer's channels: what each wanted before and wants after, what it sees in the picture before and after.

import { add, addSlider, memo, mount } from "#web/dom.js";
import * as units from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const LONGEST = 300;

class ChannelChanges {
  constructor(root) {
    this.root = root;
    this.unit = null;
    this.changed = memo();
  }

  update(data, send) {
    this.send = send;
    if (!this.changed("data", { ...data, opacity: 0 })) return;
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
    const input = addSlider(root, "mix", "Map over picture", (percent) => {
      this.opacity = percent / 100;
      this.paint();
    });
    input.value = Math.round(100 * this.opacity);
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
    const name = `Channel ${map.channel.channel} on the picture, ${map.word}, mean ${map.side.mean}`;
    map.canvas.setAttribute("aria-label", `${name}. Arrow keys move over its units. ${this.words(map).replace("r", "R")}`);
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
        map.veil = units.drawnUnits(data.grid, units.colours(map.values, map.channel, data.palette, true));
        if (data === this.data) this.paintOne(map);
      }));
      this.root.dataset.painted = data.title;
    } catch {
      if (data === this.data) add(this.root, "p", "quiet", "The maps could not be fetched. Reload the page.");
    }
  }

  paint() { this.maps.forEach((map) => this.paintOne(map)); }

  paintOne({ canvas, veil }) {
    if (!this.picture) return;
    const { grid } = this.data, { naturalHeight: height, naturalWidth: width } = this.picture;
    const zoom = units.drawPicture(canvas, this.picture, { height, width }, LONGEST);
    if (!veil) return;
    units.layOver(canvas, veil, grid, zoom, this.opacity);
    if (this.unit) units.frameOn(canvas.getContext("2d"), units.boxOf(this.unit, grid), zoom, 1.5);
  }

  words(map) {
    return this.unit && map.values
      ? `row ${this.unit[0]}, column ${this.unit[1]}: ${units.valueAt(map.values, this.unit, this.data.grid)}` : "";
  }

  pointed(event, canvas) {
    if (!this.picture) return;
    const { naturalHeight: height, naturalWidth: width } = this.picture;
    this.move(units.unitAt(units.pointed(event, canvas, { height, width }).map((at) => at - 0.5), this.data.grid));
  }

  pressed(event) {
    const { grid } = this.data, to = units.stepFrom(event, this.unit ?? [0, 0], grid);
    if (!to) return;
    event.preventDefault();
    this.move(this.unit ? to : [grid.height >> 1, grid.width >> 1]);
  }

  // The same unit in all maps, so that before and after are read together.
  move(unit) {
    this.unit = unit;
    for (const map of this.maps) {
      map.value.textContent = this.words(map) || map.usual;
      this.label(map);
    }
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); });
  }
}

export default mount(ChannelChanges);
