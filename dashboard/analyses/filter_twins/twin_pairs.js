// How many filters are different, and pairs of tiles: one, the same turned, the other.

import { make, redraw } from "#web/dom.js";

function tile({ href, channel, url }, words = "", transform = "") {
  const alt = `Channel ${channel}${words}`, style = transform && `transform: ${transform}`;
  return make("a.twin-tile", { href, target: "_self", title: `Channel ${channel}` },
    make("img", { alt, loading: "lazy", src: url, style: style || null }));
}

function twins({ tiles: [first, second], words, turns, mirrored, likeness }) {
  // A quarter turn against the clock after the reflection, as in the data; the rightmost is done first.
  const turn = `rotate(${-90 * turns}deg)${mirrored ? " scaleX(-1)" : ""}`;
  return make("li.twin-pair",
    make("div.twin-row", tile(first), tile(first, `, ${words}`, turn), tile(second)),
    make("div.twin-words", make("span", `${first.channel} ${words} ≈ ${second.channel}`),
      make("span.quiet", likeness.toFixed(2))));
}

export default redraw((root, { figure, says, none, pairs, more }) => root.append(
  make("p.twin-figure", make("strong", figure), make("span", ` ${says}`)), none ? make("p.quiet", none) : "",
  make("ul.twin-list", pairs.map(twins)), more ? make("p.quiet", more) : "",
));
