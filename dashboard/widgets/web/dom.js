// What every element builds with. Text is set as text and never as HTML: names and messages were written by people.

const SVG = "http://www.w3.org/2000/svg";
const elements = new WeakMap();

// An element's only export. `Element` is made once for its root; update(data, send, ask) is called when the data are
// others than before, close() where there is one when the element leaves the page. send() keeps a value in the
// element's state; ask() tells of an event. Both run the page's script.
export function mount(Element) {
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    const root = parentElement.querySelector(".element");
    if (!elements.has(root)) elements.set(root, { element: new Element(root), changed: memo() });
    const mounted = Object.assign(elements.get(root), { setStateValue, setTriggerValue });
    mounted.send ??= (name, value) => mounted.setStateValue(name, value);
    mounted.ask ??= (name, value) => mounted.setTriggerValue(name, value);
    if (mounted.changed("data", data)) mounted.element.update(data, mounted.send, mounted.ask);
    return () => mounted.element.close?.();
  };
}

// An element that keeps nothing: draw(root, data, send, ask) fills it anew whenever its data change.
export function redraw(draw) {
  return mount(class {
    constructor(root) { this.root = root; }

    update(data, send, ask) {
      keepPlace(this.root, () => {
        this.root.replaceChildren();
        draw(this.root, data, send, ask);
      });
    }
  });
}

// changed(name, value): whether a value is another than when it was last asked about under this name.
export function memo() {
  const known = new Map();
  return (name, value) => {
    const text = JSON.stringify(value), other = known.get(name) !== text;
    known.set(name, text);
    return other;
  };
}

// Draw anew; of what has a data-name and is there again, what was focused is focused and what was unfolded is unfolded.
export function keepPlace(root, draw) {
  const active = root.getRootNode().activeElement, focused = root.contains(active) ? active.dataset.name : undefined;
  const open = new Set([...root.querySelectorAll("details[open]")].map((one) => one.dataset.name));
  draw();
  for (const one of root.querySelectorAll("[data-name]")) {
    if (open.has(one.dataset.name)) one.open = true;
    if (one.dataset.name === focused) one.focus();
  }
}

export function add(parent, tag, className = "", text = "") {
  const made = parent.appendChild(document.createElement(tag));
  if (className) made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

export function addShape(parent, tag, attributes) {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function addButton(parent, className, text, act) {
  const made = add(parent, "button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// A row of buttons of which one is pressed, named for screen readers. Returns value to button; press() marks one.
export function addChoice(parent, title, options, act) {
  const group = add(parent, "div", "choice");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", title);
  add(group, "span", "quiet", title);
  return Object.fromEntries(options.map(([value, text]) => [value, addButton(group, "", text, () => act(value))]));
}

export function press(buttons, chosen) {
  for (const [value, one] of Object.entries(buttons)) one.setAttribute("aria-pressed", String(value === String(chosen)));
}

// A slider from 0 to 100, named in front.
export function addSlider(parent, className, title, act) {
  const label = add(parent, "label", className);
  add(label, "span", "quiet", title);
  const input = Object.assign(add(label, "input"), { type: "range", min: 0, max: 100 });
  input.addEventListener("input", () => act(Number(input.value)));
  return input;
}

// Names at the left, values at the right.
export function addFacts(parent, rows) {
  const list = add(parent, "dl");
  for (const [name, value] of rows) {
    add(list, "dt", "quiet", name);
    add(list, "dd", "", value);
  }
  return list;
}
