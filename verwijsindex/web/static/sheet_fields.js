// The fields of a sheet: what is in them, and emptying them.

import { dutchDate } from "./sheet_dates.js";

/** Return all places to fill in, in order. */
export function controls(sheet) {
  return [...sheet.querySelectorAll("input, textarea")];
}

/** Whether nothing was filled in; a date that is half typed is something. */
export function isEmpty(sheet) {
  return controls(sheet).every((one) => !text(one) && !one.validity.badInput);
}

/** Return what was filled in: `[{title, fields: [{label, value}]}]`, without what is empty. */
export function filledParts(sheet) {
  return [...sheet.querySelectorAll("[data-part]")]
    .map((part) => ({
      title: part.querySelector("[data-title]").textContent,
      fields: [...part.querySelectorAll("[data-field]")]
        .map((field) => ({
          label: field.querySelector("[data-label]").textContent,
          value: controls(field).map(shown).filter(Boolean).join(", "),
        }))
        .filter((field) => field.value),
    }))
    .filter((part) => part.fields.length > 0);
}

/** Return what stands in one place; of a choice, whether it is chosen. */
export function text(control) {
  if (control.type === "radio") {
    return control.checked ? control.value : "";
  }
  return control.value.trim();
}

/** Empty every field. */
export function clear(sheet) {
  for (const one of controls(sheet)) {
    if (one.type === "radio") {
      one.checked = false;
    } else {
      one.value = "";
    }
  }
}

function shown(control) {
  const value = text(control);
  return control.type === "date" && value ? dutchDate(value) : value;
}
