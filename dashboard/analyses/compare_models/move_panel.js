// The chosen layer in numbers, what both networks say of the picture, and layers that one of them has alone.

import { add, addFacts, make, redraw } from "#web/dom.js";
import { drawPanel } from "#web/panel.js";
import { predictions } from "#web/predictions.js";

function drawMoves(root, data) {
  drawPanel(root, data);
  if (data.weights.length) {
    add(root, "h4", "", "Distance of its weights");
    addFacts(root, data.weights);
  }
  for (const { title, rows } of data.predictions) {
    root.append(...predictions(title, rows ?? []));
    if (!rows) add(root, "p", "quiet", "It gives neither classes nor numbers.");
  }
  for (const { title, names } of data.alone) {
    root.append(make("h4", title), make("ul.alone.quiet", names.map((name) => make("li", name))));
  }
}

export default redraw(drawMoves);
