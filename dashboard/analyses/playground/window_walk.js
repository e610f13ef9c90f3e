// A window slides over a small grid, and what it computes is written out. Everything happens in the browser.

import { add, addChoice, button, make, mount, press, set } from "#web/dom.js";
import { KERNEL, range, SIDE, SlidingWindow } from "./sliding_window.js";

const PLAY_MS = 900, TELL_MS = 400;
const TITLES = { convolution: "convolution", max: "maximum pooling", average: "average pooling" };

const shown = (n) => String(Math.round(n * 100) / 100).replace("-", "−");
const factor = (n) => (n < 0 ? `(${shown(n)})` : shown(n));
const grid = (side, cells) => make("div.cells", { style: `grid-template-columns: repeat(${side}, var(--cell))` }, cells);

class WindowWalk {
  constructor(root) {
    this.root = root;
    Object.assign(this, { typed: {}, first: {}, at: 0 });
    this.bar = add(root, "div", "bar");
    this.where = make("span.quiet");
    this.player = button("Play", () => this.play(!this.timer));
    const steps = { "Step back": () => this.at - 1, Step: () => this.at + 1, "From the start": () => 0 };
    const ways = Object.entries(steps).map(([words, to]) => button(words, () => this.go(to())));
    add(root, "div", "bar").append(this.player, ...ways, this.where);
    this.stage = make("div.stage");
    this.sum = make("div.sum", { "aria-live": "polite" });
    this.note = make("p.note.quiet");
    this.checks = make("div.checks");
    root.append(make("div.both", this.stage, make("div.words", this.sum, this.note)), this.checks);
    root.addEventListener("keydown", (event) => this.pressed(event));
  }

  // What is typed and chosen here is newer than any answer, so that only the first data count.
  update(data) {
    if (this.window) return;
    this.window = new SlidingWindow(data);
    for (const [place, number] of data.numbers) this.type(place, number);
    this.rebuild();
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.telling);
  }

  choice(title, name, options) {
    press(addChoice(this.bar, title, options, (value) => {
      this.window[name] = value;
      this.rebuild();
      this.bar.querySelector(`[aria-label="${title}"] [aria-pressed="true"]`)?.focus();
      const { operation, channels, filters, stride, padding } = this.window;
      this.send("walk", [operation, channels, filters, stride, padding].join("-"));
    }), this.window[name]);
  }

  // Where a number lies: "i0.12" and "u0.12" in a channel of the input, "k1.0.4" in a channel of a filter.
  spot(place) {
    const path = place.slice(1).split(".").map(Number), at = path.pop(), side = place[0] === "k" ? KERNEL : SIDE;
    const { kernels, input, uneven } = this.window, grids = { k: kernels[path[0]]?.[path[1]], i: input[path[0]], u: uneven[path[0]] };
    return { y: Math.floor(at / side), x: at % side, rows: grids[place[0]] };
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

  play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.step(this.at + 1), PLAY_MS) : 0;
    this.player.textContent = on ? "Pause" : "Play";
  }

  // By hand: what plays stops.
  go(place) {
    this.play(false);
    this.step(place);
  }

  step(place) {
    const all = this.window.side ** 2 * this.window.maps;
    this.at = (place + all) % all;
    this.paint();
  }

  pressed(event) {
    if (event.target.tagName === "INPUT") return;
    const { side } = this.window, by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: side, ArrowUp: -side }[event.key];
    if (!by) return;
    event.preventDefault();
    this.go(this.at + by);
    if (event.target.dataset.out) this.outputs[this.map][this.place].focus();
  }

  get map() { return Math.floor(this.at / this.window.side ** 2); }
  get place() { return this.at % this.window.side ** 2; }

  rebuild() {
    const { pools, whole, channels } = this.window, upToThree = range(3, (i) => [i + 1, String(i + 1)]);
    this.at = 0;
    this.bar.replaceChildren();
    this.choice("Operation", "operation", Object.entries(TITLES));
    this.choice("Input channels", "channels", upToThree);
    if (!pools) this.choice("Filters", "filters", upToThree);
    this.choice("Stride", "stride", upToThree);
    if (!pools) this.choice("Border of zeros", "padding", [[0, "none"], [1, "1"]]);
    this.root.style.setProperty("--rows", whole);
    this.root.classList.toggle("deep", channels > 1);
    this.kernels = make("div.column.kernels");
    const sign = (text) => make("span.sign", text);
    const middle = pools ? [] : [sign("∗"), this.kernels];
    this.stage.replaceChildren(this.drawInput(), ...middle, sign("="), this.drawOutput());
    this.drawnFilter = -1;
    this.paint();
  }

  // One grid a channel or map, named where there are several.
  column(title, side, grids, name) {
    const named = (i) => grids.length > 1 && make("p.name.quiet", `${name} ${i + 1}`);
    return [make("h4", title), ...grids.map((cells, i) => make("div", named(i), grid(side, cells)))];
  }

  editable(place, label) {
    const { rows, y, x } = this.spot(place);
    const cell = make("input", {
      inputmode: "decimal", value: shown(rows[y][x]).replace("−", "-"),
      "aria-label": `${label}, row ${y + 1}, column ${x + 1}`,
      onfocus: () => cell.select(), oninput: () => this.edited(cell, place, label),
    });
    return cell;
  }

  edited(cell, place, label) {
    const number = Number(cell.value.trim().replace("−", "-").replace(",", "."));
    const good = cell.value.trim() !== "" && Number.isFinite(number);
    cell.classList.toggle("wrong", !good);
    set(cell, { "aria-invalid": !good });
    this.wrong = good ? "" : `Expected a number in ${label}. Received: “${cell.value}”. The last number still counts.`;
    if (good) this.type(place, number);
    this.paint();
    this.tell();
  }

  drawInput() {
    const { channels, whole, border, size, pools } = this.window, edge = `calc(${size} * var(--cell) + ${size - 1}px)`;
    this.inputs = range(channels, (c) => range(whole ** 2, (i) => {
      const y = Math.floor(i / whole) - border, x = (i % whole) - border;
      if ([y, x].some((at) => at < 0 || at >= SIDE)) return make("span.zero", "0");
      return this.editable(`${pools ? "u" : "i"}${c}.${y * SIDE + x}`, `input channel ${c + 1}`);
    }));
    this.frames = this.inputs.map(() => make("div.frame", { style: `width: ${edge}; height: ${edge}` }));
    const grids = this.inputs.map((cells, c) => [...cells, this.frames[c]]);
    return make("div.column", this.column(`Input ${SIDE} × ${SIDE} × ${channels}`, whole, grids, "channel"));
  }

  drawKernel(filter) {
    const { filters, channels } = this.window, many = filters > 1 ? ` ${filter + 1} of ${filters}` : "";
    this.drawnFilter = filter;
    const grids = range(channels, (c) => range(KERNEL ** 2, (i) => (
      this.editable(`k${filter}.${c}.${i}`, `filter ${filter + 1}, channel ${c + 1}`))));
    const title = `Filter${many}: ${KERNEL} × ${KERNEL} × ${channels}`;
    this.kernels.replaceChildren(...this.column(title, KERNEL, grids, "for channel"));
  }

  drawOutput() {
    const { side, maps, pools } = this.window;
    this.outputs = range(maps, (m) => range(side ** 2, (i) => {
      const here = m * side ** 2 + i, look = () => { if (this.at !== here) this.go(here); };
      return button("", look, { "data-out": "1", onpointerenter: look, onfocus: look });
    }));
    const title = `Output ${side} × ${side} × ${maps}`;
    return make("div.column", this.column(title, side, this.outputs, pools ? "channel" : "filter"));
  }

  paint() {
    const { map, place } = this, { pools, side, maps } = this.window;
    if (!pools && this.drawnFilter !== map) this.drawKernel(map);
    this.inputs.forEach((cells, c) => this.paintInput(cells, c, !pools || c === map, place));
    this.outputs.forEach((cells, m) => cells.forEach((cell, i) => this.paintOutput(cell, m, i)));
    this.write(map, place);
    this.check(map);
    this.where.textContent = `place ${this.at + 1} of ${side ** 2 * maps}`;
    this.note.textContent = this.arithmetic();
  }

  paintInput(cells, channel, looked, place) {
    const patch = this.window.patch(channel, place), best = Math.max(...patch.map(({ value }) => value));
    const inside = new Set(looked ? patch.map(({ index }) => index) : []), [y, x] = this.window.corner(place);
    const won = this.window.operation === "max" && looked ? patch.find(({ value }) => value === best).index : -1;
    cells.forEach((cell, i) => {
      cell.classList.toggle("in", inside.has(i));
      cell.classList.toggle("won", i === won);
    });
    const { style } = this.frames[channel];
    style.display = looked ? "" : "none";
    style.transform = `translate(calc(${x} * (var(--cell) + 1px)), calc(${y} * (var(--cell) + 1px)))`;
  }

  paintOutput(cell, map, place) {
    const { side } = this.window, step = map * side ** 2 + place, value = shown(this.window.result(map, place));
    cell.textContent = value;
    cell.classList.toggle("later", step > this.at);
    cell.classList.toggle("here", step === this.at);
    const name = `output ${map + 1}, row ${Math.floor(place / side) + 1}, column ${(place % side) + 1}: ${value}`;
    set(cell, { tabindex: step === this.at ? 0 : -1, "aria-label": name });
  }

  arithmetic() {
    const { whole, size, stride, border, side, pools } = this.window, rest = (whole - size) % stride;
    const formula = `(${SIDE} − ${size} + 2·${border})/${stride}`;
    const ends = rest === 1 ? "row and column are" : `${rest} rows and columns are`;
    return `Output side: ${rest ? `⌊${formula}⌋` : formula} + 1 = ${side}. `
      + (rest ? `The stride leaves a remainder of ${rest}: the last ${ends} never seen. ` : "")
      + `Change any number of the input${pools ? "" : " or the filter"}; hover a number of the output, or walk `
      + "with the arrow keys.";
  }

  write(map, place) {
    this.sum.replaceChildren();
    if (this.wrong) add(this.sum, "div", "", this.wrong, { role: "alert" });
    if (this.window.pools) this.writePool(map, place);
    else this.writeProducts(map, place);
  }

  writePool(map, place) {
    const values = this.window.patch(map, place).map(({ value }) => value), largest = this.window.operation === "max";
    const words = largest ? `max(${values.map(shown).join(", ")}) = `
      : `(${values.map(factor).join(" + ")}) / ${values.length} = `;
    this.sum.append(make("div", make("span", words), make("b", shown(this.window.result(map, place)))));
  }

  writeProducts(map, place) {
    const { channels, kernels } = this.window, sums = range(channels, (c) => this.window.channelSum(map, c, place));
    sums.forEach((sum, c) => {
      const kernel = kernels[map][c].flat();
      const products = this.window.patch(c, place).map(({ value }, i) => (
        [make("span.product", `${i ? " + " : ""}${factor(value)}·${factor(kernel[i])}`), make("wbr")]));
      this.sum.append(make("div", channels > 1 && make("span.quiet", `channel ${c + 1}: `), products.flat(),
        make("span", " = "), make(channels > 1 ? "span" : "b", shown(sum))));
    });
    if (channels === 1) return;
    const added = `${sums.map(factor).join(" + ")} = `, result = shown(this.window.result(map, place));
    this.sum.append(make("div", make("span.quiet", "together: "), make("span", added), make("b", result)));
  }

  // Two claims about the operation, checked on the numbers that stand there.
  check(map) {
    const { side, stride, pools } = this.window, { apart, together, same } = this.window.linearity(map);
    const different = same.filter((one) => !one).length, moved = this.window.movesAlong(map);
    const cell = (value, i) => make("span", { class: !same[i] && "won" }, shown(value));
    const numbers = (title, values) => make("div", make("p.name.quiet", title),
      set(grid(side, values.map(cell)), { class: "cells small" }));
    const step = `The input moved by ${stride} to the right moves the output by 1`;
    const along = !moved.places ? "Here no window stays inside the input once it is moved."
      : moved.same ? `Yes. ${step}: the same numbers, one place further.`
        + (pools ? "" : " One set of weights serves every place.") : `No. ${step}, with other numbers.`;
    this.checks.replaceChildren(
      make("h4", "Is it linear?"),
      make("div.pair", numbers("f(input) + f(rotated input)", apart),
        numbers("f(input + rotated input)", together)),
      make("p.linear", different ? `No: ${different} of ${apart.length} numbers differ.`
        : "Yes: f(a + b) = f(a) + f(b)."),
      make("h4", "Is it translation-equivariant?"), make("p.along", along),
    );
  }
}

export default mount(WindowWalk);
