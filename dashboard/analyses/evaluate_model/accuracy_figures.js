// A few large numbers side by side, each with what it counts.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".accuracy-figures");
  const words = JSON.stringify(data);
  if (root.words === words) return;
  root.words = words;
  root.replaceChildren();
  for (const figure of data.figures) {
    const made = add(root, "div", "figure");
    add(made, "span", "quiet", figure.title);
    add(made, "strong", "", figure.value);
    add(made, "span", "", figure.note);
    add(made, "span", "quiet", figure.more);
  }
}
