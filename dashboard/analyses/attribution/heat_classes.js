// The picture and what the network takes it for; each class is a click away from its own heat map.

import { add, addButton, redraw } from "#web/dom.js";

function verdict(parent, { wrong, name }) {
  const words = { true: "✗ Wrong: it", false: "✓ Right: it", null: "It" }[wrong];
  add(parent, "p", wrong ? "truth wrong" : "truth", `${words} shows ${name}`);
}

function classRow(list, row, toggle) {
  const button = addButton(add(list, "li"), "", "", toggle);
  button.dataset.name = row.class;
  button.setAttribute("aria-pressed", String(row.chosen));
  button.title = row.chosen ? "Take its heat map away" : "Show its heat map beside the others";
  button.setAttribute("aria-label", `${row.name}, ${row.share}, logit ${row.logit}. ${button.title}`);
  add(button, "span", "name", row.name);
  add(button, "span", "share", row.share).title = `logit ${row.logit}`;
  add(add(button, "span", "track"), "i").style.width = `${100 * row.probability}%`;
}

function drawClasses(root, data, send, ask) {
  // At least one class stays.
  const toggle = (row) => {
    const wanted = row.chosen ? data.chosen.filter((number) => number !== row.class) : [...data.chosen, row.class];
    if (wanted.length && wanted.length <= data.most) ask("ask", { classes: wanted.join(",") });
  };
  add(root, "h3", "", data.title);
  Object.assign(add(root, "img"), { src: data.picture.url, alt: data.picture.alt });
  add(root, "p", "quiet note", data.note);
  if (data.truth) verdict(root, data.truth);
  const list = add(root, "ul");
  for (const row of data.rows) classRow(list, row, () => toggle(row));
  add(root, "p", "quiet note", data.ending);
}

export default redraw(drawClasses);
