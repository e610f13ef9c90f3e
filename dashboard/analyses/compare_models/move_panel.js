// The chosen layer in numbers, what both networks say of the picture, and layers that one of them has alone.

function predictionsOf(root, { title, rows }) {
  add(root, "h4", "", title);
  if (!rows) { add(root, "p", "quiet", "It ends in no classes."); return; }
  const list = add(root, "ol", "predictions");
  for (const row of rows) {
    const item = add(list, "li");
    add(item, "span", "name", row.name);
    add(item, "span", "share", row.share).title = `logit ${row.logit}`;
    add(add(item, "span", "track"), "i").style.width = `${100 * row.probability}%`;
  }
}

function drawMoves(root, data) {
  root.replaceChildren();
  add(root, "h3", "", data.title);
  if (data.note) add(root, "p", "quiet", data.note);
  addFacts(root, data.facts);
  if (data.weights.length) {
    add(root, "h4", "", "Distance of its weights");
    addFacts(root, data.weights);
  }
  for (const one of data.predictions) predictionsOf(root, one);
  for (const { title, names } of data.alone) {
    add(root, "h4", "", title);
    const list = add(root, "ul", "alone quiet");
    for (const name of names) add(list, "li", "", name);
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".move-panel");
  const words = JSON.stringify(data);
  if (root.words === words) return;
  root.words = words;
  drawMoves(root, data);
}
