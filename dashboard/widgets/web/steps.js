// One step of Back for what a person did, none for what a page writes into its address by itself.
// Streamlit writes a new entry of the history at every change. dashboard/widgets/address.py marks those that only say
// what is shown already, by a parameter that is taken out here; and without an act of a person none is new.

const QUIET = /([?&])_=([\w-]*)(?:&|$)/;
const ACTS = ["pointerdown", "keydown", "click", "change", "drop"];

// An address without the mark, and the page that the mark names; null where there is none.
export function unmarked(address) {
  const text = String(address), page = QUIET.exec(text)?.[2] ?? null;
  return [text.replace(QUIET, "$1").replace(/[?&]$/, ""), page];
}

const pageOf = (address) => new URL(address, "http://here").pathname.split("/").pop();

// Whether a click means the browser's usual thing, and nobody took it already.
const plain = (event) => !["button", "ctrlKey", "metaKey", "shiftKey", "altKey", "defaultPrevented"].some((is) => event[is]);

// Where a click leads inside of the dashboard, without loading it anew; null where the browser is to go by itself.
export function placeOf(event, pages, here) {
  const link = event.composedPath().find((one) => one.localName === "a" && one.href);
  if (!link || !plain(event) || link.target || link.hasAttribute("download")) return null;
  const to = new URL(link.href);
  return to.origin === here.origin && pages.includes(to.pathname) && !to.hash ? to.href : null;
}

// Watch over a window's history. `pages`: paths that Streamlit knows.
export function watchSteps(window, pages) {
  const { history } = window, push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  let acted = false;
  for (const act of ACTS) window.addEventListener(act, () => { acted = true; }, true);
  window.addEventListener("popstate", () => { acted = false; }, true);
  // Whether Streamlit means a new entry is not asked: while it goes back it never does, whatever a person does then.
  const write = (state, title, address) => {
    const [plain, page] = unmarked(address), to = pageOf(plain);
    // Streamlit hears what a page writes before it has the page's own path: that comes next, with all that was written.
    if (page !== null && page !== to) return;
    const step = acted && (page === null || to !== pageOf(window.location.pathname));
    (step ? push : replace)(state, title, plain);
    if (page === null || step) acted = false;
  };
  history.pushState = history.replaceState = write;
  window.addEventListener("click", (event) => {
    const to = placeOf(event, pages, window.location);
    if (!to || !window.document.querySelector("[data-test-connection-state=CONNECTED]")) return;
    event.preventDefault();
    push({}, "", to);
    window.dispatchEvent(new window.PopStateEvent("popstate"));
  });
}
