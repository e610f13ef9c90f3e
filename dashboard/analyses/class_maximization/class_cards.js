// A row a class: pictures side by side, and what the network says of each.

import { addFacts, button, make, redraw, set } from "#web/dom.js";

function classCard({ title, note, url, alt, animation, facts }) {
  const card = make("section.class-card", make("h4", title), make("p.quiet", note));
  if (!url) {
    card.append(make("div.waiting"));
    return card;
  }
  const picture = make("img", { alt, src: url });
  if (!animation) {
    card.append(picture);
    return card;
  }
  const way = button("Play the optimization", () => {
    const playing = way.getAttribute("aria-pressed") !== "true";
    set(way, { "aria-pressed": playing });
    // With a fragment of its own an animation starts from its first frame again.
    picture.src = playing ? `${animation}#${Date.now()}` : url;
  }, { "aria-pressed": false });
  card.append(picture, way);
  addFacts(card, facts);
  return card;
}

export default redraw((root, { rows }) => root.append(...rows.map(({ title, note, cards, says }) => (
  make("section.class-row", make("h3", title), note && make("p.quiet", note), make("div.cards", cards.map(classCard)),
    says && make("p.says", says))))));
