// Where one is, and what one can take away: one line.

import { add, addButton, redraw } from "#web/dom.js";

function draw(root, data, send, ask) {
  const nav = add(root, "nav");
  nav.setAttribute("aria-label", "Where you are");
  data.steps.forEach((step, i) => {
    if (i) add(nav, "span", "arrow", "›").setAttribute("aria-hidden", "true");
    add(nav, "span", "step", step);
  });
  if (data.warning) add(nav, "span", "warning", data.warning);
  for (const detail of data.details) add(nav, "span", "detail quiet", detail);
  if (data.key) {
    const code = add(nav, "code", "", data.key);
    code.title = "Key of this run";
  }
  const actions = add(root, "div", "actions");
  copyButton(actions, "Copy link", data.link);
  if (data.pin) addButton(actions, "", data.pin, () => ask("pin", true)).setAttribute("aria-pressed", String(data.pin === "Pinned"));
  if (data.days.length) shareMenu(actions, data, (days) => ask("share", days));
  if (data.downloads.length) exportMenu(actions, data.downloads);
}

function copyButton(parent, words, link) {
  const button = addButton(parent, "", words, async () => {
    const done = await copied(link ? new URL(link, location.origin).href : location.href);
    button.textContent = done ? "Copied" : "Copy failed";
    setTimeout(() => { button.textContent = words; }, 1600);
  });
}

// A link for people without sign-in: for how long, and the link once it is made.
function shareMenu(parent, { days, shared }, share) {
  const menu = addMenu(parent, "Share");
  add(menu, "p", "", "A link that opens this result, to read only, without sign-in. It outlives the cache.");
  const row = add(menu, "div", "days");
  add(row, "span", "quiet", "Good for");
  for (const one of days) {
    const button = addButton(row, "", one < 365 ? `${one} days` : "a year", () => { button.disabled = true; share(one); });
  }
  if (shared.error) add(menu, "p", "failed", shared.error).setAttribute("role", "alert");
  if (shared.path) {
    const field = add(menu, "input");
    field.readOnly = true;
    field.value = new URL(shared.path, location.origin).href;
    field.setAttribute("aria-label", "Share link");
    field.addEventListener("focus", () => field.select());
    const last = add(menu, "div", "days");
    copyButton(last, "Copy share link", shared.path);
    add(last, "span", "quiet", `until ${shared.until}`).setAttribute("role", "status");
  }
}

function addMenu(parent, name) {
  const details = add(parent, "details");
  details.dataset.name = name;
  add(details, "summary", "", `${name} ▾`);
  const menu = add(details, "div", "menu");
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    details.querySelector("summary").focus();
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  return menu;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text); // the clipboard's interface exists on https and localhost only
  }
}

function copiedTheOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

function exportMenu(parent, downloads) {
  const menu = addMenu(parent, "Export");
  for (const { label, note, url } of downloads) {
    const link = add(menu, "a", "", label);
    link.href = url;
    link.setAttribute("download", "");
    add(link, "span", "quiet", note);
  }
}

export default redraw(draw);
