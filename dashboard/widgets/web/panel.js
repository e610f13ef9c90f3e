// One tile large with its curve, or the whole atlas in numbers.

import { add, addFacts, addShape } from "./dom.js";

const HEIGHT = 100, WIDTH = 300;

export function curve(parent, data) {
  const values = data.curve, low = Math.min(...values), high = Math.max(...values);
  const x = (i) => (WIDTH * i) / Math.max(1, values.length - 1);
  const y = (v) => HEIGHT - (HEIGHT * (v - low)) / (high - low || 1);
  const figure = add(parent, "figure");
  const caption = add(figure, "figcaption", "quiet");
  add(caption, "span", "", data.curve_title);
  const readout = add(caption, "output");
  const plot = add(figure, "div", "plot quiet");
  const svg = addShape(plot, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  svg.setAttribute("aria-label", `${data.curve_title}: from ${values[0]} to ${values.at(-1)}`);
  addShape(svg, "path", { class: "frame", d: `M0 0V${HEIGHT}H${WIDTH}` });
  addShape(svg, "polyline", { class: "line", points: values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(" ") });
  const here = addShape(svg, "line", { class: "here", y1: 0, y2: HEIGHT });
  add(plot, "span", "high", high.toPrecision(3));
  add(plot, "span", "low", low.toPrecision(3));
  const axis = add(figure, "div", "axis quiet");
  add(axis, "span", "", data.axis[0]);
  add(axis, "span", "", data.axis[1]);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const i = Math.round(((event.clientX - box.left) / box.width) * (values.length - 1));
    const at = Math.max(0, Math.min(values.length - 1, i));
    here.setAttribute("x1", x(at));
    here.setAttribute("x2", x(at));
    here.style.opacity = 0.6;
    const [word, first] = data.axis[0].split(" ");
    readout.textContent = `${word} ${at + Number(first)}: ${values[at].toPrecision(4)}`;
  });
  svg.addEventListener("pointerleave", () => { here.style.opacity = 0; readout.textContent = ""; });
}

export function drawPanel(root, data) {
  add(root, "h3", "", data.title);
  if (data.note) add(root, "p", "quiet", data.note);
  if (data.url) {
    const picture = add(root, "img");
    picture.alt = data.alt;
    picture.src = data.url;
  }
  if (data.curve?.length > 1) curve(root, data);
  if (data.facts?.length) addFacts(root, data.facts);
  if (data.channel) add(root, "a", "button", "Open this channel").href = data.channel;
  if (data.download) {
    const link = add(root, "a", "button", "Download tile");
    link.href = data.download;
    link.setAttribute("download", "");
  }
}
