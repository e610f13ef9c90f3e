// Equal pictures cut from one sheet by their background position; each is a button that opens it.

import { add, addButton, memo, mount } from "#web/dom.js";
import { stepTo, widthOf } from "#web/keys.js";
import { cut } from "#web/sheet.js";

class PictureGrid {
  constructor(root) {
    this.changed = memo();
    const title = add(root, "div", "title");
    this.name = add(title, "b");
    this.note = add(title, "span", "quiet");
    this.grid = add(root, "div", "grid", { role: "group" });
    this.grid.addEventListener("keydown", (event) => this.moved(event));
  }

  update(data) {
    this.name.textContent = data.title;
    this.note.textContent = data.note;
    this.grid.setAttribute("aria-label", `${data.title}. ${data.note}`);
    this.grid.classList.toggle("named", data.named);
    if (this.changed("tiles", [data.url, data.items, data.columns])) this.build(data);
    this.tiles.forEach((tile, i) => tile.setAttribute("aria-pressed", String(data.items[i].value === data.selected)));
  }

  build(data) {
    const { style } = this.grid, { scale } = cut(0, data);
    const looks = { sheet: `url("${data.url}")`, tile: `${data.tile}px`, columns: Math.min(data.columns, data.items.length) };
    for (const [name, value] of Object.entries({ ...looks, "scale-x": scale[0], "scale-y": scale[1] })) {
      style.setProperty(`--${name}`, String(value));
    }
    this.grid.replaceChildren();
    this.tiles = data.items.map((item, i) => {
      const made = addButton(this.grid, "", "", () => this.send("picked", item.value), {
        "data-label": item.label, "aria-label": item.name, title: item.name,
      });
      made.style.backgroundPosition = cut(i, data).place.join(" ");
      return made;
    });
  }

  moved(event) {
    const to = stepTo(event, this.tiles.indexOf(event.target), this.tiles.length - 1, widthOf(this.grid));
    if (to === null || event.target === this.tiles[to]) return;
    event.preventDefault();
    this.tiles[to].focus();
  }
}

export default mount(PictureGrid);
