// A few tiles side by side, each a link to its channel.

import { make, redraw } from "#web/dom.js";

export default redraw((root, { title, tiles }) => {
  root.append(make("div.quiet", title), make("div.tiles-row", tiles.map(({ href, url, label }) => (
    make("a", { href, title: label }, make("img", { src: url, alt: label, loading: "lazy" }))))));
});
