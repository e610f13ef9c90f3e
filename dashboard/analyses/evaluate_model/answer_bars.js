// What a network said of one picture: its likeliest classes, the true one marked.

import { make, redraw } from "#web/dom.js";
import { bar } from "#web/predictions.js";

export default redraw((root, { right, said, sure, truth, rows }) => {
  const words = right ? `✓ Right: ${said}, ${sure} sure` : `✗ True: ${truth}; predicted: ${said}, ${sure} sure`;
  root.append(make("p", { class: right ? "verdict right" : "verdict" }, words), make("ul", rows.map((row) => (
    make("li", { class: row.true && "true" }, bar(row.true ? `${row.name} (true)` : row.name, row.share, row.value))))));
});
