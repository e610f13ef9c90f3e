// A window slides over a small grid, and what it computes is written out. Everything happens in the browser.

import { add, addButton, addChoice, mount, press } from "#web/dom.js";
import { checkClaims, shown } from "./window_checks.js";

const SIDE = 5, KERNEL = 3, POOL = 2, PLAY_MS = 900, TELL_MS = 400;
const TITLES = { convolution: "convolution", max: "maximum pooling", average: "average pooling" };

const factor = (n) => (n < 0 ? `(${shown(n)})` : shown(n));

class WindowWalk {
  constructor(root) {
    this.root = root;
  }

  // What is typed and chosen here is newer than any answer, so that only the first data count.
  update(data, send) {
    if (this.send) return;
    this.send = send;
    Object.assign(this, data);
    Object.assign(this, { typed: {}, first: {} });
    for (const [place, number] of data.numbers) this.type(place, number);
    this.at = 0;
    this.filter = 0;
    this.timer = 0;
    const { root } = this;
    this.bar = add(root, "div", "bar");
    this.controls = add(root, "div", "bar");
    const both = add(root, "div", "both");
    this.stage = add(both, "div", "stage");
    const words = add(both, "div", "words");
    this.sum = add(words, "div", "sum");
    this.sum.setAttribute("aria-live", "polite");
    this.note = add(words, "p", "note quiet");
    this.checks = add(root, "div", "checks");
    this.steps();
    this.rebuild();
    root.addEventListener("keydown", (event) => this.pressed(event));
  }

  get pools() { return this.operation !== "convolution"; }
  get rows() { return this.pools ? this.uneven : this.input; }
  get size() { return this.pools ? POOL : KERNEL; }
  get border() { return this.pools ? 0 : this.padding; }
  get whole() { return SIDE + 2 * this.border; }
  get side() { return Math.floor((this.whole - this.size) / this.stride) + 1; }
  get maps() { return this.pools ? this.channels : this.filters; }

  choice(title, name, options) {
    press(addChoice(this.bar, title, options, (value) => {
      this[name] = value;
      this.rebuild();
      this.bar.querySelector(`[aria-label="${title}"] [aria-pressed="true"]`)?.focus();
      this.send("walk", [this.operation, this.channels, this.filters, this.stride, this.padding].join("-"));
    }), this[name]);
  }

  // Where a number lies: "i0.12" and "u0.12" in a channel of the input, "k1.0.4" in a channel of a filter.
  spot(place) {
    const path = place.slice(1).split(".").map(Number), at = path.pop(), grid = place[0];
    const rows = grid === "k" ? this.kernels[path[0]][path[1]] : (grid === "i" ? this.input : this.uneven)[path[0]];
    const side = grid === "k" ? KERNEL : SIDE;
    return { y: Math.floor(at / side), x: at % side, rows };
  }

  type(place, number) {
    const { rows, y, x } = this.spot(place);
    this.first[place] ??= rows[y][x];
    rows[y][x] = this.typed[place] = number;
    if (number === this.first[place]) delete this.typed[place];
  }

  // The address learns what was typed once the typing rests.
  tell() {
    clearTimeout(this.telling);
    const words = Object.entries(this.typed).map(([place, number]) => `${place}~${number}`).join("_");
    this.telling = setTimeout(() => this.send("numbers", words), TELL_MS);
  }

  steps() {
    this.player = this.button("Play", () => this.play(!this.timer));
    this.button("Step back", () => this.go(this.at - 1));
    this.button("Step", () => this.go(this.at + 1));
    this.button("From the start", () => this.go(0));
    this.where = add(this.controls, "span", "quiet");
  }

  button(text, act) {
    const button = addButton(this.controls, "", text, () => {
      if (button !== this.player) this.play(false);
      act();
    });
    return button;
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = 0;
    this.player.textContent = on ? "Pause" : "Play";
    if (!on) return;
    this.timer = setInterval(() => this.go(this.at + 1), PLAY_MS);
  }

  close() {
    this.play(false);
  }

  go(step) {
    const all = this.side * this.side * this.maps;
    this.at = (step + all) % all;
    this.paint();
  }

  pressed(event) {
    if (event.target.tagName === "INPUT") return;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.side, ArrowUp: -this.side }[event.key];
    if (!by) return;
    event.preventDefault();
    this.play(false);
    this.go(this.at + by);
    if (event.target.dataset.out) this.outputs[this.map][this.position].focus();
  }

  get map() { return Math.floor(this.at / (this.side * this.side)); }
  get position() { return this.at % (this.side * this.side); }

  rebuild() {
    this.at = 0;
    this.bar.replaceChildren();
    const upTo = (n) => Array.from({ length: n }, (_, i) => [i + 1, String(i + 1)]);
    this.choice("Operation", "operation", Object.entries(TITLES));
    this.choice("Input channels", "channels", upTo(3));
    if (!this.pools) this.choice("Filters", "filters", upTo(3));
    this.choice("Stride", "stride", upTo(3));
    if (!this.pools) this.choice("Border of zeros", "padding", [[0, "none"], [1, "1"]]);
    this.stage.replaceChildren();
    this.root.style.setProperty("--rows", this.whole);
    this.root.classList.toggle("deep", this.channels > 1);
    this.drawInput();
    if (!this.pools) {
      add(this.stage, "span", "sign", "∗");
      this.kernelColumn = this.column("");
      this.kernelColumn.classList.add("kernels");
    }
    add(this.stage, "span", "sign", "=");
    this.drawOutput();
    this.drawnFilter = -1;
    this.paint();
  }

  column(title) {
    const column = add(this.stage, "div", "column");
    if (title) add(column, "h4", "", title);
    return column;
  }

  cells(column, name, side) {
    const box = add(column, "div");
    if (name) add(box, "p", "name quiet", name);
    const cells = add(box, "div", "cells");
    cells.style.gridTemplateColumns = `repeat(${side}, var(--cell))`;
    return cells;
  }

  editable(cells, place, label) {
    const cell = add(cells, "input"), { rows, y, x } = this.spot(place);
    cell.value = shown(rows[y][x]).replace("−", "-");
    cell.inputMode = "decimal";
    cell.setAttribute("aria-label", `${label}, row ${y + 1}, column ${x + 1}`);
    cell.addEventListener("focus", () => cell.select());
    cell.addEventListener("input", () => {
      const number = Number(cell.value.trim().replace("−", "-").replace(",", "."));
      const good = cell.value.trim() !== "" && Number.isFinite(number);
      cell.classList.toggle("wrong", !good);
      cell.setAttribute("aria-invalid", String(!good));
      this.wrong = good ? ""
        : `Expected a number in ${label}. Received: “${cell.value}”. The last number still counts.`;
      if (good) this.type(place, number);
      this.paint();
      this.tell();
    });
    return cell;
  }

  drawInput() {
    const column = this.column(`Input ${SIDE} × ${SIDE} × ${this.channels}`);
    this.inputs = [];
    for (let c = 0; c < this.channels; c += 1) {
      const cells = this.cells(column, this.channels > 1 ? `channel ${c + 1}` : "", this.whole);
      const made = [];
      for (let i = 0; i < this.whole ** 2; i += 1) {
        const y = Math.floor(i / this.whole) - this.border, x = (i % this.whole) - this.border;
        const inside = y >= 0 && x >= 0 && y < SIDE && x < SIDE;
        made.push(inside
          ? this.editable(cells, `${this.pools ? "u" : "i"}${c}.${y * SIDE + x}`, `input channel ${c + 1}`)
          : add(cells, "span", "zero", "0"));
      }
      made.frame = add(cells, "div", "frame");
      made.frame.style.width = made.frame.style.height = `calc(${this.size} * var(--cell) + ${this.size - 1}px)`;
      this.inputs.push(made);
    }
  }

  drawKernel(filter) {
    this.drawnFilter = filter;
    this.kernelColumn.replaceChildren();
    const many = this.filters > 1 ? ` ${filter + 1} of ${this.filters}` : "";
    add(this.kernelColumn, "h4", "", `Filter${many}: ${KERNEL} × ${KERNEL} × ${this.channels}`);
    for (let c = 0; c < this.channels; c += 1) {
      const cells = this.cells(this.kernelColumn, this.channels > 1 ? `for channel ${c + 1}` : "", KERNEL);
      for (let i = 0; i < KERNEL ** 2; i += 1) {
        this.editable(cells, `k${filter}.${c}.${i}`, `filter ${filter + 1}, channel ${c + 1}`);
      }
    }
  }

  drawOutput() {
    const column = this.column(`Output ${this.side} × ${this.side} × ${this.maps}`);
    this.outputs = [];
    for (let m = 0; m < this.maps; m += 1) {
      const cells = this.cells(column, this.maps > 1 ? `${this.pools ? "channel" : "filter"} ${m + 1}` : "", this.side);
      const made = [];
      for (let i = 0; i < this.side ** 2; i += 1) {
        const here = m * this.side ** 2 + i;
        const look = () => { if (this.at !== here) { this.play(false); this.at = here; this.paint(); } };
        const cell = addButton(cells, "", "", look);
        cell.dataset.out = "1";
        cell.addEventListener("pointerenter", look);
        cell.addEventListener("focus", look);
        made.push(cell);
      }
      this.outputs.push(made);
    }
  }

  patch(channel, position, rows = this.rows) {
    const top = Math.floor(position / this.side) * this.stride, left = (position % this.side) * this.stride;
    const patch = [];
    for (let i = 0; i < this.size ** 2; i += 1) {
      const wy = top + Math.floor(i / this.size), wx = left + (i % this.size);
      const value = rows[channel][wy - this.border]?.[wx - this.border] ?? 0;
      patch.push({ value, index: wy * this.whole + wx });
    }
    return patch;
  }

  channelSum(filter, channel, position, rows = this.rows) {
    const kernel = this.kernels[filter][channel].flat();
    return this.patch(channel, position, rows).reduce((sum, { value }, i) => sum + value * kernel[i], 0);
  }

  result(map, position, rows = this.rows) {
    if (!this.pools) {
      const sums = Array.from({ length: this.channels }, (_, c) => this.channelSum(map, c, position, rows));
      return sums.reduce((a, b) => a + b, 0);
    }
    const values = this.patch(map, position, rows).map(({ value }) => value);
    return this.operation === "max" ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / values.length;
  }

  paint() {
    const { map, position } = this;
    if (!this.pools && this.drawnFilter !== map) this.drawKernel(map);
    this.inputs.forEach((cells, c) => {
      const looked = !this.pools || c === map, patch = this.patch(c, position);
      const inside = new Set(looked ? patch.map(({ index }) => index) : []);
      const best = Math.max(...patch.map(({ value }) => value));
      const won = this.operation === "max" && looked ? patch.find(({ value }) => value === best).index : -1;
      cells.forEach((cell, i) => {
        cell.classList.toggle("in", inside.has(i));
        cell.classList.toggle("won", i === won);
      });
      cells.frame.style.display = looked ? "" : "none";
      const [y, x] = [Math.floor(position / this.side) * this.stride, (position % this.side) * this.stride];
      cells.frame.style.transform = `translate(calc(${x} * (var(--cell) + 1px)), calc(${y} * (var(--cell) + 1px)))`;
    });
    this.outputs.forEach((cells, m) => cells.forEach((cell, i) => {
      const step = m * this.side ** 2 + i, value = shown(this.result(m, i));
      cell.textContent = value;
      cell.classList.toggle("later", step > this.at);
      cell.classList.toggle("here", step === this.at);
      cell.tabIndex = step === this.at ? 0 : -1;
      const name = `output ${m + 1}, row ${Math.floor(i / this.side) + 1}, column ${(i % this.side) + 1}: ${value}`;
      cell.setAttribute("aria-label", name);
    }));
    this.write(map, position);
    checkClaims(this, this.checks, map);
    this.where.textContent = `place ${this.at + 1} of ${this.side ** 2 * this.maps}`;
    const rest = (this.whole - this.size) % this.stride;
    const formula = `(${SIDE} − ${this.size} + 2·${this.border})/${this.stride}`;
    const ends = rest === 1 ? "row and column are" : `${rest} rows and columns are`;
    this.note.textContent = `Output side: ${rest ? `⌊${formula}⌋` : formula} + 1 = ${this.side}. `
      + (rest ? `The stride leaves a remainder of ${rest}: the last ${ends} never seen. ` : "")
      + `Change any number of the input${this.pools ? "" : " or the filter"}; hover a number of the output, or walk `
      + "with the arrow keys.";
  }

  write(map, position) {
    this.sum.replaceChildren();
    if (this.wrong) add(this.sum, "div", "", this.wrong).setAttribute("role", "alert");
    if (this.pools) this.writePool(map, position);
    else this.writeProducts(map, position);
  }

  writePool(map, position) {
    const values = this.patch(map, position).map(({ value }) => value), result = shown(this.result(map, position));
    const line = add(this.sum, "div");
    if (this.operation === "max") add(line, "span", "", `max(${values.map(shown).join(", ")}) = `);
    else add(line, "span", "", `(${values.map(factor).join(" + ")}) / ${values.length} = `);
    add(line, "b", "", result);
  }

  writeProducts(map, position) {
    const sums = [];
    for (let c = 0; c < this.channels; c += 1) {
      const kernel = this.kernels[map][c].flat(), line = add(this.sum, "div");
      if (this.channels > 1) add(line, "span", "quiet", `channel ${c + 1}: `);
      this.patch(c, position).forEach(({ value }, i) => {
        add(line, "span", "product", `${i ? " + " : ""}${factor(value)}·${factor(kernel[i])}`);
        add(line, "wbr");
      });
      sums.push(this.channelSum(map, c, position));
      add(line, "span", "", " = ");
      add(line, this.channels > 1 ? "span" : "b", "", shown(sums[c]));
    }
    if (this.channels === 1) return;
    const total = add(this.sum, "div");
    add(total, "span", "quiet", "together: ");
    add(total, "span", "", `${sums.map(factor).join(" + ")} = `);
    add(total, "b", "", shown(this.result(map, position)));
  }
}

export default mount(WindowWalk);
