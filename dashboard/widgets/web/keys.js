// What keys mean in lists and on maps.

import { set } from "./dom.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Where a key leads from one of a list's places, in rows of `across`; null for a key that leads nowhere.
export function stepTo(event, from, last, across = 1, page = 4 * across) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const places = { ArrowRight: from + 1, ArrowLeft: from - 1, ArrowDown: from + across, ArrowUp: from - across,
    Home: 0, End: last, PageDown: from + page, PageUp: from - page, Enter: from, " ": from };
  return event.key in places ? Math.max(0, Math.min(last, places[event.key])) : null;
}

// How many stand in a row of a grid now.
export function widthOf(grid) {
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}

// Which option of a list is chosen; Tab leads to it, or to another one where it is not in sight.
export function markOption(options, at, home = at) {
  options.forEach((option, i) => set(option, { "aria-selected": i === at, tabindex: i === home ? 0 : -1 }));
}

// Rows and columns that an arrow key moves by; null for another key.
export function arrow(event) {
  return event.ctrlKey || event.metaKey || event.altKey ? null : ARROWS[event.key] ?? null;
}
