// Activation functions side by side: a card each, with its curve, its formula and the range of what comes out.

import { addButton, addShape, make, redraw } from "#web/dom.js";

// Pixels for one, on both axes.
const UNIT = 10;

function functionCurve(card, one, { side, low, high }) {
  const [width, height] = [2 * side * UNIT, (high - low) * UNIT];
  const x = (v) => (v + side) * UNIT, y = (v) => (high - v) * UNIT;
  const svg = addShape(card, "svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  addShape(svg, "path", { class: "axis", d: `M0 ${y(0)}H${width}M${x(0)} 0V${height}` });
  addShape(svg, "path", { class: "tick", d: `M${x(1)} ${y(0) - 3}v6M${x(0) - 3} ${y(1)}h6` });
  addShape(svg, "polyline", { class: "line", points: one.points.map(([a, b]) => `${x(a)},${y(b).toFixed(1)}`).join(" ") });
}

function functionCard(root, one, data, choose) {
  const { name, title, formula, range, points } = one;
  const card = addButton(root, "card", make("b", title), () => choose(name), { title: "Add as last stage" });
  if (points) functionCurve(card, one, data);
  card.append(formula ? make("span", formula) : "", make("span.quiet", range));
}

export default redraw((root, data, _, ask) => {
  for (const one of [...data.curves, ...data.across]) functionCard(root, one, data, (name) => ask("function", name));
});
