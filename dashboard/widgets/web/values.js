// Numbers that a picture is drawn from, fetched as float16 and kept for a while.

const KEPT = 96;
const kept = new Map();
// Every float16 by its bits.
const HALVES = Float32Array.from({ length: 65536 }, (_, bits) => half(bits));

export function half(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
}

// A Float32Array of all that lies behind an address; rejected, and asked for anew the next time, where it is gone.
export function fetchValues(url) {
  if (!kept.has(url)) {
    kept.set(url, fetched(url));
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(url);
}

async function fetched(url) {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(await response.text());
    return Float32Array.from(new Uint16Array(await response.arrayBuffer()), (bits) => HALVES[bits]);
  } catch (error) {
    kept.delete(url);
    throw error;
  }
}

// A decoded picture; the one at hand where its address is the same.
export async function fetchPicture(url, atHand) {
  if (atHand?.src === new URL(url, location.href).href) return atHand;
  const picture = Object.assign(new Image(), { src: url });
  await picture.decode();
  return picture;
}
