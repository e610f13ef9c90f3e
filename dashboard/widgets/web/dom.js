// What every element builds with. Text is set as text and never as HTML: names and messages were written by people.

const SVG = "http://www.w3.org/2000/svg";
const elements = new WeakMap();

// An element's only export. `Element` is made once for its root; update(data) is called when the data are others than
// before, close() where there is one when the element leaves the page. It gets two methods: send(name, value) keeps a
// value in its state, ask(name, value) tells of an event. Both run the page's script.
export function mount(Element) {
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    const root = parentElement.querySelector(".element");
    if (!elements.has(root)) elements.set(root, { element: new Element(root), changed: memo() });
    const mounted = Object.assign(elements.get(root), { setStateValue, setTriggerValue }), { element } = mounted;
    element.send ??= (name, value) => mounted.setStateValue(name, value);
    element.ask ??= (name, value) => mounted.setTriggerValue(name, value);
    if (mounted.changed("data", data)) element.update(data);
    return () => {
      for (const choice of element.choices ?? []) choice.close();
      element.close?.();
    };
  };
}

// An element that keeps nothing: draw(root, data, send, ask) fills it anew whenever its data change.
export function redraw(draw) {
  return mount(class {
    constructor(root) { this.root = root; }

    update(data) {
      keepPlace(this.root, () => {
        this.root.replaceChildren();
        draw(this.root, data, this.send, this.ask);
      });
    }
  });
}

// act() at the next frame, once however often it is asked for until then.
export function eachFrame(act) {
  let frame = null;
  return () => { frame ??= requestAnimationFrame(() => { frame = null; act(); }); };
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

// Attributes of an element, and what it listens to as "onclick". "aria-" ones are words; any other that is false or
// missing is taken away.
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const words = name.startsWith("aria-");
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === null || value === undefined || (value === false && !words)) element.removeAttribute(name);
    else element.setAttribute(name, value === true && !words ? "" : String(value));
  }
  return element;
}

// An element as it is written: make("a.button", { href, onclick: act }, "Open", make("b", name)). Attributes may be
// left out; children that are false or missing are.
export function make(kind, ...rest) {
  const [tag, ...classes] = kind.split("."), made = document.createElement(tag), [first] = rest;
  if (classes.length) made.className = classes.join(" ");
  if (first && typeof first === "object" && !Array.isArray(first) && !first.nodeType) set(made, rest.shift());
  made.append(...rest.flat().filter((child) => child || child === 0));
  return made;
}

export function button(words, onclick, attributes = {}) {
  return make("button", { type: "button", onclick, ...attributes }, words);
}

// add(parent, tag, class, text, attributes): all behind the tag may be left out.
export function add(parent, tag, ...rest) {
  const attributes = typeof rest.at(-1) === "object" ? rest.pop() : {}, [className = "", text = ""] = rest;
  const made = parent.appendChild(document.createElement(tag));
  if (className) made.className = className;
  if (text !== "") made.textContent = text;
  return set(made, attributes);
}

export function addShape(parent, tag, attributes) {
  return set(parent.appendChild(document.createElementNS(SVG, tag)), attributes);
}

export function addButton(parent, className, text, act, attributes = {}) {
  return parent.appendChild(button(text, act, { class: className, ...attributes }));
}

// A row of buttons of which one is pressed, named for screen readers. Returns value to button; press() marks one.
export function addChoice(parent, title, options, act) {
  const group = add(parent, "div", "choice", { role: "group", "aria-label": title });
  add(group, "span", "quiet", title);
  return Object.fromEntries(options.map(([value, text]) => [value, addButton(group, "", text, () => act(value))]));
}

export function press(buttons, chosen) {
  for (const [value, one] of Object.entries(buttons)) set(one, { "aria-pressed": value === String(chosen) });
}

// A slider from 0 to 100, named in front.
export function addSlider(parent, className, title, act) {
  const input = make("input", { type: "range", min: 0, max: 100, oninput: () => act(Number(input.value)) });
  parent.append(make("label", { class: className }, make("span.quiet", title), input));
  return input;
}

// Names at the left, values at the right.
export function addFacts(parent, rows) {
  return parent.appendChild(make("dl", rows.map(([name, value]) => [make("dt.quiet", name), make("dd", value)]).flat()));
}
