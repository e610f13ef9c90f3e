// Tiles cut from one sheet by their background position, so that sorting and sizing need no new picture.
// The sheet's new version is decoded before it is shown: while a run is live nothing flickers.
// An element of tiles says what they are sorted by, how each is called, and what is counted.

import { Choice } from "./choice.js";
import { add, addChoice, make, press, set } from "./dom.js";
import { markOption, stepTo, widthOf } from "./keys.js";
import { goesFirst } from "./order.js";
import { cut } from "./sheet.js";

// Held arrow keys move faster than a server answers; only where they come to rest is asked for.
const SETTLE_MS = 120;
const SIZES = [["S", "S"], ["M", "M"], ["L", "L"]], SIZE_NAMES = { S: "small", M: "medium", L: "large" };

export class TileSheet {
  constructor(root) {
    this.root = root;
    this.tiles = [];
    for (const name of ["tile", "sort", "size"]) this[name] = new Choice(this, name);
    this.bar = add(root, "div", "bar");
    const pressed = (name) => (value) => { this[name].make(value); this.chosen(name); };
    this.sorts = addChoice(this.bar, "Sort by", Object.entries(this.sortNames), pressed("sort"));
    this.sizes = addChoice(this.bar, "Tiles", SIZES, pressed("size"));
    for (const [size, name] of Object.entries(SIZE_NAMES)) this.sizes[size].setAttribute("aria-label", name);
    this.count = add(this.bar, "span", "count quiet");
    this.grid = add(root, "div", "grid", { role: "listbox" });
    this.grid.addEventListener("click", (event) => this.clicked(event));
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
  }

  // An element of tiles has its own sortNames; heights(data), which gives a function of the tile's number by which the
  // highest come first; describe(data, i), a tile's { text, label, state }; and counted(data), how many there are.

  get sortNames() { return { channel: "channel" }; }

  get edges() { return { S: 44, M: 76, L: 132 }; }

  // Another atlas, layer or network.
  start() {
    for (const choice of [this.tile, this.sort, this.size]) choice.close();
    this.quality = this.laidOut = null;
    this.grid.style.removeProperty("--sheet");
  }

  update(data) {
    if (this.data?.key !== data.key) this.start();
    this.data = data;
    this.tile.hear(data.selected);
    this.sort.hear(data.sort);
    this.size.hear(data.size);
    this.load(data);
  }

  load(data) {
    const sharp = this.size.value === "L" || devicePixelRatio > 1.25;
    const quality = data.qualities[sharp ? "sharp" : "quick"];
    if (!quality || quality.url === this.quality?.url) return this.draw(data);
    if (!this.quality) this.show(data, quality); // nothing is there yet that could flicker
    const next = new Image();
    next.src = quality.url;
    goesFirst(next.decode()).then(() => this.decoded(data, quality), () => this.failed(data));
  }

  decoded(data, quality) {
    if (data !== this.data) return;
    if (quality !== this.quality) this.show(data, quality);
    this.root.dataset.shown = quality.url;
    // For whoever measures: the browser's own clock says when the second frame after decoding was begun.
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("sheet-drawn")));
  }

  show(data, quality) {
    const first = !this.quality;
    this.quality = quality;
    this.grid.style.setProperty("--sheet", `url("${quality.url}")`);
    this.draw(data);
    if (first) this.reveal();
  }

  failed() {}

  reveal() {
    const tile = this.tiles[this.data.channels.indexOf(this.tile.value)];
    if (!tile) return;
    const pane = this.grid.getBoundingClientRect(), box = tile.getBoundingClientRect();
    if (box.top < pane.top || box.bottom > pane.bottom) {
      this.grid.scrollTop += box.top - pane.top - (pane.height - box.height) / 2;
    }
  }

  draw(data) {
    this.root.classList.toggle("live", Boolean(data.live));
    if (this.tiles.length !== data.channels.length) this.build(data);
    this.layOut(data);
    this.tiles.forEach((tile, i) => this.label(tile, this.describe(data, i)));
    this.order = this.sorted(data);
    this.order.forEach((i, place) => { this.tiles[i].style.order = place; });
    const shown = new Set(this.order);
    this.tiles.forEach((tile, i) => { tile.hidden = !shown.has(i); });
    this.count.textContent = this.counted(data);
    set(this.grid, { "aria-label": `${data.title}, ${this.count.textContent}. Arrow keys move, Enter opens.` });
    this.mark();
  }

  build(data) {
    this.tiles = data.channels.map((_, i) => make("div", { role: "option", "data-index": i }));
    this.grid.replaceChildren(...this.tiles);
    this.laidOut = null;
  }

  layOut({ columns, rows }) {
    const { edge, gap } = this.quality ?? { edge: 1, gap: 0 }, sheet = { columns, rows, edge, gap };
    if (this.laidOut === edge) return;
    this.laidOut = edge;
    cut(0, sheet).scale.forEach((share, axis) => this.grid.style.setProperty(["--scale-x", "--scale-y"][axis], share));
    this.tiles.forEach((tile, i) => { tile.style.backgroundPosition = cut(i, sheet).place.join(" "); });
  }

  label(tile, { text, label, state }) {
    if (tile.title !== text) set(tile, { class: `tile ${state}`, title: text, "aria-label": text, "data-label": label });
  }

  // The tiles' numbers in order.
  sorted(data) {
    const order = data.channels.map((_, i) => i), height = this.heights(data);
    if (this.sort.value === "channel") return order;
    return order.sort((a, b) => (height(b) > height(a)) - (height(b) < height(a)) || a - b);
  }

  mark() {
    const at = this.data.channels.indexOf(this.tile.value);
    markOption(this.tiles, at, this.order.includes(at) ? at : this.order[0]);
    press(this.sorts, this.sort.value);
    press(this.sizes, this.size.value);
    this.grid.style.setProperty("--edge", `${this.edges[this.size.value]}px`);
    this.grid.classList.toggle("large", this.size.value === "L");
  }

  // Another order or size.
  chosen(name) {
    this.mark();
    this.load(this.data);
    if (name === "sort") this.reveal();
  }

  clicked(event) {
    const tile = event.target.closest(".tile");
    if (tile) this.select(Number(tile.dataset.index), 0);
  }

  select(index, settle) {
    this.tile.make(this.data.channels[index], settle);
    this.mark();
    this.tiles[index].focus({ preventScroll: settle === 0 });
  }

  pressed(event) {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const from = this.order.indexOf(Number(tile.dataset.index));
    const to = stepTo(event, from, this.order.length - 1, widthOf(this.grid));
    if (to === null) return;
    event.preventDefault();
    this.select(this.order[to], event.key === "Enter" || event.key === " " ? 0 : SETTLE_MS);
  }
}
