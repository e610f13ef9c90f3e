// The picture and what the network takes it for; each class is a click away from its own heat map.

import { button, make, redraw } from "#web/dom.js";
import { bar } from "#web/predictions.js";

const VERDICTS = { true: "✗ Wrong: it", false: "✓ Right: it", null: "It" };

function classRow({ class: number, name, share, tip, probability, chosen, colour }, toggle) {
  const title = chosen ? "Take its heat map away" : "Show its heat map beside the others";
  const swatch = colour ? make("i.swatch", { style: `background: ${colour}` }) : "";
  return make("li", button([swatch, ...bar(name, share, probability, tip)], toggle, {
    title, "data-name": number, "aria-pressed": chosen,
  }));
}

// The predicted mask over the picture; a click explains the classes at that pixel.
function maskPicture(url, width, height, ask) {
  const image = make("img.mask", { src: url, alt: "The predicted mask over the picture. Click to explain one pixel." });
  image.addEventListener("click", (event) => {
    const at = (part, whole, size) => Math.min(size - 1, Math.max(0, Math.floor((part / whole) * size)));
    ask("ask", { region: `${at(event.offsetX, image.clientWidth, width)},${at(event.offsetY, image.clientHeight, height)}` });
  });
  return [make("p.quiet.note", "Its mask. Click a pixel to explain that one."), image];
}

function drawClasses(root, { title, picture, note, truth, rows, chosen, most, ending, mask, width, height }, send, ask) {
  // At least one class stays.
  const toggle = (row) => {
    const wanted = row.chosen ? chosen.filter((number) => number !== row.class) : [...chosen, row.class];
    if (wanted.length && wanted.length <= most) ask("ask", { classes: wanted.join(",") });
  };
  root.append(
    make("h3", title), make("img", { src: picture.url, alt: picture.alt }), make("p.quiet.note", note),
    ...(mask ? maskPicture(mask, width, height, ask) : []),
    truth ? make("p", { class: truth.wrong ? "truth wrong" : "truth" }, `${VERDICTS[truth.wrong]} shows ${truth.name}`) : "",
    make("ul", rows.map((row) => classRow(row, () => toggle(row)))), make("p.quiet.note", ending),
  );
}

export default redraw(drawClasses);
