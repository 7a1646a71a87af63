// What the text of one cell can mean, in a file or a field. No function here raises or repeats
// the text. The rules are those of vi-client: verwijsindex/client/cells.py.

// What Python's strip and split take for a space, which is not quite what JavaScript's trim does.
const SPACES = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const AROUND = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "g");
const BETWEEN = new RegExp(`[${SPACES}]+`);
const SEPARATORS = new RegExp(`[${SPACES}_-]+`);

const DUTCH_DATE = /^([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})$/;
const ISO_DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const COMPACT_DATE = /^([0-9]{4})([0-9]{2})([0-9]{2})$/;

const WHOLE_FLOAT = /^([0-9]{7,10})[.,]0+$/; // a number column that was exported
const THOUSANDS = /^[0-9]{1,3}([., ])[0-9]{3}\1[0-9]{3}$/;
const GROUPED = /^[0-9]{3,4}([. ])[0-9]{2}\1[0-9]{3}$/; // as on older letters
const SCIENTIFIC = /^[0-9]([.,][0-9]+)?[eE]\+?[0-9]+$/;
const LONG_MONTHS = [1, 3, 5, 7, 8, 10, 12];

/** Return `text` without spaces around it. */
export function stripped(text) {
  return text.replace(AROUND, "");
}

/** Return the words of `text`. */
export function words(text) {
  return stripped(text).split(BETWEEN).filter(Boolean);
}

/**
 * Return `text` as `jjjj-mm-dd`, or null when it has no known form.
 *
 * `dd-mm-jjjj` (Dutch Excel writes `d-m-jjjj`), ISO 8601, or ISO without hyphens, which no
 * `ddmmjjjj` since 1890 can be mistaken for. The date need not exist, and its day and month may
 * be `00`.
 */
export function isoDateText(text) {
  const bare = stripped(text);
  const dutch = DUTCH_DATE.exec(bare);
  if (dutch) {
    const [, day, month, year] = dutch;
    return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  }
  const found = ISO_DATE.exec(bare) ?? COMPACT_DATE.exec(bare);
  return found ? found.slice(1).join("-") : null;
}

/** Return the date as `jjjj-mm-dd`, or null when it has no known form or does not exist. */
export function calendarDate(text) {
  const iso = isoDateText(text);
  if (iso === null) {
    return null;
  }
  const [year, month, day] = iso.split("-").map(Number);
  return year >= 1 && exists(year, month, day) ? iso : null;
}

/** Whether the day is there in the Gregorian calendar. */
export function exists(year, month, day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

/** Return how many days the month has. */
export function daysOf(year, month) {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return LONG_MONTHS.includes(month) ? 31 : 30;
}

/** Return the calendar day in the Netherlands as `jjjj-mm-dd`. */
export function todayInTheNetherlands() {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Europe/Amsterdam",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(new Date());
}

/**
 * Return a BSN or V-number without what a spreadsheet put in it.
 *
 * `123456782.0`, `123.456.782` and `1234.56.782` become nine digits. Of anything else only the
 * spaces around it go: taking the point out of `12345678.5` would make another person of it.
 */
export function numberText(text) {
  const spaced = words(text).join(" ");
  const whole = WHOLE_FLOAT.exec(spaced);
  if (whole) {
    return whole[1];
  }
  return THOUSANDS.test(spaced) || GROUPED.test(spaced) ? spaced.replace(/[., ]/g, "") : spaced;
}

/** Whether a spreadsheet abbreviated a number to `1,23E+08`: its digits are lost. */
export function isScientific(text) {
  return SCIENTIFIC.test(stripped(text));
}

/** Return the word of the list that `text` is, or null; capitals, spaces and hyphens are free. */
export function chosen(text, choices) {
  const wanted = stripped(text).toLowerCase().split(SEPARATORS).join("_");
  return choices.includes(wanted) ? wanted : null;
}
