// Cards of the gallery. A card opens its result; its mark is for the comparison.

import { add, addButton, redraw } from "#web/dom.js";

function card(parent, piece, marked, mark) {
  const item = add(parent, "li", "card");
  const link = add(item, "a", "open");
  link.href = piece.link;
  if (piece.thumbnail) {
    const picture = add(link, "img");
    picture.src = piece.thumbnail;
    picture.alt = "";
    picture.loading = "lazy";
  } else {
    add(link, "div", "blank quiet", piece.kind);
  }
  add(link, "span", "title", piece.title);
  add(item, "div", "quiet", [piece.kind, piece.detail].filter(Boolean).join(" · "));
  if (piece.tags.length) {
    const tags = add(item, "div", "tags");
    for (const tag of piece.tags) add(tags, "span", "tag", tag);
  }
  const foot = add(item, "div", "foot");
  add(foot, "span", "quiet", piece.by);
  const button = addButton(foot, "", marked === piece.key ? "Marked" : marked ? "Compare with it" : "Compare", () => mark(piece.key));
  button.setAttribute("aria-pressed", String(marked === piece.key));
  button.setAttribute("aria-label", `Compare ${piece.title}`);
}

export default redraw((root, data, send, ask) => {
  const list = add(root, "ul");
  for (const piece of data.pieces) card(list, piece, data.marked, (key) => ask("mark", key));
});
