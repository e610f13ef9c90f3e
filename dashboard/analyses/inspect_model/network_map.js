// A network as cards and lines at the places that the page's script gives: a layer is chosen, a group is unfolded.

import { Choice } from "#web/choice.js";
import { addShape, button, keepPlace, make, mount, set } from "#web/dom.js";
import { stepTo } from "#web/keys.js";

const px = ({ x, y, width, height }) => `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
const bar = ({ of, share }) => make(`span.share.${of}`, { style: `--share:${share}` });
const strip = (tiles) => tiles && make("img.strip", { src: tiles, alt: "", loading: "lazy" });

class NetworkMap {
  constructor(root) {
    this.layer = new Choice(this, "layer");
    this.pane = make("div.pane", { role: "group", tabindex: -1, onkeydown: (event) => this.pressed(event) });
    root.append(this.pane);
  }

  update(data) {
    this.data = data;
    this.layer.hear(data.selected);
    set(this.pane, { "aria-label": `${data.title}. Arrow keys move, Enter chooses a layer or unfolds a group.` });
    keepPlace(this.pane, () => this.draw(data));
    this.buttons = [...this.pane.querySelectorAll("button")];
    this.mark();
    const focused = this.pane.getRootNode().activeElement; // what was folded or unfolded has moved
    if (this.pane.contains(focused)) focused.scrollIntoView({ block: "nearest", inline: "center" });
    if (this.shown !== data.key + data.selected) this.reveal();
    this.shown = data.key + data.selected;
  }

  draw({ width, height, cards, frames, lines }) {
    const board = make("div.board", { style: `width:${width}px;height:${height}px` });
    for (const frame of frames) board.append(make("div.frame", { style: px(frame) }, this.fold(frame.group, true)));
    const svg = addShape(board, "svg", { width, height, "aria-hidden": "true" });
    for (const { x, y, path } of lines) addShape(svg, "path", { d: path, transform: `translate(${x} ${y})` });
    for (const card of cards) board.append(make("div.card", { style: px(card) }, this.inside(card)));
    this.pane.replaceChildren(board);
  }

  inside({ words, group, tiles, layers }) {
    if (words) return make("div.words", words);
    return group ? this.fold(group, false, tiles) : layers.map((one) => this.row(one));
  }

  fold({ id, name, words, holds, title }, open, tiles) {
    const text = [make("b", name), make("span", words), !open && make("span.quiet", holds), strip(tiles)];
    return button(text, () => this.ask("fold", id),
      { class: "fold", title, "data-name": `fold ${id}`, "aria-expanded": open });
  }

  row({ path, name, detail, small, height, tiles, bars, title }) {
    const text = [make("span.name", name), make("span.detail.quiet", detail), ...bars.map(bar), strip(tiles)];
    return button(text, () => { this.layer.make(path); this.mark(); },
      { class: `layer${small ? " small" : ""}`, style: `height:${height}px`, title, "data-name": path });
  }

  chosen() {
    return this.buttons.findIndex((one) => one.dataset.name === this.layer.value);
  }

  mark() {
    const at = Math.max(0, this.chosen()), active = this.pane.getRootNode().activeElement;
    this.buttons.forEach((one, i) => set(one, { tabindex: (this.pane.contains(active) ? one === active : i === at) ? 0 : -1,
      "aria-pressed": one.dataset.name.startsWith("fold ") ? null : one.dataset.name === this.layer.value }));
  }

  reveal() {
    const one = this.buttons[this.chosen()];
    if (!one) { // the whole begins in the middle
      this.pane.scrollLeft = (this.pane.scrollWidth - this.pane.clientWidth) / 2;
      return;
    }
    const pane = this.pane.getBoundingClientRect(), box = one.getBoundingClientRect();
    this.pane.scrollTop += box.top - pane.top - (pane.height - box.height) / 2;
    this.pane.scrollLeft += box.left - pane.left - (pane.width - box.width) / 2;
  }

  pressed(event) {
    const from = this.buttons.indexOf(event.target), leaves = event.key === "Enter" || event.key === " ";
    const to = from < 0 || leaves ? null : stepTo(event, from, this.buttons.length - 1, 1, 10);
    if (to === null) return;
    event.preventDefault();
    this.buttons[to].focus();
    this.mark();
  }
}

export default mount(NetworkMap);
