// Two pictures under one magnifying glass: wheel, drag and keys act on both.

const FARTHEST = 1, NEAREST = 16, STEP = 1.25, SHIFT = 0.08;

function clamp(value, low, high) { return Math.min(high, Math.max(low, value)); }

function pane(parent, { title, url }) {
  const figure = add(parent, "figure");
  const frame = add(figure, "div", "frame");
  frame.tabIndex = 0;
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", `${title}. Plus and minus zoom both pictures, arrow keys move them, 0 shows all.`);
  const picture = add(frame, "img");
  picture.src = url;
  picture.alt = "";
  picture.draggable = false;
  add(figure, "figcaption", "quiet", title);
  return { frame, picture };
}

function build(root, data) {
  root.replaceChildren();
  const bar = add(root, "div", "bar");
  const row = add(root, "div", "panes");
  const panes = data.panes.map((one) => pane(row, one));
  const view = { scale: 1, x: 0.5, y: 0.5 }; // the middle of what is seen, as a share of the picture
  const said = add(bar, "span", "quiet");

  const show = () => {
    const half = 0.5 / view.scale;
    view.x = clamp(view.x, half, 1 - half);
    view.y = clamp(view.y, half, 1 - half);
    for (const { picture } of panes) {
      picture.style.transform = `scale(${view.scale}) translate(${(0.5 - view.x) * 100}%, ${(0.5 - view.y) * 100}%)`;
      picture.style.imageRendering = view.scale > 3 ? "pixelated" : "auto";
    }
    said.textContent = `${Math.round(view.scale * 100)} %`;
  };
  const zoom = (by, x = view.x, y = view.y) => {
    const before = view.scale;
    view.scale = clamp(view.scale * by, FARTHEST, NEAREST);
    view.x = x + (view.x - x) * (before / view.scale);
    view.y = y + (view.y - y) * (before / view.scale);
    show();
  };
  const move = (x, y) => { view.x += x / view.scale; view.y += y / view.scale; show(); };
  const whole = () => { view.scale = 1; show(); };
  addButton(bar, "", "−", () => zoom(1 / STEP)).setAttribute("aria-label", "Zoom out");
  addButton(bar, "", "+", () => zoom(STEP)).setAttribute("aria-label", "Zoom in");
  addButton(bar, "", "Show all", whole);

  for (const { frame } of panes) {
    const at = (event) => {
      const box = frame.getBoundingClientRect();
      return [view.x + ((event.clientX - box.left) / box.width - 0.5) / view.scale,
              view.y + ((event.clientY - box.top) / box.height - 0.5) / view.scale];
    };
    frame.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoom(event.deltaY < 0 ? STEP : 1 / STEP, ...at(event));
    }, { passive: false });
    let from = null;
    frame.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; frame.setPointerCapture(event.pointerId); });
    frame.addEventListener("pointermove", (event) => {
      if (!from) return;
      const box = frame.getBoundingClientRect();
      move((from[0] - event.clientX) / box.width, (from[1] - event.clientY) / box.height);
      from = [event.clientX, event.clientY];
    });
    frame.addEventListener("pointerup", () => { from = null; });
    frame.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-SHIFT, 0], ArrowRight: [SHIFT, 0], ArrowUp: [0, -SHIFT], ArrowDown: [0, SHIFT] };
      if (event.key in moves) move(...moves[event.key]);
      else if (event.key === "+" || event.key === "=") zoom(STEP);
      else if (event.key === "-") zoom(1 / STEP);
      else if (event.key === "0") whole();
      else return;
      event.preventDefault();
    });
  }
  show();
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".zoom-panes");
  const text = JSON.stringify(data);
  if (root.drawn === text) return;
  root.drawn = text;
  build(root, data);
}
