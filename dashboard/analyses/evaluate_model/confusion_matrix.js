// True classes downwards, predictions to the right; each count is a button that opens the pictures behind it.

class ConfusionMatrix {
  constructor(root) {
    this.root = root;
    const title = add(root, "div", "title");
    this.name = add(title, "b");
    this.note = add(title, "span", "quiet");
    const frame = this.frame = add(root, "div", "frame");
    add(frame, "span", "quiet axis across", "the network said");
    add(frame, "span", "quiet axis down", "it is");
    this.grid = add(add(frame, "div", "scroll"), "div", "grid");
    this.grid.setAttribute("role", "group");
    this.grid.addEventListener("keydown", (event) => this.moved(event));
  }

  update(data, send) {
    this.send = send;
    this.selected = data.selected;
    const words = JSON.stringify({ ...data, selected: "" });
    if (this.words !== words) this.build(data);
    this.words = words;
    for (const row of this.buttons) for (const one of row) {
      one.setAttribute("aria-pressed", String(one.dataset.cell === data.selected));
    }
  }

  build({ title, note, rows, columns, cells }) {
    this.name.textContent = title;
    this.note.textContent = note;
    this.grid.setAttribute("aria-label", `${title}: true classes downwards, predictions to the right`);
    this.grid.style.setProperty("--columns", columns.length);
    const dense = columns.length > 14;
    this.grid.style.setProperty("--least", dense ? "1.35rem" : "1.9rem");
    // Two classes do not need the whole pane.
    this.frame.style.setProperty("--widest", `${11 + 7 * columns.length}rem`);
    this.grid.classList.toggle("dense", dense);
    this.grid.classList.toggle("short", columns.length < 5 || columns.every(({ name }) => name.length < 3));
    this.grid.replaceChildren();
    add(this.grid, "span");
    for (const column of columns) add(add(this.grid, "span", "head"), "span", "", column.name).title = column.name;
    this.buttons = rows.map((row, i) => {
      add(this.grid, "span", "side", row.name).title = row.name;
      return columns.map((column, j) => this.cell(row, column, cells[i][j]));
    });
  }

  cell(row, column, count) {
    const made = addButton(this.grid, "", count ? count.toLocaleString("en") : "", () => this.chosen(made));
    const share = row.count ? count / row.count : 0, right = row.number === column.number;
    made.dataset.cell = `${row.number}-${column.number}`;
    made.disabled = !count;
    made.classList.add(right ? "right" : "wrong");
    made.classList.toggle("strong", share > 0.35);
    // The square root makes one mistake in a hundred visible.
    made.style.setProperty("--share", `${Math.round(100 * Math.sqrt(share))}%`);
    const what = right ? `${row.name}, rightly named` : `${row.name} taken for ${column.name}`;
    made.title = `${what}: ${count} of ${row.count}, ${(100 * share).toFixed(1)} %`;
    made.setAttribute("aria-label", made.title);
    return made;
  }

  chosen(button) {
    const cell = button.dataset.cell === this.selected ? "" : button.dataset.cell;
    this.send("cell", cell);
  }

  moved(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    let i = this.buttons.findIndex((row) => row.includes(event.target));
    let j = this.buttons[i]?.indexOf(event.target);
    do {
      i += step[0];
      j += step[1];
    } while (this.buttons[i]?.[j]?.disabled);
    this.buttons[i]?.[j]?.focus();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".confusion-matrix");
  root.element ??= new ConfusionMatrix(root);
  root.element.update(data, setStateValue);
}
