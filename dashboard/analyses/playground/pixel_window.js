// What made a number of a stage, under the pointer or by arrow keys: its window is framed in the picture before, and
// the products are written out below.

import { make, set } from "#web/dom.js";

const REST_MS = 30, LARGEST = 7;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function place(mark, pixels, { height, width }, [top, left, rows, columns]) {
  const percent = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(mark.style, { top: percent(top, height), left: percent(left, width),
    height: percent(rows, height), width: percent(columns, width) });
  pixels.append(mark);
}

function cells(rows) {
  const words = rows[0].length <= LARGEST;
  return make(words ? "div.numbers" : "div.numbers.fine", { style: `--columns: ${rows[0].length}` },
    rows.flat().map(([text, strength]) => make("span", {
      class: strength < 0 ? "less" : "more", style: `--strength: ${Math.round(70 * Math.abs(strength))}%` }, words && text)));
}

function slice({ name, patch, kernel, sum }) {
  return make("div.slice", make("span.quiet", name), cells(patch), kernel && make("span", "×"), kernel && cells(kernel),
    make("span", "="), make("b", sum));
}

// Watch the pixels of a card; `before` is the card before it as {pixels, card}, channel() the one that is looked at.
// Returns where the sum is written.
export function pixelWindow(card, pixels, before, channel) {
  const mark = make("div.mark"), frame = make("div.mark"), known = new Map(), panel = make("div.made", { "aria-live": "polite" });
  let wanted = "", at = [0, 0], timer = 0;
  async function look() {
    const name = wanted = [channel(), ...at].join(",");
    const ask = () => fetch(card.window.replace("{}", name)).then((got) => (got.ok ? got.json() : null)).catch(() => null);
    if (!known.has(name)) known.set(name, ask());
    const found = await known.get(name);
    if (!found || wanted !== name) return;
    place(mark, pixels, card, [...at, 1, 1]);
    place(frame, before.pixels, before.card, found.box);
    panel.replaceChildren(make("b", found.title), ...found.slices.map(slice), make("div.total", found.total));
  }
  function go(row, column) {
    at = [[row, card.height], [column, card.width]].map(([n, most]) => Math.min(Math.max(n, 0), most - 1));
    clearTimeout(timer);
    timer = setTimeout(look, REST_MS);
  }
  set(pixels, {
    tabindex: 0, role: "group", "aria-label": `Numbers of ${card.title}: walk with the arrow keys`,
    onpointermove: ({ clientX, clientY }) => {
      const { left, top, width, height } = pixels.getBoundingClientRect();
      go(Math.floor(((clientY - top) / height) * card.height), Math.floor(((clientX - left) / width) * card.width));
    },
    onkeydown: (event) => {
      const [down, right] = ARROWS[event.key] ?? [];
      if (down === undefined) return;
      event.preventDefault();
      go(at[0] + down, at[1] + right);
    },
    onfocus: () => { if (pixels.matches(":focus-visible")) go(...at); },
  });
  return panel;
}
