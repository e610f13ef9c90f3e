// The curve and the numbers of a portrait, drawn as the tile panel draws them.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".portrait-panel");
  const words = JSON.stringify(data);
  if (root.words === words) return;
  root.words = words;
  draw(root, data);
}
