// What a network said of one picture: its likeliest classes, the true one marked.

import { add, redraw } from "#web/dom.js";

export default redraw((root, data) => {
  const verdict = data.right ? `✓ Right: ${data.said}, ${data.sure} sure` : `✗ It is ${data.truth}; the network said ${data.said}, ${data.sure} sure`;
  add(root, "p", data.right ? "verdict right" : "verdict", verdict);
  const list = add(root, "ul");
  for (const row of data.rows) {
    const item = add(list, "li", row.true ? "true" : "");
    add(item, "span", "name", row.true ? `${row.name} (true)` : row.name);
    add(item, "span", "share", row.share);
    add(add(item, "span", "track"), "i").style.width = `${100 * row.value}%`;
  }
});
