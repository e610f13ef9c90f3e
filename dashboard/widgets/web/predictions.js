// What a network takes a picture for: its likeliest classes, each with a bar as long as its probability.

import { make } from "./dom.js";

export function bar(name, share, probability, title) {
  const filled = make("i", { style: `width: ${100 * probability}%` });
  return [make("span.name", name), make("span.share", { title }, share), make("span.track", filled)];
}

export function predictions(title, rows, more = () => null) {
  return [make("h4", title), make("ol.predictions", rows.map((row) => (
    make("li", bar(row.name, row.share, row.probability, row.tip), more(row)))))];
}
