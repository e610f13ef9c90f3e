// What a network takes a picture for: its likeliest classes, each with a bar as long as its probability.

import { add } from "./dom.js";

export function addPredictions(parent, title, rows, more = () => {}) {
  add(parent, "h4", "", title);
  const list = add(parent, "ol", "predictions");
  for (const row of rows) {
    const item = add(list, "li");
    add(item, "span", "name", row.name);
    add(item, "span", "share", row.share).title = `logit ${row.logit}`;
    add(add(item, "span", "track"), "i").style.width = `${100 * row.probability}%`;
    more(item, row);
  }
}
