// Loss and accuracy by epoch, of one run or of several over each other; smoothed as far as the slider says.

const HIGH = 264, LEFT = 50, RIGHT = 16, TOP = 22, BOTTOM = 30;
const SETTLE_MS = 350, MANY = 80;

// Exponentially, as in the book: each value moves so much less away from what came before. A gap stays a gap.
function smoothed(values, factor) {
  let last = null;
  return values.map((value) => {
    if (value === null) return null;
    last = last === null ? value : last * factor + value * (1 - factor);
    return last;
  });
}

function niceStep(span, count) {
  const rough = span / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5].find((step) => step * power >= rough) ?? 10);
}

function ticks(low, high, count) {
  const step = niceStep(high - low, count), found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) found.push(Number((i * step).toPrecision(6)));
  return found;
}

// The ends of an axis. Losses start at zero; few values far above all others are cut off, or the rest is a flat line.
function reach(values, isShare) {
  const sorted = [...values].sort((a, b) => a - b), most = sorted.at(-1), least = sorted[0];
  if (isShare) {
    const step = niceStep(1 - Math.min(least, 0.99), 5);
    return { low: Math.max(0, Math.floor(least / step) * step), high: 1, cut: 0 };
  }
  const usual = sorted[Math.floor(0.9 * (sorted.length - 1))];
  const high = most > 3 * usual && usual > 0 ? 1.6 * usual : most;
  const step = niceStep(high || 1, 5);
  return { low: 0, high: Math.ceil((high || 1) / step - 1e-9) * step, cut: sorted.filter((v) => v > high).length };
}

const asPercent = (value) => `${(100 * value).toFixed(value > 0.995 && value < 1 ? 2 : 1)} %`;
const asNumber = (value) => String(Number(value.toPrecision(3)));

class CurveChart {
  constructor(parent, name, owner) {
    this.name = name;
    this.owner = owner;
    this.figure = add(parent, "figure");
    const caption = add(this.figure, "figcaption");
    this.title = add(caption, "b");
    this.note = add(caption, "span", "quiet");
    this.plot = add(this.figure, "div", "plot");
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "group");
    this.tip = add(this.figure, "div", "tip");
    this.tip.hidden = true;
    this.plot.addEventListener("pointermove", (event) => owner.point(this.epochUnder(event), this));
    this.plot.addEventListener("pointerleave", () => owner.point(null, this));
    this.plot.addEventListener("blur", () => owner.point(null, this));
    this.plot.addEventListener("keydown", (event) => this.pressed(event));
  }

  get isShare() { return this.name === "accuracy"; }

  say(value) { return this.isShare ? asPercent(value) : asNumber(value); }

  draw(data, look, width) {
    this.data = data;
    this.width = width;
    this.plot.replaceChildren();
    this.lines = this.linesOf(data, look);
    const values = this.lines.flatMap((line) => line.raw.filter((v) => v !== null));
    this.title.textContent = data.titles[this.name];
    if (!values.length) return this.empty(data);
    this.scale = reach(values, this.isShare);
    this.last = Math.max(2, data.planned, ...data.runs.map((run) => run.epochs.at(-1) ?? 0));
    const cut = this.scale.cut;
    this.note.textContent = cut ? `${cut} higher ${cut === 1 ? "value is" : "values are"} cut off` : "";
    this.svg = addShape(this.plot, "svg", { width, height: HIGH, viewBox: `0 0 ${width} ${HIGH}`, "aria-hidden": "true" });
    this.plot.setAttribute("aria-label", `${this.words()} Arrow keys go through the epochs.`);
    this.axes();
    const clip = addShape(this.svg, "clipPath", { id: `clip-${this.name}` });
    addShape(clip, "rect", { x: LEFT - 6, y: TOP - 6, width: width - LEFT - RIGHT + 12, height: HIGH - TOP - BOTTOM + 12 });
    this.area = addShape(this.svg, "g", { "clip-path": `url(#clip-${this.name})` });
    for (const line of this.lines) this.line(line, look);
    for (const run of data.runs) this.marks(run, look);
    this.here = addShape(this.svg, "line", { class: "here", y1: TOP, y2: HIGH - BOTTOM });
  }

  empty(data) {
    this.svg = null;
    this.note.textContent = "";
    add(this.plot, "p", "quiet nothing", data.waiting);
    this.plot.setAttribute("aria-label", data.waiting);
  }

  linesOf(data, look) {
    const found = [];
    for (const run of data.runs) {
      if (look.hidden.has(run.key)) continue;
      for (const split of ["training", "validation"]) {
        const raw = run.values[split === "training" ? this.name : `val_${this.name}`];
        if (!raw || !look[split] || !raw.some((v) => v !== null)) continue;
        const colour = data.several ? run.colour : split;
        found.push({ run, split, raw, colour, shown: smoothed(raw, look.smoothing) });
      }
    }
    return found;
  }

  x(epoch) { return LEFT + ((this.width - LEFT - RIGHT) * (epoch - 1)) / (this.last - 1); }

  y(value) {
    const { low, high } = this.scale;
    return HIGH - BOTTOM - ((HIGH - TOP - BOTTOM) * (Math.max(value, low) - low)) / (high - low || 1);
  }

  axes() {
    const { low, high } = this.scale, end = this.width - RIGHT;
    for (const value of ticks(low, high, 5)) {
      addShape(this.svg, "line", { class: "grid", x1: LEFT, x2: end, y1: this.y(value), y2: this.y(value) });
      const label = addShape(this.svg, "text", { x: LEFT - 8, y: this.y(value) + 4, "text-anchor": "end" });
      label.textContent = this.isShare ? `${Number((100 * value).toPrecision(4))} %` : asNumber(value);
    }
    const step = Math.max(1, Math.ceil(niceStep(this.last, Math.min(12, this.width / 30))));
    for (let epoch = step; epoch <= this.last; epoch += step) if (epoch > 1 + step / 2) this.epochLabel(epoch, epoch);
    this.epochLabel(1, 1);
    const label = addShape(this.svg, "text", { x: LEFT - 8, y: HIGH - BOTTOM + 18, "text-anchor": "end" });
    label.textContent = "epoch";
  }

  epochLabel(epoch, text) {
    const label = addShape(this.svg, "text", { x: this.x(epoch), y: HIGH - BOTTOM + 18, "text-anchor": "middle" });
    label.textContent = text;
  }

  // Training as points, validation as a line, as the book draws them; smoothed, the values themselves step back.
  line({ run, split, raw, colour, shown }, look) {
    const faint = look.smoothing > 0 ? " faint" : "";
    const kind = `${split} colour-${colour}`;
    const path = (values) => {
      let pen = "M";
      return run.epochs.map((epoch, i) => {
        if (values[i] === null) { pen = "M"; return ""; }
        const word = `${pen}${this.x(epoch).toFixed(1)} ${this.y(values[i]).toFixed(1)}`;
        pen = "L";
        return word;
      }).join("");
    };
    addShape(this.area, "path", { class: `${kind} raw${faint}`, d: path(raw) });
    if (split === "training" || run.epochs.length === 1) {
      const r = run.epochs.length > MANY ? 1.3 : 2.4;
      raw.forEach((value, i) => {
        if (value !== null) addShape(this.area, "circle", { class: `${kind} dot${faint}`, cx: this.x(run.epochs[i]), cy: this.y(value), r });
      });
    }
    if (look.smoothing > 0) addShape(this.area, "path", { class: `${kind} smooth`, d: path(shown) });
  }

  marks(run, look) {
    if (look.hidden.has(run.key)) return;
    if (run.tuned_from) {
      const x = this.x(run.tuned_from - 0.5), place = x > this.width - 110 ? "end" : "start";
      addShape(this.svg, "line", { class: `tuned${this.data.several ? ` colour-${run.colour}` : ""}`, x1: x, x2: x, y1: TOP - 8, y2: HIGH - BOTTOM });
      const label = addShape(this.svg, "text", { class: "tuned", x: x + (place === "end" ? -5 : 5), y: TOP - 6, "text-anchor": place });
      label.textContent = "fine-tuning";
    }
    const split = run.values[`val_${this.name}`]?.some((v) => v !== null) ? "validation" : "training";
    const value = run.values[split === "training" ? this.name : `val_${this.name}`]?.[run.epochs.indexOf(run.best)];
    if (value === undefined || value === null || !look[split]) return;
    const ring = addShape(this.area, "circle", { class: `best colour-${this.data.several ? run.colour : split}`, cx: this.x(run.best), cy: this.y(value), r: 5.5 });
    addShape(ring, "title", {}).textContent = `Best epoch: ${run.best}`;
  }

  words() {
    const { runs, several } = this.data;
    const each = this.lines.map(({ run, split, raw }) => {
      const known = raw.filter((v) => v !== null);
      return `${several ? `${run.title}, ` : ""}${split} from ${this.say(known[0])} to ${this.say(known.at(-1))}`;
    });
    const best = several || !runs[0]?.best ? "" : ` Best epoch ${runs[0].best}.`;
    return `${this.data.titles[this.name]} by epoch: ${each.join("; ")}.${best}`;
  }

  epochUnder(event) {
    const box = this.plot.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / (this.width - LEFT - RIGHT);
    const last = Math.max(1, ...this.data.runs.map((run) => run.epochs.at(-1) ?? 1));
    return Math.max(1, Math.min(last, Math.round(1 + share * ((this.last ?? 2) - 1))));
  }

  pressed(event) {
    const last = Math.max(1, ...this.data.runs.map((run) => run.epochs.at(-1) ?? 1)), at = this.owner.epoch ?? 0;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 1, End: last, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.owner.point(Math.max(1, Math.min(last, to)), this);
  }

  point(epoch, pointed) {
    if (!this.svg) return;
    this.svg.querySelectorAll(".at").forEach((one) => one.remove());
    this.here.style.opacity = epoch === null ? 0 : 0.5;
    this.tip.hidden = epoch === null || !pointed;
    if (epoch === null) return;
    this.here.setAttribute("x1", this.x(epoch));
    this.here.setAttribute("x2", this.x(epoch));
    const rows = this.rowsAt(epoch);
    for (const { line, value } of rows) {
      addShape(this.area, "circle", { class: `at colour-${line.colour}`, cx: this.x(epoch), cy: this.y(value), r: 3.6 });
    }
    if (pointed) this.tell(epoch, rows);
  }

  rowsAt(epoch) {
    return this.lines.flatMap((line) => {
      const i = line.run.epochs.indexOf(epoch), value = line.raw[i];
      return i < 0 || value === null ? [] : [{ line, value, smooth: line.shown[i] }];
    });
  }

  tell(epoch, rows) {
    const several = this.data.several, smoothing = this.owner.look.smoothing > 0;
    this.tip.replaceChildren();
    add(this.tip, "b", "", `Epoch ${epoch}`);
    const table = add(this.tip, "table");
    if (smoothing) {
      const head = add(table, "tr");
      for (const name of ["", "", "as it was", "smoothed"]) add(head, "th", "quiet number", name);
    }
    for (const { line, value, smooth } of rows) {
      const row = add(table, "tr");
      add(add(row, "td"), "i", `key ${line.split} colour-${line.colour}`);
      add(row, "td", "", several ? `${line.run.title}, ${line.split}` : line.split);
      add(row, "td", "number", this.say(value));
      if (smoothing) add(row, "td", "number quiet", this.say(smooth));
    }
    const x = this.x(epoch), right = x > this.width / 2;
    this.tip.style.left = right ? "auto" : `${x + 12}px`;
    this.tip.style.right = right ? `${this.width - x + 12}px` : "auto";
    this.owner.speak(`Epoch ${epoch}: ${rows.map(({ line, value }) => `${several ? `${line.run.title} ` : ""}${line.split} ${this.say(value)}`).join(", ")}`);
  }
}

class TrainingCurves {
  constructor(root) {
    this.root = root;
    this.look = { smoothing: 0, training: true, validation: true, hidden: new Set() };
    this.epoch = null;
    this.tools = add(root, "div", "bar");
    this.charts = add(root, "div", "charts");
    this.spoken = add(root, "output", "visually-hidden");
    this.panels = ["loss", "accuracy"].map((name) => new CurveChart(this.charts, name, this));
    new ResizeObserver(() => this.draw()).observe(this.charts);
  }

  update(data, send) {
    this.send = send;
    const words = JSON.stringify(data);
    if (words === this.words) return;
    this.words = words;
    this.data = data;
    this.build();
    this.follow(data.smoothing);
    this.draw();
  }

  // The tools are made once and only the legend anew, so that the slider stays in the hand while epochs come in.
  build() {
    if (!this.slider) this.buildSlider();
    const runs = JSON.stringify(this.data.runs.map((run) => [run.key, run.title, run.colour]));
    if (runs === this.legendOf) return;
    this.legendOf = runs;
    this.legend?.remove();
    this.legend = add(this.tools, "div", "legend");
    for (const split of ["training", "validation"]) {
      this.key(split, this.data.several ? "plain" : split, split, () => { this.look[split] = !this.look[split]; return this.look[split]; });
    }
    if (this.data.several) for (const run of this.data.runs) {
      const { hidden } = this.look;
      this.key(run.title, run.colour, "validation", () => { if (!hidden.delete(run.key)) hidden.add(run.key); return !hidden.has(run.key); }, !hidden.has(run.key));
    }
    const best = add(this.legend, "span", "quiet still");
    add(best, "i", "ring");
    best.append("best epoch");
  }

  // What the address says, unless the hand has moved on since.
  follow(smoothing) {
    if (smoothing === this.told || this.timer) return;
    this.told = this.look.smoothing = smoothing;
    this.slider.value = smoothing;
    this.tellSmoothing();
  }

  key(text, colour, split, toggle, on = true) {
    const button = addButton(this.legend, "", "", () => { button.setAttribute("aria-pressed", String(toggle())); this.draw(); });
    add(button, "i", `key ${split} colour-${colour}`);
    button.append(text);
    button.setAttribute("aria-pressed", String(on));
  }

  buildSlider() {
    const label = add(this.tools, "label", "smoothing");
    label.append("Smoothing");
    const frame = add(label, "span", "slider");
    this.slider = add(frame, "input");
    Object.assign(this.slider, { type: "range", min: 0, max: 0.95, step: 0.05, value: this.look.smoothing });
    const mark = add(frame, "span", "mark quiet", "book");
    mark.style.setProperty("--at", this.data.mark / 0.95);
    mark.title = `${this.data.mark}, as the book smooths its curves`;
    this.shown = add(label, "output");
    this.slider.addEventListener("input", () => this.smooth(Number(this.slider.value)));
    this.tellSmoothing();
  }

  tellSmoothing() { this.shown.textContent = this.look.smoothing ? this.look.smoothing.toFixed(2) : "off"; }

  smooth(factor) {
    this.look.smoothing = factor;
    this.tellSmoothing();
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.told = factor;
      this.send("smooth", factor ? factor.toFixed(2) : "0");
    }, SETTLE_MS);
  }

  draw() {
    if (!this.data) return;
    const wide = this.charts.clientWidth;
    if (!wide) return;
    const width = wide > 720 ? (wide - 24) / 2 : wide;
    for (const panel of this.panels) panel.draw(this.data, this.look, Math.floor(width));
    this.root.dataset.drawn = String(Math.max(0, ...this.data.runs.map((run) => run.epochs.length)));
    if (this.epoch !== null) this.point(this.epoch, this.pointed);
  }

  point(epoch, pointed) {
    this.epoch = epoch;
    this.pointed = pointed;
    for (const panel of this.panels) panel.point(epoch, panel === pointed);
  }

  speak(words) { this.spoken.textContent = words; }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".training-curves");
  root.curves ??= new TrainingCurves(root);
  root.curves.update(data, setStateValue);
}
