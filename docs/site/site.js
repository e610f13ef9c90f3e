// Search over layers, channels and classes, and the arrow keys. Pages read without it, too.
const root = document.body.dataset.root, form = document.querySelector(".search");
const field = form.querySelector("input"), list = document.querySelector("#found");
const MOST = 20;
form.hidden = false;
form.addEventListener("submit", (event) => { event.preventDefault(); list.querySelector("a")?.click(); });

// What is searched is a script, for pages that open from a disk may fetch nothing else.
let fetched;
const index = () => fetched ??= new Promise((done) => {
  const script = document.createElement("script");
  script.src = `${root}search.js`;
  script.addEventListener("load", () => done(window.FOUND), { once: true });
  document.head.append(script);
});

field.addEventListener("input", async () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const every = words.length ? await index() : [];
  const found = every.filter(([name]) => words.every((word) => name.toLowerCase().includes(word))).slice(0, MOST);
  list.replaceChildren(...found.map(([name, address]) => {
    const line = document.createElement("li"), link = document.createElement("a");
    link.textContent = name;
    link.href = root + address;
    line.append(link);
    return line;
  }));
  if (words.length && !found.length) {
    const none = document.createElement("li");
    none.textContent = "Nothing is called that.";
    list.append(none);
  }
  list.hidden = !words.length;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { list.hidden = true; field.blur(); return; }
  if (event.target === field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); field.focus(); return; }
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (way) document.querySelector(`a[rel=${way}]`)?.click();
});
