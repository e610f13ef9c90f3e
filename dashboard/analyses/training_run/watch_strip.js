// Heat maps of watched pictures, a row a picture and a column an epoch, the newest in sight.

import { add, make, mount } from "#web/dom.js";

function cell({ best, begins, alt, url, label, note, sure }) {
  return make("figure", { class: `${best ? "best" : ""} ${begins ? "begins" : ""}`.trim() },
    make("img", { alt, loading: "lazy", decoding: "async", src: url }),
    make("figcaption", make("span.quiet", label), note && make("b", ` ${note}`), sure && make("div", sure)));
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
    const line = make("div.line", { tabindex: 0, role: "region", "aria-label": `${title}: heat maps by epoch` });
    this.body.append(make("section", make("h4", title), line));
    return line;
  }

  // What stands already is left alone: pictures would flicker, and whoever looks at one would lose it.
  fill(line, cells) {
    const atEnd = line.scrollLeft + line.clientWidth >= line.scrollWidth - 40;
    cells.forEach((each, i) => {
      const old = line.children[i], text = JSON.stringify(each);
      if (old?.words === text) return;
      const fresh = Object.assign(cell(each), { words: text });
      if (old) old.replaceWith(fresh); else line.append(fresh);
    });
    while (line.children.length > cells.length) line.lastElementChild.remove();
    if (atEnd) line.scrollLeft = line.scrollWidth;
  }
}

export default mount(WatchStrip);
