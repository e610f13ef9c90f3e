// A tile of real pieces a channel, on top of tile_sheet.js. Each tile is a picture of its own, fetched when it comes
// into sight: thousands of photographs would have to be opened for one sheet of all.

import { mount } from "#web/dom.js";
import { TileSheet } from "#web/tiles.js";

const EXAMPLE_SORTS = { channel: "channel", best: "strongest answer" };
const EXAMPLE_EDGES = { S: 76, M: 116, L: 176 };

class ExampleSheet extends TileSheet {
  constructor(root) {
    super(root);
    this.seen = new IntersectionObserver((entries) => this.came(entries), { root: this.grid, rootMargin: "200px" });
  }

  sortNames() {
    return EXAMPLE_SORTS;
  }

  load(data) {
    this.draw(data);
    if (!this.drawn) this.reveal();
    this.drawn = true;
  }

  start() {
    super.start();
    this.drawn = false;
  }

  draw(data) {
    this.root.classList.toggle("live", data.live);
    if (this.laidOut !== data.key || this.tiles.length !== data.channels.length) this.build(data);
    data.channels.forEach((channel, i) => this.label(this.tiles[i], data, channel, i));
    this.order = this.sorted(data);
    this.order.forEach((i, place) => { this.tiles[i].style.order = place; });
    const silent = data.ends.filter((end) => !end).length;
    this.count.textContent = `${data.channels.length} channels` + (silent ? ` · ${silent} silent` : "");
    this.grid.setAttribute("aria-label", `${data.title}, ${this.count.textContent}. Arrow keys move, Enter opens.`);
    this.mark();
  }

  build(data) {
    this.seen.disconnect();
    super.build(data);
    this.laidOut = data.key;
    for (const tile of this.tiles) this.seen.observe(tile);
  }

  label(tile, data, channel, i) {
    const end = data.ends[i], value = data.strongest[i];
    const text = `channel ${channel}, ${end ? `strongest answer ${value.toPrecision(3)}` : "silent on these pictures"}`;
    if (tile.title !== text) {
      tile.title = text;
      tile.setAttribute("aria-label", text);
      tile.dataset.label = end ? `${channel}` : `${channel} silent`;
      tile.className = end ? "tile" : "tile dead";
    }
    const url = end ? data.start + end : "";
    if (tile.wanted === url) return;
    tile.wanted = url;
    if (tile.near) this.fetch(tile);
  }

  came(entries) {
    for (const { target, isIntersecting } of entries) {
      target.near = isIntersecting;
      if (isIntersecting) this.fetch(target);
    }
  }

  // The new picture is decoded before it takes the old one's place, so nothing flickers while a run is live.
  async fetch(tile) {
    const url = tile.wanted;
    if (!url || tile.shown === url) return;
    const next = new Image();
    next.src = url;
    await next.decode().catch(() => {});
    if (tile.wanted !== url) return;
    tile.shown = url;
    tile.style.backgroundImage = `url("${url}")`;
  }

  sorted(data) {
    const order = data.channels.map((_, i) => i), value = (i) => data.strongest[i] ?? -Infinity;
    return this.sort === "channel" ? order : order.sort((a, b) => value(b) - value(a) || a - b);
  }

  mark() {
    super.mark();
    this.grid.style.setProperty("--edge", `${EXAMPLE_EDGES[this.size]}px`);
  }
}

export default mount(ExampleSheet);
