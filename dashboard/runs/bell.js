// Asked for with one click, kept by name in this browser, said once when what is watched is over.

const PLACE = "convscope-bell:";

function kept(name) { try { return localStorage.getItem(PLACE + name) === "1"; } catch { return false; } }

function keep(name, on) {
  try { on ? localStorage.setItem(PLACE + name, "1") : localStorage.removeItem(PLACE + name); } catch { /* private mode */ }
}

async function toggle(button, name) {
  if (kept(name)) { keep(name, false); show(button, name); return; }
  const allowed = "Notification" in window && await Notification.requestPermission() === "granted";
  keep(name, allowed);
  show(button, name);
  if (!allowed) button.textContent = "The browser does not allow it";
}

function show(button, name) {
  const on = kept(name);
  button.textContent = on ? "Will tell you" : "Tell me when done";
  button.setAttribute("aria-pressed", String(on));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".bell");
  const { name, title, live } = data;
  if (!live) {
    root.replaceChildren();
    if (kept(name)) {
      keep(name, false);
      new Notification("Convscope", { body: title, tag: name });
    }
    return;
  }
  if (!root.button) root.button = addButton(root, "", "", () => toggle(root.button, name));
  show(root.button, name);
}
