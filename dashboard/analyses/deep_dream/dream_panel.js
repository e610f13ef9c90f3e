// The way of a dream: the animation, the settings.

import { add, addFacts, mount } from "#web/dom.js";

class DreamPanel {
  constructor(root) {
    this.way = add(root, "figure", "way");
    this.rows = add(root, "div");
  }

  update(data) {
    this.animation(data.animation);
    this.rows.replaceChildren();
    addFacts(this.rows, data.rows);
  }

  animation(url) {
    if (!url) return this.way.replaceChildren();
    if (this.way.querySelector("img")?.getAttribute("src") === url) return;
    this.way.replaceChildren();
    const image = add(this.way, "img");
    image.alt = "The dream growing out of the photograph, over all octaves and steps";
    image.src = url;
    add(this.way, "figcaption", "quiet", "The way there");
  }
}

export default mount(DreamPanel);
