// A filled-in sheet as it is printed and saved: without empty fields, the profile after it.

import { dutchDate, today } from "./sheet_dates.js";
import { filledParts } from "./sheet_fields.js";

/** Fill `paper` with what stands on `sheet`, and the receiver's profile. */
export function fillPaper(paper, sheet, profile, title) {
  const head = node("header", "paper__head", [
    node("h1", "", [title]),
    node("p", "", [`Opgemaakt op ${dutchDate(today())}. Vertrouwelijk.`]),
  ]);
  paper.replaceChildren(head, ...filledParts(sheet).map(part), quoted(profile));
}

function part({ title, fields }) {
  const rows = fields.map(({ label, value }) =>
    node("div", "", [node("dt", "", [label]), node("dd", "", [value])]),
  );
  return node("section", "paper__part", [node("h2", "", [title]), node("dl", "", rows)]);
}

function quoted(profile) {
  const copy = node("section", "quoted", [...profile.cloneNode(true).childNodes]);
  for (const one of copy.querySelectorAll(".only-now, .only-screen")) {
    one.remove();
  }
  // What the page has already named must not be named twice.
  for (const one of copy.querySelectorAll("[id], [aria-labelledby]")) {
    one.removeAttribute("id");
    one.removeAttribute("aria-labelledby");
  }
  return copy;
}

function node(name, className, children) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  made.append(...children);
  return made;
}
