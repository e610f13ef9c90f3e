// Equal pictures cut from one sheet by their background position; each is a button that opens it.

import { add, addButton, mount } from "#web/dom.js";

class PictureGrid {
  constructor(root) {
    this.root = root;
    const title = add(root, "div", "title");
    this.name = add(title, "b");
    this.note = add(title, "span", "quiet");
    this.grid = add(root, "div", "grid");
    this.grid.setAttribute("role", "group");
    this.grid.addEventListener("keydown", (event) => this.moved(event));
  }

  update(data, send) {
    this.send = send;
    this.name.textContent = data.title;
    this.note.textContent = data.note;
    this.grid.setAttribute("aria-label", `${data.title}. ${data.note}`);
    this.grid.classList.toggle("named", data.named);
    const words = JSON.stringify([data.url, data.items, data.columns]);
    if (this.words !== words) this.build(data);
    this.words = words;
    this.tiles.forEach((tile, i) => tile.setAttribute("aria-pressed", String(data.items[i].value === data.selected)));
  }

  build({ url, columns, rows, edge, gap, tile, items }) {
    const style = this.grid.style, step = edge + gap;
    style.setProperty("--sheet", `url("${url}")`);
    style.setProperty("--tile", `${tile}px`);
    style.setProperty("--columns", String(Math.min(columns, items.length)));
    style.setProperty("--scale-x", `${(100 * columns * step) / edge}%`);
    style.setProperty("--scale-y", `${(100 * rows * step) / edge}%`);
    this.grid.replaceChildren();
    this.tiles = items.map((item, i) => {
      const made = addButton(this.grid, "", "", () => this.send("picked", item.value));
      made.dataset.label = item.label;
      made.setAttribute("aria-label", item.name);
      made.title = item.name;
      // Percentages of what the sheet is larger than the tile, as background positions are.
      const x = ((i % columns) * step) / (columns * step - edge), y = (Math.floor(i / columns) * step) / (rows * step - edge);
      made.style.backgroundPosition = `${100 * x}% ${100 * y}%`;
      return made;
    });
  }

  moved(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = this.tiles[this.tiles.indexOf(event.target) + step];
    if (next) next.focus();
    event.preventDefault();
  }
}

export default mount(PictureGrid);
