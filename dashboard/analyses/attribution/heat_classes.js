// The picture and what the network takes it for; each class is a click away from its own heat map.

import { button, make, redraw } from "#web/dom.js";
import { bar } from "#web/predictions.js";

const VERDICTS = { true: "✗ Wrong: it", false: "✓ Right: it", null: "It" };

function classRow({ class: number, name, share, logit, probability, chosen }, toggle) {
  const title = chosen ? "Take its heat map away" : "Show its heat map beside the others";
  return make("li", button(bar(name, share, probability, `logit ${logit}`), toggle, {
    title, "data-name": number, "aria-pressed": chosen, "aria-label": `${name}, ${share}, logit ${logit}. ${title}`,
  }));
}

function drawClasses(root, { title, picture, note, truth, rows, chosen, most, ending }, send, ask) {
  // At least one class stays.
  const toggle = (row) => {
    const wanted = row.chosen ? chosen.filter((number) => number !== row.class) : [...chosen, row.class];
    if (wanted.length && wanted.length <= most) ask("ask", { classes: wanted.join(",") });
  };
  root.append(
    make("h3", title), make("img", { src: picture.url, alt: picture.alt }), make("p.quiet.note", note),
    truth ? make("p", { class: truth.wrong ? "truth wrong" : "truth" }, `${VERDICTS[truth.wrong]} shows ${truth.name}`) : "",
    make("ul", rows.map((row) => classRow(row, () => toggle(row)))), make("p.quiet.note", ending),
  );
}

export default redraw(drawClasses);
