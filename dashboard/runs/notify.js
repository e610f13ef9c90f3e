// Asked for with one click, kept by name in this browser, said once when what is watched is over.

import { addButton, redraw, set } from "#web/dom.js";

const PLACE = "convscope-bell:";

function kept(name) { try { return localStorage.getItem(PLACE + name) === "1"; } catch { return false; } }

function keep(name, on) {
  try {
    if (on) localStorage.setItem(PLACE + name, "1"); else localStorage.removeItem(PLACE + name);
  } catch { /* private mode */ }
}

async function toggle(button, name) {
  if (kept(name)) { keep(name, false); show(button, name); return; }
  const allowed = "Notification" in window && await Notification.requestPermission() === "granted";
  keep(name, allowed);
  show(button, name);
  if (!allowed) button.textContent = "The browser does not allow it";
}

function show(button, name) {
  button.textContent = kept(name) ? "Will tell you" : "Tell me when done";
  set(button, { "aria-pressed": kept(name) });
}

export default redraw((root, { name, title, live }) => {
  if (live) {
    const button = addButton(root, "", "", () => toggle(button, name));
    show(button, name);
  } else if (kept(name)) {
    keep(name, false);
    new Notification("Convscope", { body: title, tag: name });
  }
});
