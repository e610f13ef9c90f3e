// One feature map large with the value under the pointer, the same laid over the picture with the receptive field of
// that unit, and what the network says of the picture.

import { add, addFacts, addSlider, make, mount } from "#web/dom.js";
import { predictions } from "#web/predictions.js";
import * as units from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const LONGEST = 440, OPACITY = 70;

class MapPanel {
  constructor(root) {
    this.root = root;
    this.title = add(root, "h3");
    this.map = add(add(root, "div", "frame map"), "canvas");
    this.readout = add(root, "output", "readout", { "aria-live": "polite" });
    this.view = add(add(root, "div", "frame view"), "canvas");
    this.opacity = addSlider(root, "mix", "Map over picture", () => this.paint());
    this.opacity.value = OPACITY;
    this.rest = add(root, "div");
    for (const canvas of [this.map, this.view]) {
      canvas.setAttribute("role", "img");
      canvas.addEventListener("pointermove", (event) => this.pointed(event, canvas));
    }
    this.map.tabIndex = 0;
    this.map.addEventListener("keydown", (event) => this.pressed(event));
  }

  update(data) {
    this.data = data;
    this.title.textContent = data.title;
    this.root.classList.toggle("alone", !data.map);
    this.facts(data);
    this.load(data);
  }

  async load(data) {
    try {
      const [picture, values] = await Promise.all([
        fetchPicture(data.picture.url, this.picture), data.map && fetchValues(data.map.url),
      ]);
      if (data !== this.data) return;
      Object.assign(this, { picture, values });
      if (values) this.drawMap(data);
      this.paint();
    } catch {
      this.readout.textContent = "The map could not be fetched. Reload the page.";
    }
  }

  drawMap({ map, palette, picture }) {
    const [mean, deviation] = map.zscore ?? [0, 1], scored = this.values.map((value) => (value - mean) / (deviation || 1));
    [this.whole, this.veil] = [false, true].map((clear) => units.drawnUnits(map, units.colours(scored, map, palette, clear)));
    // The unit keeps its place in the picture when one walks to another layer.
    this.unit = units.unitAt(this.spot ?? [picture.height / 2, picture.width / 2], map);
  }

  paint() {
    if (!this.picture) return;
    const { map, picture } = this.data, zoom = units.drawPicture(this.view, this.picture, picture, LONGEST);
    this.view.setAttribute("aria-label", picture.alt);
    this.readout.textContent = "";
    if (!this.values) return;
    const context = this.view.getContext("2d");
    units.layOver(this.view, this.veil, map, zoom, this.opacity.value / 100);
    if (map.field !== null) units.frameOn(context, units.boxOf(this.unit, map, map.field), zoom, 2);
    this.paintMap(map);
    const [row, column] = this.unit, value = units.valueAt(this.values, this.unit, map);
    this.readout.textContent = `row ${row}, column ${column}: ${value}`;
    this.map.setAttribute("aria-label", `${this.data.title}: ${map.height} by ${map.width} units. Arrow keys move over ` +
      `them. Row ${row}, column ${column}: ${value}`);
  }

  paintMap({ height, width }) {
    const scale = Math.max(1, Math.floor(LONGEST / Math.max(height, width))), [top, left] = this.unit;
    Object.assign(this.map, { width: width * scale, height: height * scale });
    const context = this.map.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.whole, 0, 0, this.map.width, this.map.height);
    units.frameOn(context, { top, left, height: 1, width: 1 }, scale, Math.max(1.5, this.map.width / 220));
  }

  pointed(event, canvas) {
    if (!this.values) return;
    const { map, picture } = this.data;
    if (canvas === this.map) this.move(units.pointed(event, canvas, map).map(Math.floor));
    else this.move(units.unitAt(units.pointed(event, canvas, picture).map((at) => at - 0.5), map));
  }

  pressed(event) {
    const unit = this.values && units.stepFrom(event, this.unit, this.data.map);
    if (!unit) return;
    event.preventDefault();
    this.move(unit);
  }

  move(unit) {
    this.spot = units.placeOf(unit, this.data.map);
    this.unit = units.unitAt(this.spot, this.data.map);
    this.paint();
  }

  facts({ note, facts, channel, atlas, switch: off, groups, mask }) {
    const why = (row) => row.why
      && make("a.why", { href: row.why, "aria-label": `Why ${row.name}? Its heat map` }, "Why?");
    this.rest.replaceChildren();
    if (note) add(this.rest, "p", "quiet", note);
    if (facts.length) addFacts(this.rest, facts);
    if (channel) add(this.rest, "a", "button", "Open this channel", { href: channel });
    if (atlas) add(this.rest, "a", "button", atlas.label, { href: atlas.url });
    if (off) add(this.rest, "a", "button", "Switch it off", { href: off });
    if (mask) this.rest.append(make("h4", "Predicted mask"), make("img.mask", { src: mask, alt: "The predicted mask over the picture" }));
    for (const { title, rows, note: said } of groups) {
      this.rest.append(...predictions(title, rows, why));
      if (said) add(this.rest, "p", "quiet", said);
    }
  }
}

export default mount(MapPanel);
