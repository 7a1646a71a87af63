// The eleven-test (Besluit BSN, article 1). What is tested may be somebody's number: it is not kept.

const LENGTH = 9;
const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1];

/** Whether `digits` are nine that pass, and not all zero. */
export function passesElevenTest(digits) {
  if (digits.length !== LENGTH || /^0+$/.test(digits)) {
    return false;
  }
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
  return sum % 11 === 0;
}
