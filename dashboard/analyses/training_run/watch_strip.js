// Heat maps of watched pictures, a row a picture and a column an epoch, the newest in sight.

function cell(line, one) {
  const figure = add(line, "figure", `${one.best ? "best" : ""} ${one.begins ? "begins" : ""}`.trim());
  const image = add(figure, "img");
  Object.assign(image, { alt: one.alt, loading: "lazy", decoding: "async", src: one.url });
  const caption = add(figure, "figcaption");
  add(caption, "span", "quiet", one.label);
  if (one.note) add(caption, "b", "", ` ${one.note}`);
  if (one.sure) add(caption, "div", "", one.sure);
}

function row(root, data) {
  const made = { section: add(root.body, "section"), cells: 0 };
  add(made.section, "h4", "", data.title);
  made.line = add(made.section, "div", "line");
  made.line.tabIndex = 0;
  made.line.setAttribute("role", "region");
  made.line.setAttribute("aria-label", `${data.title}: heat maps by epoch`);
  return made;
}

function update(root, data) {
  root.rows ??= new Map();
  for (const one of data.rows) {
    if (!root.rows.has(one.title)) root.rows.set(one.title, row(root, one));
    const made = root.rows.get(one.title), { line } = made;
    const atEnd = line.scrollLeft + line.clientWidth >= line.scrollWidth - 40;
    const words = JSON.stringify(one.cells);
    if (words === made.words) continue;
    // What stands already is left alone: pictures would flicker, and whoever looks at one would lose it.
    made.words = words;
    one.cells.forEach((each, i) => {
      const old = line.children[i], text = JSON.stringify(each);
      if (old?.words === text) return;
      cell(line, each);
      const fresh = line.lastElementChild;
      fresh.words = text;
      if (old) old.replaceWith(fresh);
    });
    while (line.children.length > one.cells.length) line.lastElementChild.remove();
    if (atEnd) line.scrollLeft = line.scrollWidth;
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".watch-strip");
  if (root.key !== data.key) {
    root.replaceChildren();
    root.rows = undefined;
    add(root, "h3", "", data.title);
    add(root, "p", "quiet", data.note);
    root.body = add(root, "div");
    root.key = data.key;
  }
  update(root, data);
}
