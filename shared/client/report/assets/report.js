// One tile of a sheet, large: by click, or by the arrow keys while the sheet has the focus.
for (const figure of document.querySelectorAll("figure.sheet")) {
  const { columns, step, edge, labels } = JSON.parse(figure.dataset.grid);
  const sheet = figure.querySelector("img"), canvas = figure.querySelector("canvas");
  const said = figure.querySelector(".chosen");
  let chosen = -1;

  const show = (tile) => {
    if (tile < 0 || tile >= labels.length) return;
    chosen = tile;
    const left = (tile % columns) * step, top = Math.floor(tile / columns) * step;
    canvas.hidden = false;
    canvas.getContext("2d").drawImage(sheet, left, top, edge, edge, 0, 0, canvas.width, canvas.height);
    said.textContent = labels[tile] || "not made";
  };
  sheet.addEventListener("click", (event) => {
    const scale = sheet.naturalWidth / sheet.clientWidth;
    const column = Math.floor((event.offsetX * scale) / step), row = Math.floor((event.offsetY * scale) / step);
    if (column < columns) show(row * columns + column);
  });
  sheet.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    show(chosen < 0 ? 0 : chosen + by);
  });
}
