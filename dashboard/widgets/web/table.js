// Tables that keep what one holds in them: a row is drawn anew only when its own data change, so that a focused box
// keeps its focus. Columns of numbers sort by a click, or by Enter, on their title.

import { button, keepPlace, make, memo, set } from "./dom.js";

const SECONDS = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86400 };
const NUMBER = /(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*(?:(ms|s|min|h|d)\b)?/g;

// The number that a cell's words begin with, lengths of time in seconds; null where there is none.
export function numberIn(text) {
  const found = [...text.replaceAll("−", "-").replaceAll(",", "").matchAll(NUMBER)];
  if (!found.length) return null;
  const times = found.filter(([, , unit]) => unit);
  return times.length ? times.reduce((sum, [, number, unit]) => sum + number * SECONDS[unit], 0) : Number(found[0][1]);
}

// Highest first or lowest first, what has no number last, equal ones as they were.
export function sorted(rows, number, falling) {
  const sign = falling ? -1 : 1;
  return rows.map((row, i) => [row, number(row), i]).sort(([, a, i], [, b, j]) => (
    (a === null) - (b === null) || sign * (a - b) || i - j
  )).map(([row]) => row);
}

export class Table {
  // fill(row, one) draws an empty row; `numbers` names the columns that sort.
  constructor(parent, fill, numbers = []) {
    Object.assign(this, { fill, numbers, rows: new Map(), changed: memo() });
    this.head = make("tr");
    this.body = make("tbody");
    this.table = make("table", make("thead", this.head), this.body);
    parent.append(this.table);
  }

  // Of each row the key, and all that it is drawn from.
  update(columns, data) {
    if (this.changed("columns", columns)) this.title(columns);
    this.rows = new Map(data.map((one) => [one.key, this.rows.get(one.key) ?? document.createElement("tr")]));
    for (const one of data) {
      const row = this.rows.get(one.key), words = JSON.stringify(one);
      if (row.words === words) continue;
      row.words = words;
      keepPlace(row, () => {
        row.replaceChildren();
        this.fill(row, one);
      });
    }
    this.arrange();
  }

  title(columns) {
    this.titles = columns.map((name, i) => (this.numbers.includes(name)
      ? make("th.number", { scope: "col" }, button(name, () => this.sort(i))) : make(name ? "th" : "td", name ? { scope: "col" } : {}, name)));
    this.head.replaceChildren(...this.titles);
  }

  // Highest first, then lowest first, then as the rows came.
  sort(column) {
    const again = this.column === column;
    Object.assign(this, again && !this.falling ? { column: null } : { column, falling: !again });
    this.arrange();
  }

  arrange() {
    let rows = [...this.rows.values()];
    const { column, falling } = this, bySort = Number.isInteger(column);
    if (bySort) rows = sorted(rows, (row) => numberIn(row.cells[column].textContent), falling);
    const direction = falling ? "descending" : "ascending";
    this.titles.forEach((cell, i) => set(cell, { "aria-sort": bySort && i === column ? direction : null }));
    this.table.classList.toggle("sorted", bySort);
    if (rows.length === this.body.children.length && rows.every((row, i) => this.body.children[i] === row)) return;
    const focused = this.table.getRootNode().activeElement;
    this.body.replaceChildren(...rows);
    if (this.body.contains(focused)) focused.focus();
  }
}
