// Right answers by how sure the network was, beside the diagonal on which one may take it at its word.

const SIDE = 100;

function describe(bin) {
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const from = `${Math.round(100 * bin.from)}–${Math.round(100 * bin.to)} % sure`;
  return `${from}: ${bin.count.toLocaleString("en")} answers, ${percent(bin.confidence)} on average, ${percent(bin.accuracy)} right`;
}

function drawBins(svg, bins) {
  const most = Math.max(...bins.map((bin) => bin.count), 1);
  bins.forEach((bin, i) => {
    if (!bin.count) return;
    const x = SIDE * bin.from + 0.4, width = SIDE * (bin.to - bin.from) - 0.8;
    const top = SIDE * (1 - bin.accuracy), meant = SIDE * (1 - bin.confidence);
    addShape(svg, "rect", { class: "right", x, width, y: top, height: SIDE - top });
    addShape(svg, "rect", { class: "gap", x, width, y: Math.min(top, meant), height: Math.abs(top - meant) });
    addShape(svg, "path", { class: "level", d: `M${x} ${top}h${width}` });
    const height = Math.max(0.8, 20 * (bin.count / most));
    addShape(svg, "rect", { class: "count", x, width, y: 128 - height, height });
    const area = addShape(svg, "rect", { class: "area", x, width, y: 0, height: 128 });
    area.dataset.bin = i;
  });
}

function drawReliability(root, data) {
  root.replaceChildren();
  const title = add(root, "div", "title");
  add(title, "b", "", data.title);
  const readout = add(title, "output", "quiet");
  const plot = add(root, "div", "plot");
  add(plot, "span", "quiet axis up", "share that is right");
  const svg = addShape(plot, "svg", { viewBox: `0 0 ${SIDE} 128`, role: "img" });
  svg.setAttribute("aria-label", data.bins.filter((bin) => bin.count).map(describe).join("; "));
  for (const at of [0, 25, 50, 75, 100]) addShape(svg, "path", { class: "line", d: `M0 ${at}H${SIDE}` });
  drawBins(svg, data.bins);
  addShape(svg, "path", { class: "diagonal", d: `M0 ${SIDE}L${SIDE} 0` });
  addShape(svg, "path", { class: "line", d: `M0 128H${SIDE}` });
  const axis = add(plot, "div", "quiet axis along");
  for (const text of ["0 %", "how sure it was", "100 %"]) add(axis, "span", "", text);
  const legend = add(root, "div", "legend quiet");
  for (const [kind, text] of [["right", "right"], ["gap", "distance to its word"], ["count", "how many answers"]]) {
    add(legend, "i", kind);
    add(legend, "span", "", text);
  }
  add(root, "p", "quiet", data.note);
  svg.addEventListener("pointermove", (event) => {
    const bin = data.bins[event.target.dataset?.bin];
    readout.textContent = bin ? describe(bin) : "";
  });
  svg.addEventListener("pointerleave", () => { readout.textContent = ""; });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".reliability");
  const words = JSON.stringify(data);
  if (root.words === words) return;
  root.words = words;
  drawReliability(root, data);
}
