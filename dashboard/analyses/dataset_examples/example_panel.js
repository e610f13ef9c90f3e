// A channel's pieces large, each a link to its picture; or the whole pictures with the piece framed. On top of
// tile_panel.js.

import { add, addChoice, addFacts, press, redraw } from "#web/dom.js";
import { drawPanel } from "#web/panel.js";

function pieceOf(parent, piece, whole) {
  const link = add(parent, "a", "piece");
  link.href = piece.href;
  link.target = "_self";
  link.title = `${piece.alt}. Opens the picture.`;
  const frame = add(link, "span", "square");
  Object.assign(add(frame, "img"), { alt: piece.alt, src: whole ? piece.whole : piece.url });
  if (whole) {
    const [top, left, height, width] = piece.frame;
    const box = add(frame, "i");
    Object.assign(box.style, { top: `${top}%`, left: `${left}%`, height: `${height}%`, width: `${width}%` });
  }
  const words = add(link, "span", "words");
  add(words, "b", "", piece.value);
  add(words, "span", "quiet", piece.label);
}

function drawPieces(root, data) {
  const bar = add(root, "div", "bar");
  const list = add(root, "div", "pieces");
  list.style.setProperty("--across", data.across);
  const show = (how) => {
    root.how = how;
    press(buttons, how);
    list.replaceChildren();
    for (const piece of data.pieces) pieceOf(list, piece, how === "whole");
  };
  const buttons = addChoice(bar, "Show", [["piece", "what a unit sees"], ["whole", "the whole picture"]], show);
  show(root.how ?? "piece");
}

function drawExamples(root, data) {
  if (!data.pieces.length) return drawPanel(root, data);
  add(root, "h3", "", data.title);
  drawPieces(root, data);
  addFacts(root, data.facts);
  add(root, "a", "button", "Open this channel").href = data.channel;
}

export default redraw(drawExamples);
