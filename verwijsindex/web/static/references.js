// The own reference (kenmerk): what may be sent, and what may be shown beside a row's number.
// The rules are those of vi-client: verwijsindex/client/references.py.

import { isoDateText } from "./cells.js";
import { passesElevenTest } from "./eleven_test.js";

export const LONGEST_REFERENCE = 32; // characters
export const NOT_SHOWN = "(niet getoond)";

const FORM = /^[\p{L}\p{N} ./_#:-]*$/u;
const SIX_LETTERS = /[\p{L}\p{Letter_Number}\p{Other_Number}]{6}/u;
const DIGIT = /\p{Decimal_Number}/u;
const DATE_LIKE = /^[0-9]{1,4}([-/. ])[0-9]{1,2}\1[0-9]{1,4}$/;
const ALL_BSN_LENGTH = /^[0-9]{8,9}$/;
const BSN_LIKE = /(?<![0-9])[0-9]{8,9}(?![0-9])/g;
const BETWEEN = /[\s._/#:-]/g;
const FEWEST_TELLING_DIGITS = 7; // fewer digits in common are chance

/** Whether a reference is longer than the index takes. */
export function isTooLong(reference) {
  return [...reference].length > LONGEST_REFERENCE;
}

/**
 * Whether a reference holds its own row's BSN, V-number or birth date, each as it was written.
 *
 * The index refuses most of those, but it would have seen them by then.
 */
export function revealsPerson(reference, number, birthDate) {
  const digits = digitsOf(reference);
  const own = digitsOf(number).replace(/^0+/, "");
  if (own.length >= FEWEST_TELLING_DIGITS && digits.includes(own)) {
    return true;
  }
  const [year, month, day] = (isoDateText(birthDate) ?? "").split("-");
  if (!day) {
    return false;
  }
  const long = [year + month + day, day + month + year];
  const short = [year.slice(2) + month + day, day + month + year.slice(2)];
  return (
    short.includes(digits) ||
    // A spreadsheet ate the zero of 01-02-1980.
    long.includes(digits.padStart(8, "0")) ||
    long.some((form) => digits.includes(form))
  );
}

/**
 * Return `reference` where it may be shown, or `(niet getoond)`.
 *
 * Only a value that has the form of a reference is shown. Eight or nine digits are not, for
 * they may be a BSN (also a mistyped one) or a date, nor is a BSN among other characters.
 */
export function shownReference(reference, isRevealing) {
  if (!reference) {
    return "";
  }
  const bare = reference.replace(BETWEEN, "");
  const isHidden =
    isRevealing ||
    isTooLong(reference) ||
    !DIGIT.test(reference) ||
    !FORM.test(reference) ||
    SIX_LETTERS.test(reference) ||
    DATE_LIKE.test(reference) ||
    ALL_BSN_LENGTH.test(bare) ||
    (bare.match(BSN_LIKE) ?? []).some((found) => passesElevenTest(found.padStart(9, "0")));
  return isHidden ? NOT_SHOWN : reference;
}

function digitsOf(text) {
  return text.replace(/[^0-9]/g, "");
}
