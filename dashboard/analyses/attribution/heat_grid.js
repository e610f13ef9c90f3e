// Many pictures, each with its heat map and what the network takes it for; a click opens one.

import { add, addButton, memo, mount } from "#web/dom.js";
import { enlarged, groundOn, HeatTools, heatVeil, reachOf, scaledGrid } from "#web/heat_maps.js";
import { frameOn } from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const SIDE = 300;

class HeatGrid {
  constructor(root) {
    this.root = root;
    this.tools = new HeatTools(root, () => this.soon());
    this.filter = addButton(this.tools.bar, "toggle", "Only those it gets wrong", () => this.setWrong(!this.wrong));
    this.count = add(this.tools.bar, "span", "quiet count");
    this.grid = add(root, "ul", "tiles");
    this.empty = add(root, "p", "quiet");
    this.tiles = new Map();
    this.changed = memo();
  }

  close() {
    this.tools.close();
  }

  update(data, send) {
    this.send = send;
    this.tools.update(data.look, send);
    if (this.changed("data", { ...data, look: 0 })) {
      this.wrong = data.wrong;
      this.data = data;
      this.build();
      this.load(data);
    }
    this.paint();
  }

  build() {
    this.tiles = new Map();
    this.grid.replaceChildren();
    this.grid.setAttribute("aria-label", this.data.title);
    this.filter.hidden = !this.data.known;
    for (const tile of this.data.tiles) this.tiles.set(tile.number, this.tile(tile));
    this.sift();
  }

  tile(tile) {
    const item = add(this.grid, "li"), button = addButton(item, "", "", () => this.send("picture", String(tile.number)));
    const frame = add(button, "span", "frame"), canvas = add(frame, "canvas");
    canvas.style.aspectRatio = `${tile.width} / ${tile.height}`;
    if (tile.map && !tile.map.positive) add(frame, "span", "band", "no positive evidence");
    const mark = { true: "✗ ", false: "✓ " }[tile.wrong] ?? "";
    const line = add(button, "span", "line");
    add(line, "b", tile.wrong ? "wrong" : "", mark + tile.said);
    add(line, "span", "quiet", tile.share);
    const below = tile.truth ? `shows ${tile.truth}` : tile.title;
    add(button, "span", "quiet below", below);
    const told = tile.map ? `Heat map of ${tile.map.of}.` : "Its heat map is on its way.";
    button.setAttribute("aria-label", `${tile.title}: ${tile.said}, ${tile.share}. ${tile.truth ? `It shows ` +
      `${tile.truth}. ` : ""}${told} Opens it.`);
    return { tile, item, canvas };
  }

  setWrong(value) {
    this.wrong = value;
    this.sift();
    this.send("wrong", value ? "1" : "");
  }

  sift() {
    this.filter.setAttribute("aria-pressed", String(this.wrong));
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
        mine.values = enlarged(values, { ...tile.map, grid }, mine.size);
        const largest = Math.max(...tile.map.limits.map(Math.abs));
        mine.reach = reachOf(values, tile.map.signed, tile.map.reach_share) * largest;
      }
      if (data === this.data) this.soon();
    }));
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); });
  }

  paint() {
    const drawn = [...this.tiles.values()].filter(({ tile }) => tile.map);
    const shared = Math.max(0, ...drawn.map(({ reach }) => reach ?? 0));
    this.tools.offer({ signed: drawn.some(({ tile }) => tile.map.signed), chosen: false });
    for (const mine of this.tiles.values()) {
      if (mine.picture) this.paintTile(mine, this.tools.look.scale === "own" ? mine.reach ?? 0 : shared);
    }
  }

  paintTile({ tile, canvas, picture, values, size }, reach) {
    const { look } = this.tools, zoom = SIDE / Math.max(picture.naturalWidth, picture.naturalHeight);
    canvas.width = Math.round(picture.naturalWidth * zoom);
    canvas.height = Math.round(picture.naturalHeight * zoom);
    const context = canvas.getContext("2d");
    groundOn(context, picture, canvas, tile.map?.reach_share < 1);
    if (!values || reach <= 0) return;
    const { signed, limits, box } = tile.map, scale = Math.max(...limits.map(Math.abs)) / reach;
    const veil = heatVeil(values, size, scale, signed, look.opacity / 100, look.threshold / 100, this.tools.colour(signed));
    context.drawImage(veil, 0, 0, canvas.width, canvas.height);
    if (look.box && box) frameOn(context, box, canvas.width / tile.width, 1.5);
  }
}

export default mount(HeatGrid);
