// Numbers as people read them.

// A few digits, without the noise of an exponent where none is needed, and with the sign for minus.
export function fewDigits(value, digits = 4) {
  return Number(value.toPrecision(digits)).toString().replace("-", "−");
}
