// Groups of like filters, a row each: the one that stands for all, then the others as they are.

import { make, redraw } from "#web/dom.js";

function tile({ href, channel, url, kernel }, words, turn = "") {
  const style = turn && `transform: ${turn}`, alt = `Channel ${channel}, ${words}`;
  return make("a", { class: `twin-tile${kernel ? " kernel" : ""}`, href, target: "_self", title: `Channel ${channel}` },
    make("img", { alt, loading: "lazy", src: url, style: style || null }));
}

// The first one turned as the other's is, and the other: they look alike side by side.
function twin(first, other) {
  // A quarter turn against the clock after the reflection, as in the data; the rightmost is done first.
  const turn = `rotate(${-90 * other.turns}deg)${other.mirrored ? " scaleX(-1)" : ""}`;
  return make("li.twin-pair",
    make("div.twin-row", tile(first, other.words, turn), tile(other, "as it is")),
    make("div.twin-words", make("span", `${first.channel} ${other.words} ≈ ${other.channel}`),
      make("span.quiet", other.likeness.toFixed(2))));
}

function group({ first, others }) {
  return make("li.twin-group",
    make("div.twin-first", tile(first, "as it is"), make("div.twin-words", make("b", `Channel ${first.channel}`))),
    make("ul.twin-list", others.map((other) => twin(first, other))));
}

export default redraw((root, { figure, says, none, groups, more }) => root.append(
  make("p.twin-figure", make("strong", figure), make("span", ` ${says}`)), none ? make("p.quiet", none) : "",
  make("ul.twin-groups", groups.map(group)), more ? make("p.quiet", more) : "",
));
