// Where one is, and what one can take away: one line.

import { add, button, make, redraw, set } from "#web/dom.js";

function draw(root, data, send, ask) {
  const arrow = () => make("span.arrow", { "aria-hidden": "true" }, "›");
  const steps = data.steps.map((step, i) => [i > 0 && arrow(), make("span.step", step)]);
  root.append(
    make("nav", { "aria-label": "Where you are" }, steps.flat(), data.warning && make("span.warning", data.warning),
      data.details.map((detail) => make("span.detail.quiet", detail))),
    make("div.actions", copyButton("Copy link", data.link),
      data.pin && button(data.pin, () => ask("pin", true), { "aria-pressed": data.pin === "Pinned" }),
      data.days.length > 0 && shareMenu(data, (days) => ask("share", days)),
      data.key && exportMenu(data)),
  );
  if (data.ways.length > 0) {
    root.append(make("nav.ways", { "aria-label": "This model in" }, make("span.quiet", "This model in"),
      data.ways.map(({ label, href }) => make("a", { href }, label))));
  }
}

function copyButton(words, link) {
  const made = button(words, async () => {
    const done = await copied(link ? new URL(link, location.origin).href : location.href);
    made.textContent = done ? "Copied" : "Copy failed";
    setTimeout(() => { made.textContent = words; }, 1600);
  });
  return made;
}

// A link for people without sign-in: for how long, and the link once it is made.
function shareMenu({ days, shared }, share) {
  const dayButton = (one) => {
    const made = button(one < 365 ? `${one} days` : "a year", () => { made.disabled = true; share(one); });
    return made;
  };
  const field = shared.path && make("input", { readonly: true, value: new URL(shared.path, location.origin).href,
    "aria-label": "Share link", onfocus: () => field.select() });
  return menu("Share",
    make("p", "A link that opens this result, to read only, without sign-in. It outlives the cache."),
    make("div.days", make("span.quiet", "Good for"), days.map(dayButton)),
    shared.error && make("p.failed", { role: "alert" }, shared.error),
    field,
    field && make("div.days", copyButton("Copy share link", shared.path),
      make("span.quiet", { role: "status" }, `until ${shared.until}`)));
}

// What can be taken away, and at the end the run's key, which scripts and the command line go by.
function exportMenu({ downloads, key }) {
  return menu("Export", downloads.map(({ label, note, url }) => (
    make("a", { href: url, download: "" }, label, make("span.quiet", note)))),
  make("p.key", make("span.quiet", "Key of this run, for scripts"), make("code", key)));
}

function menu(name, ...children) {
  const summary = make("summary", `${name} ▾`);
  const details = make("details", { "data-name": name }, summary, make("div.menu", ...children));
  return set(details, {
    onkeydown: (event) => {
      if (event.key !== "Escape") return;
      details.open = false;
      summary.focus();
    },
    onfocusout: (event) => { if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false; },
  });
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
  const field = add(document.body, "textarea");
  field.value = text;
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export default redraw(draw);
