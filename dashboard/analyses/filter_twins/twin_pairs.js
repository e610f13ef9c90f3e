// How many filters are different, and pairs of tiles: one, the same turned, the other.

import { add, redraw } from "#web/dom.js";

function tile(parent, one, alt, transform) {
  const frame = add(parent, "a", "twin-tile");
  frame.href = one.href;
  frame.target = "_self";
  frame.title = `Channel ${one.channel}`;
  const picture = add(frame, "img");
  picture.alt = alt;
  picture.loading = "lazy";
  picture.src = one.url;
  if (transform) picture.style.transform = transform;
}

function drawPair(parent, pair) {
  const [first, second] = pair.tiles;
  const item = add(parent, "li", "twin-pair");
  const row = add(item, "div", "twin-row");
  tile(row, first, `Channel ${first.channel}`);
  // A quarter turn against the clock after the reflection, as in the data; the rightmost is done first.
  const turn = `rotate(${-90 * pair.turns}deg)${pair.mirrored ? " scaleX(-1)" : ""}`;
  tile(row, first, `Channel ${first.channel}, ${pair.words}`, turn);
  tile(row, second, `Channel ${second.channel}`);
  const words = add(item, "div", "twin-words");
  add(words, "span", "", `${first.channel} ${pair.words} ≈ ${second.channel}`);
  add(words, "span", "quiet", pair.likeness.toFixed(2));
}

function drawTwins(root, data) {
  const figure = add(root, "p", "twin-figure");
  add(figure, "strong", "", data.figure);
  add(figure, "span", "", ` ${data.says}`);
  if (data.none) add(root, "p", "quiet", data.none);
  const list = add(root, "ul", "twin-list");
  for (const pair of data.pairs) drawPair(list, pair);
  if (data.more) add(root, "p", "quiet", data.more);
}

export default redraw(drawTwins);
