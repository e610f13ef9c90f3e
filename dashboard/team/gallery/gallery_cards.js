// Cards of the gallery. A card opens its result; its mark is for the comparison.

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

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery-cards");
  const text = JSON.stringify(data);
  if (root.drawn === text) return;
  root.drawn = text;
  root.replaceChildren();
  const list = add(root, "ul");
  for (const piece of data.pieces) card(list, piece, data.marked, (key) => setTriggerValue("mark", key));
}
