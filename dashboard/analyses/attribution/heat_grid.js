// Many pictures, each with its heat map and what the network takes it for; a click opens one.

import { add, addButton, eachFrame, make, memo, mount, set } from "#web/dom.js";
import { enlarge, HeatTools, layHeat, reachOf, scaledGrid } from "#web/heat_maps.js";
import { drawPicture, frameOn } from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const SIDE = 300;

class HeatGrid {
  constructor(root) {
    this.soon = eachFrame(() => this.paint());
    this.tools = new HeatTools(this, root, this.soon);
    this.filter = addButton(this.tools.bar, "toggle", "Only those it gets wrong", () => this.setWrong(!this.wrong));
    this.count = add(this.tools.bar, "span", "quiet count");
    this.grid = add(root, "ul", "tiles");
    this.empty = add(root, "p", "quiet");
    this.tiles = new Map();
    this.changed = memo();
  }

  update(data) {
    this.tools.update(data.colouring);
    if (this.changed("data", { ...data, colouring: 0 })) {
      this.wrong = data.wrong;
      this.data = data;
      this.build();
      this.load(data);
    }
    this.paint();
  }

  build() {
    const { title, known, tiles } = this.data;
    this.tiles = new Map(tiles.map((tile) => [tile.number, this.tile(tile)]));
    set(this.grid, { "aria-label": title }).replaceChildren(...[...this.tiles.values()].map(({ item }) => item));
    this.filter.hidden = !known;
    this.sift();
  }

  tile(tile) {
    const { title, said, share, truth, wrong, map } = tile;
    const canvas = make("canvas", { style: `aspect-ratio: ${tile.width} / ${tile.height}` });
    const shows = map ? `Heat map of ${map.of}.` : "Its heat map is on its way.";
    const words = `${title}: ${said}, ${share}. ${truth ? `It shows ${truth}. ` : ""}${shows} Opens it.`;
    const opener = addButton(make("li"), "", "", () => this.send("picture", String(tile.number)), { "aria-label": words });
    opener.append(
      make("span.frame", canvas, map && !map.positive && make("span.band", "no positive evidence")),
      make("span.line", make("b", { class: wrong && "wrong" }, ({ true: "✗ ", false: "✓ " }[wrong] ?? "") + said),
        make("span.quiet", share)),
      make("span.quiet.below", truth ? `shows ${truth}` : title),
    );
    return { tile, item: opener.parentElement, canvas };
  }

  setWrong(value) {
    this.wrong = value;
    this.sift();
    this.send("wrong", value ? "1" : "");
  }

  sift() {
    set(this.filter, { "aria-pressed": this.wrong });
    let shown = 0;
    for (const { tile, item } of this.tiles.values()) {
      item.hidden = this.wrong && this.data.known && tile.wrong !== true;
      shown += !item.hidden;
    }
    const wrong = this.data.tiles.filter((tile) => tile.wrong).length;
    this.count.textContent = `${shown} of ${this.data.tiles.length} pictures` + (this.data.known ? ` · ${wrong} wrong` : "");
    this.empty.textContent = shown || !this.tiles.size ? "" : "The network gets all of these right.";
  }

  async load(data) {
    await Promise.allSettled(data.tiles.map(async (tile) => {
      const mine = this.tiles.get(tile.number);
      mine.picture = await fetchPicture(tile.picture);
      if (tile.map) {
        const { height, width } = tile.map, values = (await fetchValues(tile.map.url)).subarray(0, height * width);
        mine.size = { height: mine.picture.naturalHeight, width: mine.picture.naturalWidth };
        const grid = tile.map.grid && scaledGrid(tile.map.grid, mine.size.width / tile.width);
        mine.values = enlarge(values, { ...tile.map, grid }, mine.size);
        const largest = Math.max(...tile.map.limits.map(Math.abs));
        mine.reach = reachOf(values, tile.map.signed, tile.map.reach_share) * largest;
      }
      if (data === this.data) this.soon();
    }));
  }

  paint() {
    const drawn = [...this.tiles.values()].filter(({ tile }) => tile.map);
    const shared = Math.max(0, ...drawn.map(({ reach }) => reach ?? 0));
    this.tools.offer({ signed: drawn.some(({ tile }) => tile.map.signed), chosen: false });
    for (const mine of this.tiles.values()) {
      if (mine.picture) this.paintTile(mine, this.tools.colouring.scale === "own" ? mine.reach ?? 0 : shared);
    }
  }

  paintTile({ tile, canvas, picture, values, size }, reach) {
    const shown = { height: picture.naturalHeight, width: picture.naturalWidth };
    drawPicture(canvas, picture, shown, SIDE, tile.map?.reach_share < 1);
    if (!values || reach <= 0) return;
    const { signed, limits, box } = tile.map;
    layHeat(canvas, values, size, Math.max(...limits.map(Math.abs)) / reach, signed, this.tools.colouring);
    if (this.tools.colouring.box && box) frameOn(canvas.getContext("2d"), box, canvas.width / tile.width, 1.5);
  }
}

export default mount(HeatGrid);
