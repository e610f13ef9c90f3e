// The way of a dream: the animation, the settings.

import { addFacts, make, mount } from "#web/dom.js";

class DreamPanel {
  constructor(root) {
    this.way = make("figure.way");
    this.rows = make("div");
    root.append(this.way, this.rows);
  }

  update({ animation, rows }) {
    const alt = "The dream growing out of the photograph, over all octaves and steps";
    // An animation that is set again begins anew.
    if (animation !== this.animation) {
      this.way.replaceChildren();
      if (animation) this.way.append(make("img", { alt, src: animation }), make("figcaption.quiet", "Optimization (animation)"));
    }
    this.animation = animation;
    this.rows.replaceChildren();
    addFacts(this.rows, rows);
  }
}

export default mount(DreamPanel);
