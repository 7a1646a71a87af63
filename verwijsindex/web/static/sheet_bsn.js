// Whether a text holds what could be a BSN: nine digits that pass the eleven-test.

const INTERNATIONAL_NUMBER = /\+[\d ().-]+/g;
const RUNS = [/\d+/g, /\d(?:[ .-]?\d)*/g];
const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1];

/** Whether nine digits in a row, or set apart by single spaces, points or dashes, pass. */
export function holdsBsn(text) {
  const rest = text.replace(INTERNATIONAL_NUMBER, "x");
  return RUNS.some((run) => (rest.match(run) ?? []).some((one) => passes(one.replace(/\D/g, ""))));
}

function passes(digits) {
  if (digits.length !== 9 || /^0+$/.test(digits)) {
    return false;
  }
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
  return sum % 11 === 0;
}
