// Cards of the gallery. A card opens its result; its mark is for the comparison.

import { button, make, redraw } from "#web/dom.js";

function card({ key, link, thumbnail, kind, title, detail, tags, by }, marked, mark) {
  const words = marked === key ? "Marked" : marked ? "Compare with it" : "Compare";
  return make("li.card",
    make("a.open", { href: link },
      thumbnail ? make("img", { src: thumbnail, alt: "", loading: "lazy" }) : make("div.blank.quiet", kind),
      make("span.title", title)),
    make("div.quiet", [kind, detail].filter(Boolean).join(" · ")),
    tags.length > 0 && make("div.tags", tags.map((tag) => make("span.tag", tag))),
    make("div.foot", make("span.quiet", by),
      button(words, () => mark(key), { "aria-pressed": marked === key, "aria-label": `Compare ${title}` })));
}

export default redraw((root, data, send, ask) => {
  root.append(make("ul", data.pieces.map((piece) => card(piece, data.marked, (key) => ask("mark", key)))));
});
