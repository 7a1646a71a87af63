// What is missing or wrong on a sheet, said at the field and in a list above the sheet.

import { holdsBsn } from "./sheet_bsn.js";
import { today } from "./sheet_dates.js";
import { controls, text } from "./sheet_fields.js";

const BSN = "Dit lijkt op een BSN. Een BSN hoort niet op dit blad: haal het weg.";

/** Return what has to be mended first: `[{control, message}]`. */
export function faults(sheet) {
  return leaders(sheet)
    .map((control) => ({ control, message: fault(control) }))
    .filter((one) => one.message);
}

/** Return the fields in which a BSN may stand: `[{control, message}]`. */
export function cautions(sheet) {
  return controls(sheet)
    .filter((control) => holdsBsn(text(control)))
    .map((control) => ({ control, message: BSN }));
}

/** Show at each field what is wrong with it. */
export function mark(sheet, found) {
  for (const control of leaders(sheet)) {
    const message = found.find((one) => one.control === control)?.message ?? "";
    const place = document.getElementById(`${control.id}-fout`);
    place.textContent = message;
    place.hidden = !message;
    const marked = control.type === "radio" ? control.closest("fieldset") : control;
    if (message) {
      marked.setAttribute("aria-invalid", "true");
    } else {
      marked.removeAttribute("aria-invalid");
    }
  }
}

/** Say at a field that a BSN may stand in it, or no longer. */
export function warn(control) {
  const place = document.getElementById(`${control.id}-let-op`);
  const message = holdsBsn(text(control)) ? BSN : "";
  // Only a change is read aloud.
  if (place && place.textContent !== message) {
    place.textContent = message;
  }
}

/** List what was found above the sheet, and go there. */
export function list(box, title, found) {
  box.querySelector("h2").textContent = title;
  listFaults(box, found);
  box.hidden = false;
  box.focus();
}

/** Replace what is listed, where somebody is typing. */
export function listFaults(box, found) {
  box.querySelector("ul").replaceChildren(...found.map(entry));
}

// Each field once: of a choice the first radio.
function leaders(sheet) {
  return controls(sheet).filter((one) => document.getElementById(`${one.id}-fout`));
}

function fault(control) {
  const value = text(control);
  if (control.validity.badInput) {
    return "Deze datum bestaat niet. Vul dag, maand en jaar in.";
  }
  if (control.dataset.needed && !isGiven(control)) {
    return control.dataset.needed;
  }
  if (control.type === "email" && value && !/^\S+@\S+\.\S+$/.test(value)) {
    return "Dit is geen mailadres. Het ziet er zo uit: naam@organisatie.nl.";
  }
  if (control.dataset.day === "future" && value && value < today()) {
    return "Deze datum is al voorbij. Kies vandaag of later.";
  }
  if (control.dataset.day === "past" && value > today()) {
    return "Deze datum moet nog komen. Kies vandaag of eerder.";
  }
  return "";
}

function isGiven(control) {
  if (control.type === "radio") {
    return controls(control.closest("fieldset")).some(text);
  }
  const other = control.dataset.either && document.getElementById(control.dataset.either);
  return Boolean(text(control) || (other && text(other)));
}

function entry({ control, message }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `#${control.id}`;
  link.textContent = message;
  link.addEventListener("click", (event) => {
    // Not by following the link: the address stays as it is.
    event.preventDefault();
    control.focus();
  });
  item.append(link);
  return item;
}
