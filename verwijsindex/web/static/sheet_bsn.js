// Whether a text holds what could be a BSN: nine digits that pass the eleven-test.
// The index does the same with texts that it keeps: verwijsindex/http/bsn_recognition.py.

import { passesElevenTest } from "./eleven_test.js";

// By their form nobody's number: a Dutch telephone number with +31, a UUID.
const KNOWN_OTHERWISE = new RegExp(
  "\\+31[ .-]?(?:\\(0\\)[ .-]?)?[1-9](?:[ .-]?[0-9]){8}(?![0-9])" +
    "|(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])",
  "g",
);
// Groups of digits with one mark between, which may have a space on either side.
const RUN =
  /[0-9]+(?:(?:[._/()\-\u2010-\u2015]\s?|\s(?:[._/()\-\u2010-\u2015]\s?)?)[0-9]+)*/g;
// In a web address %20 is a space, not the digits 2 and 0.
const ESCAPED = /%([2-7][0-9A-Fa-f])/g;
const LENGTH = 9;

/** Whether nine digits in a row, or in whole groups that follow each other, pass. */
export function holdsBsn(text) {
  const read = text.replace(ESCAPED, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return [text, read].some((one) => {
    const runs = one.replace(KNOWN_OTHERWISE, "x").match(RUN) ?? [];
    return runs.some((run) => groupsPass(run.match(/[0-9]+/g)));
  });
}

function groupsPass(groups) {
  return groups.some((_, start) => {
    let digits = "";
    for (let place = start; place < groups.length && digits.length < LENGTH; place += 1) {
      digits += groups[place];
    }
    return passesElevenTest(digits);
  });
}
