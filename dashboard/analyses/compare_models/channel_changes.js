// A layer's channels: what each wanted before and wants after, what it sees in the picture before and after.

import { add, addSlider, eachFrame, make, memo, mount, set } from "#web/dom.js";
import * as units from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const LONGEST = 300;

class ChannelChanges {
  constructor(root) {
    this.root = root;
    this.unit = null;
    this.changed = memo();
    this.soon = eachFrame(() => this.paint());
  }

  update(data) {
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
    if (data.draw) add(root, "a", "button", data.draw.label, { href: data.draw.url, target: "_self" });
    if (!data.channels.length) return;
    this.slider(root);
    const pair = (words, kind) => make(`div.pair.${kind}`, ["before", "after"].map((side, i) => (
      make("span.quiet", { title: data.titles[i] }, i ? side : `${words}, ${side}`))));
    root.append(make("div.row.heads", pair("Excited most by", "tiles"), pair("Feature map of the picture", "maps")),
      make("ol.channels", data.channels.map((channel) => this.channel(channel))));
  }

  slider(root) {
    const input = addSlider(root, "mix", "Map over picture", (percent) => {
      this.opacity = percent / 100;
      this.paint();
    });
    input.value = Math.round(100 * this.opacity);
    input.addEventListener("change", () => this.send("opacity", input.value));
  }

  channel(channel) {
    const sides = channel.sides.map((side, i) => ({ side, word: i ? "after" : "before" }));
    const name = `Page of channel ${channel.channel} in the network`;
    const ways = sides.map(({ side, word }) => (
      make("a", { href: side.href, target: "_self", "aria-label": `${name} ${word}` }, word)));
    return make("li",
      make("div.channel-head", make("b", `Channel ${channel.channel}`), make("span.distance", `distance ${channel.distance}`),
        make("span.quiet", channel.facts.join(" · ")), make("span.ways.quiet", make("span", "Its page: "), ways)),
      make("div.row", make("div.pair.tiles", sides.map(({ side, word }) => this.tile(channel, side, word))),
        make("div.pair.maps", sides.map(({ side, word }) => this.map(channel, side, word)))));
  }

  tile({ channel }, { tile, dead, objective }, word) {
    const alt = dead ? `Channel ${channel} ${word}: dead` : `What excites channel ${channel} most, ${word}`;
    return make("figure", make("img", { src: tile, loading: "lazy", alt }),
      make("figcaption.quiet", dead ? "dead: no start raised it" : `objective ${objective}`));
  }

  map(channel, side, word) {
    const leave = () => this.move(null), usual = `mean ${side.mean}`, value = make("output", usual);
    const canvas = make("canvas", {
      width: 1, height: 1, tabindex: 0, role: "img", onpointermove: (event) => this.pointed(event, canvas),
      onpointerleave: leave, onkeydown: (event) => this.pressed(event), onblur: leave,
    });
    const map = { channel, side, word, canvas, value, usual };
    this.maps.push(map);
    this.label(map);
    return make("figure", canvas, make("figcaption.quiet", value));
  }

  label(map) {
    const name = `Channel ${map.channel.channel} on the picture, ${map.word}, mean ${map.side.mean}`;
    set(map.canvas, { "aria-label": `${name}. Arrow keys move over its units. ${this.words(map).replace("r", "R")}` });
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
    this.soon();
  }
}

export default mount(ChannelChanges);
