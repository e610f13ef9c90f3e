// Heat maps of watched pictures, a row a picture and a column an epoch, the newest in sight.

import { add, mount } from "#web/dom.js";

function cell(line, one) {
  const figure = add(line, "figure", `${one.best ? "best" : ""} ${one.begins ? "begins" : ""}`.trim());
  const image = add(figure, "img");
  Object.assign(image, { alt: one.alt, loading: "lazy", decoding: "async", src: one.url });
  const caption = add(figure, "figcaption");
  add(caption, "span", "quiet", one.label);
  if (one.note) add(caption, "b", "", ` ${one.note}`);
  if (one.sure) add(caption, "div", "", one.sure);
  return figure;
}

class WatchStrip {
  constructor(root) {
    this.root = root;
  }

  update(data) {
    if (this.key !== data.key) this.start(data);
    for (const one of data.rows) {
      if (!this.rows.has(one.title)) this.rows.set(one.title, this.row(one.title));
      this.fill(this.rows.get(one.title), one.cells);
    }
  }

  start(data) {
    this.key = data.key;
    this.rows = new Map();
    this.root.replaceChildren();
    add(this.root, "h3", "", data.title);
    add(this.root, "p", "quiet", data.note);
    this.body = add(this.root, "div");
  }

  row(title) {
    const section = add(this.body, "section");
    add(section, "h4", "", title);
    const line = add(section, "div", "line");
    line.tabIndex = 0;
    line.setAttribute("role", "region");
    line.setAttribute("aria-label", `${title}: heat maps by epoch`);
    return line;
  }

  // What stands already is left alone: pictures would flicker, and whoever looks at one would lose it.
  fill(line, cells) {
    const atEnd = line.scrollLeft + line.clientWidth >= line.scrollWidth - 40;
    cells.forEach((each, i) => {
      const old = line.children[i], text = JSON.stringify(each);
      if (old?.words === text) return;
      const fresh = cell(line, each);
      fresh.words = text;
      old?.replaceWith(fresh);
    });
    while (line.children.length > cells.length) line.lastElementChild.remove();
    if (atEnd) line.scrollLeft = line.scrollWidth;
  }
}

export default mount(WatchStrip);
