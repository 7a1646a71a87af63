// Who somebody is: the canonical form that is blinded, and the age group.
//
// BSN, V-number, birth date and the canonical form never leave the browser: they go to
// blinding.js and nowhere else, and no reason given here repeats them. The form is that of
// crypto/person.py, the age group that of verwijsindex/client/blinding.py, byte for byte.

import { daysOf, exists, isoDateText, isScientific, numberText, stripped } from "./cells.js";
import { passesElevenTest } from "./eleven_test.js";

const EARLIEST_BIRTH_YEAR = 1890;
const BIRTH_DATE = /^([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})$/;
const DIGITS = /^[0-9]+$/;
const AGE_GROUPS = [
  [12, "0-11"],
  [16, "12-15"],
  [23, "16-22"],
];
const ADULT = "23+";

/** Where parents stand: columns of a client file, and fields of the form. */
export const PARENTS = ["ouder1_bsn", "ouder2_bsn"];
export const MISSING = "ontbreekt";
export const NO_DATE = "moet een bestaande datum zijn (dd-mm-jjjj of jjjj-mm-dd)";
const NO_NUMBER = `${MISSING}; zonder BSN of V-nummer kan iemand niet in de index`;
const SAME_NUMBER = "is hetzelfde BSN als dat van uw cliënt of de andere ouder";
const ABBREVIATED = "is door Excel ingekort (E+08); zet de kolom op Tekst en vul opnieuw in";

/**
 * Return a person from what was typed or stands in a file, or all that is wrong at once.
 *
 * Whoever has a BSN is meant by it, also when a V-number stands beside it.
 *
 * @param {{bsn?: string, vnummer?: string, geboortedatum?: string}} typed as it is.
 * @param {string} today `jjjj-mm-dd`, the calendar day in the Netherlands.
 * @returns {{person: {canonical: string, ageGroup: string} | null,
 *            faults: {field: string, reason: string}[]}}
 */
export function readPerson(typed, today) {
  const [bsn, vnummer, geboortedatum] = ["bsn", "vnummer", "geboortedatum"].map((name) =>
    stripped(typed[name] ?? ""),
  );
  const own = {}; // what is said here instead of by the canonical form
  const column = !bsn && vnummer ? "vnummer" : "bsn";
  const number = column === "bsn" ? bsn : vnummer;
  if (!number) {
    own[column] = NO_NUMBER;
  } else if (isScientific(number)) {
    own[column] = ABBREVIATED;
  }
  const birthDate = isoDateText(geboortedatum);
  if (birthDate === null) {
    own.geboortedatum = geboortedatum ? NO_DATE : MISSING;
  }
  const make = column === "bsn" ? canonicalPerson : canonicalVNumber;
  const { canonical, faults } = make(numberText(number), birthDate ?? "", today);
  if (faults.length > 0) {
    const told = faults.map(({ field, reason }) => ({ field, reason: own[field] ?? reason }));
    return { person: null, faults: told };
  }
  return { person: { canonical, ageGroup: ageGroup(birthDate, today) }, faults };
}

/**
 * Return the parents of a person, for the family match, or what is wrong with them.
 *
 * @param {{bsn?: string, ouder1_bsn?: string, ouder2_bsn?: string}} typed as it is.
 * @returns {{parents: string[], faults: {field: string, reason: string}[]}} canonical forms.
 */
export function readParents(typed) {
  const parents = [];
  const faults = [];
  const others = [padded(stripped(typed.bsn ?? ""))];
  for (const field of PARENTS) {
    const text = stripped(typed[field] ?? "");
    if (!text) {
      continue;
    }
    if (isScientific(text)) {
      faults.push({ field, reason: ABBREVIATED });
    } else if (others.includes(padded(text))) {
      faults.push({ field, reason: SAME_NUMBER });
    } else {
      others.push(padded(text));
      const { canonical, faults: own } = canonicalParent(numberText(text));
      parents.push(...(canonical ? [canonical] : []));
      faults.push(...own.map(({ reason }) => ({ field, reason })));
    }
  }
  return { parents, faults };
}

/** Return why `text` is no BSN, or null; for while somebody types and for a form. */
export function bsnFault(text) {
  return readBsn(numberText(text)).reason ?? null;
}

/** Return `{canonical, faults}` of a person; the birth date is `jjjj-mm-dd` or `jjjjmmdd`. */
export function canonicalPerson(bsn, birthDate, today) {
  const number = readBsn(bsn);
  return canonical("bsn", number, readBirthDate(birthDate, today));
}

/** Return `{canonical, faults}` of a person without a BSN but with a V-number, ten digits. */
export function canonicalVNumber(vNumber, birthDate, today) {
  const digits = stripped(vNumber);
  const isRight = DIGITS.test(digits) && digits.length === 10;
  const number = isRight ? { digits } : { reason: "moet uit tien cijfers bestaan" };
  return canonical("vnummer", number, readBirthDate(birthDate, today));
}

/** Return `{canonical, faults}` of a parent, for the family match. */
export function canonicalParent(bsn) {
  const { digits, reason } = readBsn(bsn);
  return reason
    ? { canonical: null, faults: [{ field: "ouderbsn", reason }] }
    : { canonical: `ouderbsn:${digits}`, faults: [] };
}

/**
 * Return the age group on `today`.
 *
 * With an unknown day or month the person counts as the youngest that the date can mean: the
 * last day of that month or year. Who was born on 29 February has a birthday on 1 March in other
 * years.
 */
export function ageGroup(birthDate, today) {
  const [, year, , month, day] = BIRTH_DATE.exec(stripped(birthDate)).map(Number);
  const latestMonth = month || 12;
  const born = isoText(year, latestMonth, day || daysOf(year, latestMonth));
  const hadBirthday = today.slice(4) >= born.slice(4);
  const age = Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - (hadBirthday ? 0 : 1);
  return AGE_GROUPS.find(([firstAbove]) => age < firstAbove)?.[1] ?? ADULT;
}

function canonical(name, number, birthDate) {
  const faults = [];
  if (number.reason) {
    faults.push({ field: name, reason: number.reason });
  }
  if (birthDate.reason) {
    faults.push({ field: "geboortedatum", reason: birthDate.reason });
  }
  return faults.length > 0
    ? { canonical: null, faults }
    : { canonical: `${name}:${number.digits};geboortedatum:${birthDate.digits}`, faults };
}

function padded(text) {
  return numberText(text).padStart(9, "0");
}

function readBsn(text) {
  const typed = stripped(text);
  if (!DIGITS.test(typed) || (typed.length !== 8 && typed.length !== 9)) {
    return { reason: "moet uit negen cijfers bestaan" };
  }
  const digits = typed.padStart(9, "0");
  return passesElevenTest(digits)
    ? { digits }
    : { reason: "voldoet niet aan de elfproef; controleer de cijfers" };
}

function readBirthDate(text, today) {
  const found = BIRTH_DATE.exec(stripped(text));
  if (!found) {
    return { reason: "moet een datum zijn (jjjj-mm-dd)" };
  }
  const [, year, , month, day] = found.map(Number);
  if (year < EARLIEST_BIRTH_YEAR) {
    return { reason: `ligt vóór ${EARLIEST_BIRTH_YEAR}` };
  }
  if (month === 0 && day !== 0) {
    return {
      reason: "heeft een dag zonder maand; een onbekende maand heeft ook een onbekende dag",
    };
  }
  if (!exists(year, month || 1, day || 1)) {
    return { reason: "bestaat niet" };
  }
  // 00 sorts before the days that it could stand for: the date is in the future only when every
  // one of them is.
  if (isoText(year, month, day) > today) {
    return { reason: "ligt in de toekomst" };
  }
  return { digits: found[1] + found[3] + found[4] };
}

function isoText(year, month, day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}
