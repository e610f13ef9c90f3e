// A row a class: pictures side by side, what the network says of each, and the curves of the climb.

import { add, addButton, addFacts, redraw } from "#web/dom.js";

function classCard(parent, one) {
  const card = add(parent, "section", "class-card");
  add(card, "h4", "", one.title);
  add(card, "p", "quiet", one.note);
  if (!one.url) {
    add(card, "div", "waiting");
    return;
  }
  const picture = add(card, "img");
  picture.alt = one.alt;
  picture.src = one.url;
  const way = addButton(card, "", "Watch the way there", () => {
    const playing = way.getAttribute("aria-pressed") !== "true";
    way.setAttribute("aria-pressed", String(playing));
    // With a fragment of its own an animation starts from its first frame again.
    picture.src = playing ? `${one.animation}#${Date.now()}` : one.url;
  });
  way.setAttribute("aria-pressed", "false");
  addFacts(card, one.facts);
}

function drawRows(root, data) {
  for (const row of data.rows) {
    const section = add(root, "section", "class-row");
    add(section, "h3", "", row.title);
    if (row.note) add(section, "p", "quiet", row.note);
    const cards = add(section, "div", "cards");
    for (const one of row.cards) classCard(cards, one);
    if (row.says) add(section, "p", "says", row.says);
  }
}

export default redraw(drawRows);
