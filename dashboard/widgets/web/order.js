// What may come later waits for what the page is looked at for.

// Elements of one page begin within so much of each other.
const TOGETHER_MS = 150;
const coming = new Set();

// Something that goes before: a sheet that is being fetched and decoded. Returns it.
export function goesFirst(promise) {
  const settled = promise.then(() => {}, () => {}).then(() => coming.delete(settled));
  coming.add(settled);
  return promise;
}

const painted = (wait) => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve, wait)); });

// When the page is painted and nothing that goes first is on its way any more.
export async function afterTheRest() {
  await painted(TOGETHER_MS);
  while (coming.size) {
    await Promise.all(coming);
    await painted(0);
  }
}
