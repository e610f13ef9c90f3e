// Where one is, and what one can take away: one line.

function draw(root, data) {
  const open = root.querySelector("details")?.open;
  root.replaceChildren();
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
  actions.append(copyButton(data.link));
  if (data.downloads.length) actions.append(exportMenu(data.downloads, open));
}

function copyButton(link) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy link";
  button.addEventListener("click", async () => {
    const done = await copied(link ? new URL(link, location.origin).href : location.href);
    button.textContent = done ? "Copied" : "Copy failed";
    setTimeout(() => { button.textContent = "Copy link"; }, 1600);
  });
  return button;
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

function exportMenu(downloads, open) {
  const details = document.createElement("details");
  details.open = Boolean(open);
  add(details, "summary", "", "Export ▾");
  const menu = add(details, "div", "menu");
  for (const { label, note, url } of downloads) {
    const link = add(menu, "a", "", label);
    link.href = url;
    link.setAttribute("download", "");
    add(link, "span", "quiet", note);
  }
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    details.querySelector("summary").focus();
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  return details;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".place-line");
  const text = JSON.stringify(data);
  if (root.drawn === text) return;
  root.drawn = text;
  draw(root, data);
}
