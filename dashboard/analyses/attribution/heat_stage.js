// Heat maps of one picture side by side, a column a class and a row a method; at the right what one of them says.

import { Choice } from "#web/choice.js";
import { add, addButton, addFacts, eachFrame, make, memo, mount, set } from "#web/dom.js";
import { enlarge, HeatTools, layHeat, reachOf } from "#web/heat_maps.js";
import { arrow } from "#web/keys.js";
import { fewDigits } from "#web/numbers.js";
import { drawPicture, frameOn, pointed } from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const LONGEST = 520;

class HeatStage {
  constructor(root) {
    this.root = root;
    this.soon = eachFrame(() => this.paint());
    this.tools = new HeatTools(this, root, this.soon);
    this.middle = make("section.why");
    this.side = make("section.where");
    add(root, "div", "columns").append(this.middle, this.side);
    this.spot = null;
    this.at = new Choice(this, "at");
    this.changed = memo();
    this.panels = new Map();
  }

  update(data) {
    this.data = data;
    this.tools.update(data.colouring);
    if (this.changed("data", { ...data, colouring: 0 })) this.build(data);
    this.root.classList.toggle("waiting", Boolean(data.waiting));
    set(this.root, { "aria-busy": String(Boolean(data.waiting)) });
    this.choose(this.at.hear(data.colouring.at));
    this.paint();
    this.load(data);
  }

  build(data) {
    const focused = this.root.getRootNode().activeElement?.dataset?.at;
    this.panels = new Map();
    this.middle.replaceChildren();
    if (data.waiting) add(this.middle, "p", "quiet", data.waiting);
    add(this.middle, "h3", "", data.questions[0]);
    for (const row of data.rows) this.row(row, data);
    if (focused) this.panels.get(focused)?.canvas.focus();
    this.side.replaceChildren();
    add(this.side, "h3", "", data.questions[1]);
    this.crop = add(add(this.side, "div", "frame"), "canvas");
    this.where = add(this.side, "p", "where-words");
    this.about = add(this.side, "div");
  }

  row(row, data) {
    row.legend = make("div.legend.quiet");
    const line = make("div.maps", { style: `--count: ${Math.max(1, row.maps.length)}` },
      row.maps.length === 0 && make("p.quiet", "These maps are on their way."));
    row.maps.forEach((map, i) => this.panels.set(map.at, this.panel(line, row, map, i, data)));
    const single = row.maps.length === 1 && "single";
    this.middle.append(make("div", { class: `row-head ${single || ""}` }, make("h4", row.title), row.legend),
      row.warning ? make("p.warning", `△ ${row.warning}`) : "", line);
  }

  panel(line, row, map, i, { picture }) {
    const canvas = make("canvas", {
      tabindex: 0, width: 1, height: 1, role: "img", "data-at": map.at,
      style: `aspect-ratio: ${picture.width} / ${picture.height}`,
      onpointermove: (event) => this.pointed(event, canvas), onclick: () => this.pick(map.at),
      onfocus: () => { if (canvas.matches(":focus-visible")) this.pick(map.at); },
      onkeydown: (event) => this.pressed(event),
    });
    const band = make("div.band"), value = make("output.quiet");
    const figure = make("figure", make("figcaption", make("b", map.name), make("span.quiet", map.share)),
      make("div.frame", canvas, band), make("p.numbers", make("span", `largest ${map.maximum}`), value));
    line.append(figure);
    if (!map.positive) this.offerSigned(band, row, map);
    return { row, map, i, figure, canvas, band, value, reaches: {} };
  }

  offerSigned(band, row, map) {
    add(band, "span", "", `${map.nothing}. `);
    if (row.urls.signed && !row.signed) {
      addButton(band, "", "Show what speaks against it", () => this.tools.set("values", "signed"));
    }
  }

  signed(row) {
    return row.signed || (this.tools.colouring.values === "signed" && Boolean(row.urls?.signed));
  }

  array(row) {
    return this.signed(row) && row.urls.signed ? "signed" : "maps";
  }

  async load(data) {
    try {
      this.picture = await fetchPicture(data.picture.url, this.picture);
      const asked = data.rows.filter((row) => row.maps.length).flatMap((row) => Object.values(row.urls));
      await Promise.all(asked.map((url) => fetchValues(url).then((values) => this.arrived(data, url, values))));
    } catch {
      if (data === this.data) this.where.textContent = "The map could not be fetched. Reload the page.";
    }
    if (data === this.data) this.paint();
  }

  // Cut into maps and enlarged once; every change of opacity or colour works on these.
  arrived(data, url, values) {
    for (const panel of this.panels.values()) {
      for (const [name, address] of Object.entries(panel.row.urls)) {
        if (address !== url || panel[name]) continue;
        const { height, width } = panel.row, size = height * width;
        const mine = values.subarray(panel.i * size, (panel.i + 1) * size);
        panel[name] = enlarge(mine, panel.row, data.picture);
        panel.reaches[name] = [false, true].map((signed) => reachOf(mine, signed, panel.row.reach_share));
      }
    }
  }

  largest(panel) {
    return Math.max(...panel.map.limits[this.array(panel.row)].map(Math.abs));
  }

  // The value that gets the last colour: this map's own, or the largest of its method's maps.
  reach(panel) {
    const one = (other) => {
      const [name, signed] = [this.array(other.row), this.signed(other.row)];
      return (other.reaches[name]?.[Number(signed)] ?? 0) * this.largest(other);
    };
    if (this.tools.colouring.scale === "own") return one(panel);
    return Math.max(...[...this.panels.values()].filter((p) => p.row === panel.row).map(one));
  }

  paint() {
    const rows = new Set([...this.panels.values()].map((panel) => panel.row));
    const signs = [...rows].map((row) => this.signed(row));
    this.tools.offer({
      signed: signs.length > 0 && signs.every(Boolean),
      chosen: [...rows].some((row) => row.urls.signed && !row.signed),
    });
    for (const row of rows) this.legend(row);
    if (!this.picture) return;
    for (const panel of this.panels.values()) this.paintPanel(panel);
    this.paintCrop();
    this.tell();
    this.root.dataset.painted = JSON.stringify([this.data.picture.url, this.tools.colouring.opacity, this.tools.colouring.colour]);
  }

  legend(row) {
    const panel = [...this.panels.values()].find((p) => p.row === row), signed = this.signed(row);
    const own = this.tools.colouring.scale === "own", reach = fewDigits(this.reach(panel));
    const few = row.reach_share < 1 ? "beyond " : "";
    row.legend.title = few ? `Of single pixels 1 in ${Math.round(1 / (1 - row.reach_share))} shares the last colour` : "";
    const bar = make("i", { style: `background: ${this.tools.gradient(signed)}` });
    row.legend.replaceChildren(make("span", signed ? (own ? "−its max" : `−${reach}`) : "0"), bar,
      make("span", own ? "its max" : few + reach));
  }

  paintPanel(panel) {
    const { picture } = this.data, { canvas, row, map } = panel, signed = this.signed(row);
    const zoom = drawPicture(canvas, this.picture, picture, LONGEST, row.reach_share < 1);
    const context = canvas.getContext("2d"), values = panel[this.array(row)], reach = this.reach(panel);
    if (values && reach > 0) layHeat(canvas, values, picture, this.largest(panel) / reach, signed, this.tools.colouring);
    if (this.tools.colouring.box && map.box) frameOn(context, map.box, zoom, 2);
    panel.band.hidden = map.positive || signed;
    if (this.spot) this.cross(context, zoom);
    set(canvas, { "aria-label": this.wordsOf(panel) });
  }

  wordsOf({ row, map }) {
    const found = map.positive ? `Largest value ${map.maximum}. ${map.where}` : `${map.nothing}.`;
    return `${row.title} for ${map.name} (${map.share}) over the picture. ${found} Arrow keys move the pointer.`;
  }

  cross(context, zoom) {
    const [y, x] = this.spot.map((at) => (at + 0.5) * zoom);
    for (const [colour, width] of [["rgb(12 14 17 / 80%)", 4], ["#ffffff", 1.6]]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: width });
      context.beginPath();
      for (const [dx, dy] of [[-9, 0], [4, 0], [0, -9], [0, 4]]) {
        context.moveTo(x + dx, y + dy);
        context.lineTo(x + dx + (dx && 5), y + dy + (dy && 5));
      }
      context.stroke();
    }
  }

  // The picture within the box: what the network calls by this name.
  paintCrop() {
    const panel = this.panels.get(this.chosen), box = panel?.map.box, frame = this.crop.parentElement;
    frame.hidden = !box;
    if (!box) return;
    const ratio = this.picture.naturalWidth / this.data.picture.width, zoom = LONGEST / Math.max(box.width, box.height);
    set(this.crop, {
      width: Math.round(box.width * zoom), height: Math.round(box.height * zoom), role: "img",
      style: `max-height: 15rem; width: ${box.width >= box.height ? "100%" : "auto"}`,
      "aria-label": `The picture within the box for ${panel.map.name}`,
    });
    const context = this.crop.getContext("2d");
    context.drawImage(this.picture, box.left * ratio, box.top * ratio, box.width * ratio, box.height * ratio, 0, 0,
      this.crop.width, this.crop.height);
  }

  choose(at) {
    this.chosen = this.panels.has(at) ? at : [...this.panels.keys()][0] ?? null;
    for (const [name, { figure }] of this.panels) figure.classList.toggle("chosen", name === this.chosen);
    const map = this.panels.get(this.chosen)?.map;
    this.where.textContent = map?.where ?? "";
    this.about.replaceChildren();
    if (!map) return;
    add(this.about, "h4", "", `${this.panels.get(this.chosen).row.title} for ${map.name}`);
    add(this.about, "p", "quiet", map.shows);
    if (map.saturation) add(this.about, "p", "warning", `△ ${map.saturation}`);
    addFacts(this.about, map.facts);
  }

  pick(at) {
    if (at === this.chosen) return;
    this.choose(at);
    this.paint();
    this.at.make(at);
  }

  pointed(event, canvas) {
    this.move(pointed(event, canvas, this.data.picture));
  }

  pressed(event) {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const { height, width } = this.data.picture, far = event.shiftKey ? 1 : Math.max(1, Math.round(width / 56));
    this.move((this.spot ?? [height / 2, width / 2]).map((at, i) => at + far * step[i]));
  }

  move(place) {
    const { height, width } = this.data.picture;
    this.spot = place.map((at, i) => Math.max(0, Math.min([height, width][i] - 1, Math.floor(at))));
    this.soon();
  }

  // The same place in all maps, so that classes can be compared there.
  tell() {
    if (!this.spot) return;
    const [y, x] = this.spot;
    for (const panel of this.panels.values()) {
      const values = panel[this.array(panel.row)];
      if (!values) continue;
      const value = values[y * this.data.picture.width + x] * this.largest(panel);
      panel.value.textContent = `at ${x}, ${y}: ${fewDigits(value)}`;
    }
  }
}

export default mount(HeatStage);
