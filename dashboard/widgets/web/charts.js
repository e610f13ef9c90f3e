// Figures of Plotly: hover, zoom and export, keys that walk along the values, a slider, a table of the same numbers.

import { Choice } from "#web/choice.js";
import { add, button, make, mount, set } from "#web/dom.js";
import { stepTo } from "#web/keys.js";
import { afterTheRest } from "#web/order.js";
import { lies, say, smooth, stopsOf } from "#web/points.js";

const SETTLE_MS = 350, PAGE = 10, AXES = ["xaxis", "yaxis"];

// One library for all elements of the page, fetched when the first figure comes into sight.
function plotly(url) {
  window.convscopePlotly ??= new Promise((resolve, reject) => {
    const script = add(document.head, "script", { src: new URL(url, document.baseURI), onload: () => resolve(window.Plotly) });
    set(script, { onerror: () => {
      script.remove();
      window.convscopePlotly = undefined;
      reject(new Error(url));
    } });
  });
  return window.convscopePlotly;
}

class Chart {
  constructor(parent, owner) {
    this.owner = owner;
    this.scale = {};
    this.plot = make("div.plot", { tabindex: 0, role: "group", onkeydown: (event) => this.pressed(event) });
    this.table = make("table");
    this.fold = make("details", { ontoggle: () => this.fill() }, make("summary", "Numbers"),
      make("div.scroll", { tabindex: 0, role: "region" }, this.table));
    this.frame = make("figure", this.plot, this.fold);
    parent.append(this.frame);
  }

  remove() {
    window.Plotly?.purge(this.plot);
    this.frame.remove();
  }

  async draw(library, figure, { view, choosable }) {
    this.figure = figure;
    const { xaxis, yaxis } = figure.layout;
    [this.along, this.up] = figure.data.some(lies) ? [yaxis, xaxis] : [xaxis, yaxis];
    this.at = -1;
    this.upwards = this.up === xaxis ? "xaxis" : "yaxis";
    const title = this.title = figure.layout.title.text.replace(/<[^>]*>/g, " ");
    set(this.plot, { "aria-label": `${title}. Arrow keys go along the values${choosable ? ", Enter chooses" : ""}.` });
    set(this.table.parentElement, { "aria-label": `Numbers: ${title}` });
    this.plot.style.minHeight = `${figure.layout.height}px`;
    figure.layout.uirevision = view;
    // One for all times: with another one, Plotly would begin from nothing and lose the zoom.
    const first = !this.config, zoomed = this.view === view ? this.zoomed() : {};
    this.config ??= { displaylogo: false, doubleClick: false, modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d",
      { name: "reset", title: "Reset axes", icon: library.Icons.home, click: () => this.reset() }],
      figure.data.some((trace) => trace.z) ? [] : this.scales(),
      ["png", "svg"].map((format) => this.saving(library, format))] };
    this.view = view;
    this.whole = Object.fromEntries(AXES.map((axis) => [axis, figure.layout[axis].range?.slice()]));
    Object.assign(this.up, this.scale);
    if (this.scale.autorange) delete this.up.range;
    await library.react(this.plot, figure.data, figure.layout, this.config);
    if (Object.keys(zoomed).length) await library.relayout(this.plot, zoomed);
    if (first) this.listen();
    this.fill();
  }

  listen() {
    this.plot.on("plotly_click", ({ points }) => this.choose(points[0].customdata));
    this.plot.on("plotly_doubleclick", () => this.reset());
  }

  // Where a hand has moved the axes to, since their last ends came from the server.
  zoomed() {
    const found = {};
    for (const axis of AXES) {
      const { range, autorange } = this.plot.layout?.[axis] ?? {}, whole = this.whole?.[axis];
      if (range && autorange !== true && (whole ? String(range) !== String(whole) : autorange === false)) found[`${axis}.range`] = range;
    }
    return found;
  }

  // How the axis of values is drawn otherwise: logarithmic, or as far as the highest value where some are cut off.
  scales() {
    const log = "M3 21V3h2v16h16v2zM7 17c1-8 4-12 12-12v2c-7 0-9 3-10 10z", full = "M11 21V7l-4 4-1.4-1.4L12 3l6.4 6.6L17 11l-4-4v14z";
    const entry = (name, title, path, act) => ({ name, title, icon: { width: 24, height: 24, path }, click: act });
    return [
      entry("log", "Logarithmic axis, or back", log, () => this.rescale(this.scale.type === "log" ? "linear" : "log")),
      entry("full", "Full range: all values", full, () => this.rescale(this.scale.type ?? "linear")),
    ];
  }

  rescale(type) {
    this.scale = { type, autorange: true };
    const changes = Object.entries(this.scale).map(([name, value]) => [`${this.upwards}.${name}`, value]);
    window.Plotly.relayout(this.plot, Object.fromEntries(changes));
  }

  reset() {
    if (this.scale.type === "log") window.Plotly.relayout(this.plot, { [`${this.upwards}.type`]: "linear" });
    this.scale = {};
    const ends = AXES.map((axis) => (this.whole[axis] ? [`${axis}.range`, this.whole[axis]] : [`${axis}.autorange`, true]));
    window.Plotly.relayout(this.plot, Object.fromEntries(ends));
  }

  saving(library, format) {
    const act = () => library.downloadImage(this.plot, { format, scale: 2, filename: this.title.trim().replace(/\W+/g, "_").toLowerCase(),
      width: this.plot.clientWidth, height: this.plot.clientHeight });
    const icon = { width: 24, height: 24, path: format === "png" ? "M5 20h14v-2H5zM19 9h-4V3H9v6H5l7 7z" : "M3 3h18v18H3zM5 5v14h14V5zM7 16l4-6 3 4 2-2 2 4z" };
    return { name: format, title: `Download as ${format.toUpperCase()}`, icon, click: act };
  }

  choose(id) { this.owner.choose(id, this.figure.layout.meta ?? {}); }

  pressed(event) {
    const stops = stopsOf(this.figure), to = stepTo(event, this.at, stops.length - 1, 1, PAGE);
    if (event.target !== this.plot || to === null || !stops.length) return;
    event.preventDefault();
    if (event.key === "Enter" && this.at >= 0) this.choose(stops[this.at].points[0].id);
    this.at = to;
    const stop = stops[to];
    const points = stop.points.map(({ curveNumber, pointNumber }) => ({ curveNumber, pointNumber }));
    window.Plotly.Fx.hover(this.plot, typeof stop.x === "number" && stop.y === null ? { xval: stop.x } : points);
    this.owner.speak([...this.names(stop), ...stop.points.map(({ trace, value }) => `${trace.name} ${this.say(value)}`)].join(", "));
  }

  names({ x, y }) {
    const place = `${this.along.title.text} ${say(x, this.along.tickformat)}`;
    return y === null ? [place] : [`${this.up.title.text} ${y}`, place];
  }

  say(value) { return say(value, this.up.tickformat); }

  // Made when it is opened: a row a place of the axis, a column a trace; a row a row of a matrix.
  fill() {
    if (!this.fold.open) return;
    const stops = stopsOf(this.figure), matrix = stops.some(({ y }) => y !== null), side = matrix ? this.up : this.along;
    const columns = [...new Set(matrix ? stops.map(({ x }) => x) : stops.flatMap(({ points }) => points.map(({ trace }) => trace.name)))];
    const rows = Map.groupBy(stops, ({ x, y }) => (matrix ? y : x));
    const pointAt = (found, column) => (matrix ? found.find(({ x }) => x === column)?.points
      : found[0].points.filter(({ trace }) => trace.name === column))?.[0];
    const titles = [side.title.text, ...columns].map((text) => make("th", { scope: "col" }, text));
    this.table.replaceChildren(make("thead", make("tr", titles)), make("tbody", [...rows].map(([name, found]) => (
      make("tr", make("th", { scope: "row" }, say(name, side.tickformat)),
        columns.map((column) => make("td", this.cell(pointAt(found, column), `${name}, ${column}`))))))));
  }

  cell(point, label) {
    if (!point) return "";
    const text = this.say(point.value), [id, words] = [point.id].flat();
    if (!this.owner.data.choosable || id === undefined) return text;
    return button(text, () => this.choose(point.id), {
      "aria-label": words ?? `${label}: ${text}`, "aria-pressed": id === this.figure.layout.meta?.selected,
    });
  }
}

class Charts {
  constructor(root) {
    this.root = root;
    this.tools = add(root, "div", "bar");
    this.frames = add(root, "div", "charts-row");
    this.waiting = add(root, "p", "quiet nothing");
    this.spoken = add(root, "output", "visually-hidden");
    this.drawn = [];
    this.chosen = new Choice(this, (id) => this.ask("chosen", id));
    this.factor = new Choice(this, (factor) => this.ask("smooth", factor.toFixed(2)), SETTLE_MS);
    new ResizeObserver(() => this.resize()).observe(this.frames);
    this.followTheme();
    this.near = new Promise((resolve) => {
      const watch = new IntersectionObserver((seen) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        watch.disconnect();
        resolve(afterTheRest());
      }, { rootMargin: "300px" });
      watch.observe(root);
    });
  }

  // Another theme is another class of what Streamlit puts around this element; nothing else tells of it.
  followTheme() {
    const paper = () => getComputedStyle(this.root).getPropertyValue("--st-background-color");
    let known = paper();
    const watch = new MutationObserver(() => {
      if (known === paper()) return;
      known = paper();
      if (this.data) this.draw();
    });
    for (let one = this.root.parentElement; one && one !== document.body; one = one.parentElement) {
      watch.observe(one, { attributes: true, attributeFilter: ["class", "style"] });
    }
  }

  update(data) {
    this.data = data;
    this.chosen.hear(data.figures[0]?.layout.meta?.selected);
    this.waiting.textContent = data.figures.length ? "" : data.waiting;
    if (data.smoothing) this.buildSlider(data.smoothing);
    this.draw();
  }

  async draw() {
    const { data } = this;
    while (this.drawn.length > data.figures.length) this.drawn.pop().remove();
    while (this.drawn.length < data.figures.length) this.drawn.push(new Chart(this.frames, this));
    this.drawn.forEach((chart, i) => {
      chart.fold.hidden = !data.table;
      chart.plot.style.minHeight = `${data.figures[i].layout.height}px`;
    });
    if (!data.figures.length) return this.tell(0);
    await this.near;
    let library;
    try {
      library = await plotly(data.library);
    } catch {
      this.waiting.textContent = "The charts could not be fetched. Reload the page.";
      return;
    }
    if (data !== this.data) return;
    const figures = data.figures.map((figure) => this.smooth(this.themed(figure)));
    await Promise.all(figures.map((figure, i) => this.drawn[i].draw(library, figure, data)));
    this.tell(Math.max(...figures.flatMap(({ data: traces }) => traces.map(({ x }) => x.length))));
  }

  // Says to who waits how many values are drawn.
  tell(count) {
    this.root.dataset.drawn = String(count);
    if (count) performance.mark("charts-drawn");
  }

  // The figure in the colours and the font of this page.
  themed(figure) {
    const style = getComputedStyle(this.root), value = (name) => style.getPropertyValue(name).trim();
    const text = Object.entries(this.data.theme).reduce((t, [colour, name]) => t.replaceAll(colour, value(name) || colour), JSON.stringify(figure));
    const made = JSON.parse(text);
    made.layout.font = { family: value("--st-font") || "sans-serif" };
    return made;
  }

  smooth(figure) {
    const factor = this.factor.value;
    if (factor === undefined) return figure;
    for (const trace of figure.data) {
      if (trace.meta?.smooth_of === undefined) continue;
      const raw = figure.data[trace.meta.smooth_of];
      raw.opacity = factor ? 0.3 : 1;
      trace.y = factor ? smooth(raw.y, factor) : raw.y.map(() => null);
    }
    return figure;
  }

  // Made once, so that it stays in the hand while epochs come in; it follows the address unless it has moved on since.
  buildSlider([factor, mark]) {
    if (!this.slider) {
      const list = `smoothing-${Math.random()}`;
      this.slider = make("input", {
        type: "range", min: 0, max: 0.95, step: 0.05, list, title: `${mark} as in Chollet's book`,
        oninput: () => this.slid(Number(this.slider.value)),
      });
      this.shown = make("output");
      const marks = make("datalist", { id: list }, make("option", { value: mark }));
      this.tools.append(make("label.smoothing", "Smoothing", this.slider, marks, this.shown));
    }
    this.tellFactor(this.factor.hear(factor));
  }

  tellFactor(factor) {
    this.slider.value = factor;
    this.shown.textContent = factor ? factor.toFixed(2) : "off";
  }

  slid(factor) {
    this.factor.make(factor);
    this.tellFactor(factor);
    this.draw();
  }

  // What is chosen already is let go where the figure says so.
  choose(point, { selected, toggles }) {
    if (!this.data.choosable || point === undefined || point === null) return;
    const [id] = [point].flat();
    this.chosen.make(toggles && id === selected ? "" : id);
  }

  resize() { for (const { plot } of this.drawn) if (plot.layout && plot.clientWidth) window.Plotly.Plots.resize(plot); }

  speak(words) { this.spoken.textContent = words; }
}

export default mount(Charts);
