// The way of a dream: its objective over all octaves, the animation, the settings.

import { add, addFacts, addShape, mount } from "#web/dom.js";

const WIDE = 300, HIGH = 120, EDGE = 4, ABOVE = 16;

class DreamPanel {
  constructor(root) {
    this.figure = add(root, "figure");
    this.caption = add(this.figure, "figcaption");
    this.way = add(root, "figure", "way");
    this.rows = add(root, "div");
  }

  update(data) {
    this.curve(data.curves, data.units);
    this.animation(data.animation);
    this.rows.replaceChildren();
    addFacts(this.rows, data.rows);
  }

  curve(curves, units) {
    this.figure.querySelector("svg")?.remove();
    const values = curves.flat();
    this.figure.hidden = values.length < 2;
    if (this.figure.hidden) return;
    this.caption.textContent = `Objective, ${units}; an octave a colour`;
    const low = Math.min(0, ...values), high = Math.max(...values), span = high - low || 1;
    const svg = addShape(this.figure, "svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    const end = values.at(-1).toPrecision(3);
    svg.setAttribute("aria-label", `Objective from ${values[0].toPrecision(3)} to ${end} over ${values.length} values`);
    const x = (i) => EDGE + ((WIDE - 2 * EDGE) * i) / (values.length - 1);
    const y = (value) => HIGH - EDGE - ((HIGH - EDGE - ABOVE) * (value - low)) / span;
    let at = 0;
    curves.forEach((curve, octave) => {
      const points = curve.map((value, i) => `${x(at + i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      addShape(svg, "polyline", { points, class: `octave-${octave % 4}` });
      at += curve.length;
    });
    this.scale(svg, low, high, y);
  }

  scale(svg, low, high, y) {
    for (const value of [low, high]) {
      const label = addShape(svg, "text", { x: WIDE - EDGE, y: y(value) - 4, "text-anchor": "end" });
      label.textContent = Number(value.toPrecision(3));
    }
  }

  animation(url) {
    if (!url) return this.way.replaceChildren();
    if (this.way.querySelector("img")?.getAttribute("src") === url) return;
    this.way.replaceChildren();
    const image = add(this.way, "img");
    image.alt = "The dream growing out of the photograph, over all octaves and steps";
    image.src = url;
    add(this.way, "figcaption", "quiet", "The way there");
  }
}

export default mount(DreamPanel);
