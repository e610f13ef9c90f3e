// Tiles cut from one sheet by their background position, so that sorting and sizing need no new picture.
// The sheet's new version is decoded before it is shown: while a run is live nothing flickers.

import { add, addChoice, press } from "./dom.js";

const EDGES = { S: 44, M: 76, L: 132 };
const SORTS = { channel: "channel", objective: "objective", best: "best 64" };
// The blog's way to show a layer: the highest climbs, stitched together.
const BEST = 64;
// Held arrow keys move faster than a server answers; only where they come to rest is asked for.
const SETTLE_MS = 120;
export const ANSWER_MS = 1500, TRIES = 4;

export class TileSheet {
  constructor(root) {
    this.root = root;
    this.tiles = [];
    this.pending = null;
    this.timer = 0;
    this.bar = add(root, "div", "bar");
    this.sorts = this.choice("Sort by", this.sortNames(), (value) => this.setSort(value));
    this.sizes = this.choice("Tiles", { S: "S", M: "M", L: "L" }, (value) => this.setSize(value));
    this.count = add(this.bar, "span", "count quiet");
    this.grid = add(root, "div", "grid");
    this.grid.setAttribute("role", "listbox");
    this.grid.addEventListener("click", (event) => this.clicked(event));
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
  }

  // What the tiles can be sorted by; an element that builds on this one names others.
  sortNames() {
    return SORTS;
  }

  choice(title, options, act) {
    const buttons = addChoice(this.bar, title, Object.entries(options), act);
    const names = title === "Tiles" ? { S: "small", M: "medium", L: "large" } : {};
    for (const [value, name] of Object.entries(names)) buttons[value].setAttribute("aria-label", name);
    return buttons;
  }

  start() {
    this.pending = this.look = this.sort = this.size = this.laidOut = null;
    this.grid.style.removeProperty("--sheet");
  }

  update(data, send) {
    this.send = send;
    if (this.data?.key !== data.key) this.start();
    if (this.pending === data.selected) this.pending = null;
    if (this.pending === null) this.selected = data.selected;
    this.sort ??= data.sort;
    this.size ??= data.size;
    if (this.data && this.data.sort !== data.sort) this.sort = data.sort;
    if (this.data && this.data.size !== data.size) this.size = data.size;
    this.data = data;
    this.load(data);
  }

  load(data) {
    const sharp = this.size === "L" || devicePixelRatio > 1.25;
    const look = data.looks[sharp ? "sharp" : "quick"];
    if (!look || look.url === this.look?.url) return this.draw(data);
    if (!this.look) this.show(data, look); // nothing is there yet that could flicker
    const next = new Image();
    next.src = look.url;
    next.decode().then(() => this.decoded(data, look), () => this.failed(data));
  }

  decoded(data, look) {
    if (data !== this.data) return;
    if (look !== this.look) this.show(data, look);
    this.root.dataset.shown = look.url;
    // For whoever measures: the browser's own clock says when the second frame after decoding was begun.
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("sheet-drawn")));
  }

  show(data, look) {
    const first = !this.look;
    this.look = look;
    this.grid.style.setProperty("--sheet", `url("${look.url}")`);
    this.draw(data);
    if (first) this.reveal();
  }

  reveal() {
    const tile = this.tiles[this.data.channels.indexOf(this.selected)];
    if (!tile) return;
    const pane = this.grid.getBoundingClientRect(), box = tile.getBoundingClientRect();
    if (box.top < pane.top || box.bottom > pane.bottom) {
      this.grid.scrollTop += box.top - pane.top - (pane.height - box.height) / 2;
    }
  }

  failed(data) {
    if (data === this.data) this.draw({ ...data, objectives: data.objectives.map(() => null) });
  }

  draw(data) {
    this.root.classList.toggle("live", data.live);
    this.layOut(data);
    data.channels.forEach((channel, i) => this.label(this.tiles[i], data, channel, i));
    this.order = this.sorted(data);
    this.order.forEach((i, place) => { this.tiles[i].style.order = place; });
    const shown = new Set(this.order);
    this.tiles.forEach((tile, i) => { tile.hidden = !shown.has(i); });
    const made = data.objectives.filter((value) => value !== null).length;
    const dead = data.dead.filter(Boolean).length;
    this.count.textContent = `${made} of ${data.channels.length} tiles` + (dead ? ` · ${dead} dead` : "");
    this.grid.setAttribute("aria-label", `${data.title}, ${this.count.textContent}. Arrow keys move, Enter opens.`);
    this.mark();
  }

  layOut(data) {
    const { columns, rows } = data, { edge, gap } = this.look ?? { edge: 1, gap: 0 };
    const drawn = `${data.key} ${data.channels.length} ${edge}`;
    if (this.laidOut === drawn) return;
    if (this.tiles.length !== data.channels.length) this.build(data);
    this.laidOut = drawn;
    // Half a pixel is left off each side, or a scaled tile shows a seam of its neighbour.
    const step = edge + gap, cut = Math.max(1, edge - 1);
    this.grid.style.setProperty("--scale-x", `${(columns * step * 100) / cut}%`);
    this.grid.style.setProperty("--scale-y", `${(rows * step * 100) / cut}%`);
    this.tiles.forEach((tile, i) => {
      const x = (i % columns) * step + 0.5, y = Math.floor(i / columns) * step + 0.5;
      tile.style.backgroundPosition =
        `${(100 * x) / (columns * step - cut)}% ${(100 * y) / (rows * step - cut)}%`;
    });
  }

  build(data) {
    this.tiles = data.channels.map((_, i) => {
      const tile = document.createElement("div");
      tile.setAttribute("role", "option");
      tile.dataset.index = i;
      return tile;
    });
    this.grid.replaceChildren(...this.tiles);
  }

  label(tile, data, channel, i) {
    const value = data.objectives[i], dead = data.dead[i];
    const state = value === null ? "waiting" : dead ? "made dead" : "made";
    const words = value === null ? "not made yet" : `objective ${value.toPrecision(3)}${dead ? `, ${data.reasons[i]}` : ""}`;
    const name = data.names[channel] ?? "";
    const text = `channel ${channel}${name ? `, ${name}` : ""}, ${words}`;
    if (tile.title === text) return;
    tile.className = `tile ${state}`;
    tile.title = text;
    tile.dataset.label = dead ? `${channel} dead` : `${channel} ${name}`.trim();
    tile.setAttribute("aria-label", text);
  }

  sorted(data) {
    const order = data.channels.map((_, i) => i);
    if (this.sort === "channel") return order;
    const height = (i) => (data.objectives[i] === null ? -Infinity : data.dead[i] ? -1e300 : data.objectives[i]);
    order.sort((a, b) => (height(b) > height(a)) - (height(b) < height(a)) || a - b);
    return this.sort === "best" ? order.filter((i) => height(i) > -1e300).slice(0, BEST) : order;
  }

  mark() {
    const at = this.data.channels.indexOf(this.selected);
    const home = this.order.includes(at) ? at : this.order[0];
    this.tiles.forEach((tile, i) => {
      tile.setAttribute("aria-selected", String(i === at));
      tile.tabIndex = i === home ? 0 : -1;
    });
    press(this.sorts, this.sort);
    press(this.sizes, this.size);
    this.grid.style.setProperty("--edge", `${EDGES[this.size]}px`);
    this.grid.classList.toggle("large", this.size === "L");
  }

  setSort(value) {
    this.sort = value;
    this.draw(this.data);
    this.reveal();
    this.send("sort", value);
  }

  setSize(value) {
    this.size = value;
    this.mark();
    this.load(this.data);
    this.send("size", value);
  }

  clicked(event) {
    const tile = event.target.closest(".tile");
    if (tile) this.select(Number(tile.dataset.index), 0);
  }

  select(index, pause) {
    this.selected = this.pending = this.data.channels[index];
    this.mark();
    this.tiles[index].focus({ preventScroll: pause === 0 });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(TRIES), pause);
  }

  // The answer is data that names the tile. A request that meets another part of the page just being drawn can
  // stay without one, so it is repeated.
  ask(tries) {
    if (this.pending === this.data.selected) this.pending = null;
    if (this.pending === null || tries === 0) return;
    this.send("tile", this.pending);
    this.timer = setTimeout(() => this.ask(tries - 1), ANSWER_MS);
  }

  pressed(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const across = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const from = this.order.indexOf(Number(tile.dataset.index)), last = this.order.length - 1;
    const steps = { ArrowRight: from + 1, ArrowLeft: from - 1, ArrowDown: from + across, ArrowUp: from - across,
      Home: 0, End: last, PageDown: from + 4 * across, PageUp: from - 4 * across, Enter: from, " ": from };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(last, steps[event.key]));
    this.select(this.order[to], event.key === "Enter" || event.key === " " ? 0 : SETTLE_MS);
  }
}
