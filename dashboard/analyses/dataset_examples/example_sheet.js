// A tile of real pieces a channel. Each tile is a picture of its own, fetched when it comes into sight: thousands of
// photographs would have to be opened for one sheet of all.

import { mount } from "#web/dom.js";
import { fewDigits } from "#web/numbers.js";
import { TileSheet } from "#web/tiles.js";
import { fetchPicture } from "#web/values.js";

class ExampleSheet extends TileSheet {
  constructor(root) {
    super(root);
    this.seen = new IntersectionObserver((entries) => this.came(entries), { root: this.grid, rootMargin: "200px" });
  }

  get sortNames() { return { channel: "channel", best: "strongest response" }; }

  get edges() { return { S: 76, M: 116, L: 176 }; }

  load(data) {
    this.draw(data);
    if (!this.quality) this.reveal();
    this.quality = data;
  }

  close() {
    this.seen.disconnect();
  }

  build(data) {
    this.seen.disconnect();
    super.build(data);
    for (const tile of this.tiles) this.seen.observe(tile);
  }

  layOut() {}

  heights({ strongest }) {
    return (i) => strongest[i] ?? -Infinity;
  }

  describe({ channels, ends, strongest }, i) {
    const words = ends[i] ? `strongest response ${fewDigits(strongest[i], 3)}` : "silent on these pictures";
    return {
      text: `channel ${channels[i]}, ${words}`,
      label: ends[i] ? `${channels[i]}` : `${channels[i]} silent`,
      state: ends[i] ? "" : "dead",
      picture: ends[i] ? this.data.start + ends[i] : "",
    };
  }

  label(tile, words) {
    super.label(tile, words);
    if (tile.wanted === words.picture) return;
    tile.wanted = words.picture;
    if (tile.near) this.fetch(tile);
  }

  counted({ channels, ends }) {
    const silent = ends.filter((end) => !end).length;
    return `${channels.length} channels` + (silent ? ` · ${silent} silent` : "");
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
    await fetchPicture(url).catch(() => {});
    if (tile.wanted !== url) return;
    tile.shown = url;
    tile.style.backgroundImage = `url("${url}")`;
  }
}

export default mount(ExampleSheet);
