// What every element builds with; it stands in front of each element's own script.

const SVG = "http://www.w3.org/2000/svg";

function add(parent, tag, className = "", text = "") {
  const made = parent.appendChild(document.createElement(tag));
  if (className) made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

function addShape(parent, tag, attributes) {
  const made = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function addButton(parent, className, text, act) {
  const made = add(parent, "button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// A row of buttons of which one is pressed, named for screen readers. Returns value to button; press() marks one.
function addChoice(parent, title, options, act) {
  const group = add(parent, "div", "choice");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", title);
  add(group, "span", "quiet", title);
  return Object.fromEntries(options.map(([value, text]) => [value, addButton(group, "", text, () => act(value))]));
}

function press(buttons, chosen) {
  for (const [value, one] of Object.entries(buttons)) one.setAttribute("aria-pressed", String(value === String(chosen)));
}

// Names at the left, values at the right.
function addFacts(parent, rows) {
  const list = add(parent, "dl");
  for (const [name, value] of rows) {
    add(list, "dt", "quiet", name);
    add(list, "dd", "", value);
  }
  return list;
}

// A float16 from its bits.
function half(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
}
