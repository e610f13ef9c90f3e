// A channel's pieces large, each a link to its picture; or the whole pictures with the piece framed.

import { add, addChoice, addFacts, make, press, redraw } from "#web/dom.js";
import { drawPanel } from "#web/panel.js";

function pieceOf({ href, alt, url, whole, frame, value, label }, how) {
  const [top, left, height, width] = frame ?? [];
  return make("a.piece", { href, target: "_self", title: `${alt}. Opens the picture.` },
    make("span.square", make("img", { alt, src: how === "whole" ? whole : url }),
      how === "whole" && make("i", { style: `top: ${top}%; left: ${left}%; height: ${height}%; width: ${width}%` })),
    make("span.words", make("b", value), make("span.quiet", label)));
}

function drawExamples(root, data) {
  if (!data.pieces.length) return drawPanel(root, data);
  add(root, "h3", "", data.title);
  const bar = add(root, "div", "bar"), list = add(root, "div", "pieces", { style: `--across: ${data.across}` });
  const show = (how) => {
    root.how = how;
    press(buttons, how);
    list.replaceChildren(...data.pieces.map((piece) => pieceOf(piece, how)));
  };
  const buttons = addChoice(bar, "Show", [["piece", "what a unit sees"], ["whole", "the whole picture"]], show);
  show(root.how ?? "piece");
  addFacts(root, data.facts);
  add(root, "a", "button", "Open this channel", { href: data.channel });
}

export default redraw(drawExamples);
