// The rows that are wrong: what, and fields to correct it on the spot.
//
// The page never had what stands in a row, so the fields are empty: what somebody types there goes
// to the worker, and is gone here as soon as it is right. No field has a name.

import { fieldWords } from "./import_answers.js";
import { COLUMNS, TEMPLATE_COLUMNS } from "./import_table.js";
import { PARENTS } from "./person.js";
import { REACTIONS, TOLD_BY, WAYS } from "./signal_body.js";

const SHOWN_AT_ONCE = 50; // rows
const WHOLE_ROW = "rij";
const NUMBERS = [
  ...["bsn", "vnummer", "geboortedatum", "informeren_datum", "vervaltdatum"],
  ...PARENTS,
];

/** The table of wrong rows. */
export class FaultTable {
  #body;
  #more;
  #choices;
  #correct;
  #groups = new Map(); // row number → faults
  #shown = 0;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLButtonElement} more shows the next rows.
   * @param {{id: string, naam: string}[]} units
   * @param {(row: number, cells: Object<string, string>) => void} correct
   */
  constructor(body, more, units, correct) {
    this.#body = body;
    this.#more = more;
    this.#correct = correct;
    this.#choices = {
      afdeling: units.map(({ id, naam }) => [id, naam]),
      informeren_wijze: WAYS.map(asChoice),
      reactie: REACTIONS.map(asChoice),
      informeren_door: TOLD_BY.map(asChoice),
    };
    more.addEventListener("click", () => {
      const first = this.#body.rows.length;
      this.#showMore();
      this.#body.rows[first]?.querySelector("input, select, button")?.focus();
    });
  }

  /** How many rows are wrong. */
  get size() {
    return this.#groups.size;
  }

  /** Show `faults` of the worker instead of those that stood here. */
  show(faults) {
    this.#groups = Map.groupBy(faults, ({ row }) => row);
    this.#shown = 0;
    this.#body.replaceChildren();
    this.#showMore();
  }

  /**
   * Show what the worker says of a corrected row: its faults, none when it is right.
   *
   * The next field to fill in gets the focus.
   */
  settle(row, faults) {
    const line = this.#line(row);
    if (faults === null || line === undefined) {
      return;
    }
    if (faults.length > 0) {
      this.#groups.set(row, faults);
      const typed = fieldsOf(line);
      const fresh = this.#row(row, faults);
      line.replaceWith(fresh);
      for (const [column, value] of Object.entries(typed)) {
        const input = fresh.querySelector(`[data-kolom="${column}"]`);
        if (input) {
          input.value = value;
        }
      }
      fresh.querySelector("input, select, button").focus();
      return;
    }
    this.#groups.delete(row);
    const next = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    this.#shown -= 1;
    if (this.#body.rows.length === 0) {
      this.#showMore();
    }
    this.#sayMore();
    (next ?? this.#body).querySelector("input, select, button")?.focus();
  }

  /** Return the faults as CSV: row numbers, columns and reasons; nothing of what a row holds. */
  text() {
    const lines = [...this.#groups.values()]
      .flat()
      .map(({ row, field, reason }) => [String(row), fieldWords(field), reason]);
    return [["rij", "kolom", "reden"], ...lines]
      .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(";"))
      .map((line) => `${line}\r\n`)
      .join("");
  }

  #line(row) {
    return this.#body.querySelector(`[data-rij="${row}"]`) ?? undefined;
  }

  #showMore() {
    const next = [...this.#groups].slice(this.#shown, this.#shown + SHOWN_AT_ONCE);
    this.#body.append(...next.map(([row, faults]) => this.#row(row, faults)));
    this.#shown += next.length;
    this.#sayMore();
  }

  #sayMore() {
    const left = this.#groups.size - this.#shown;
    this.#more.hidden = left === 0;
    this.#more.textContent = `Toon de volgende ${Math.min(left, SHOWN_AT_ONCE)} van ${left}`;
  }

  #row(row, faults) {
    const line = make("tr");
    line.dataset.rij = row;
    const name = make("th", { textContent: `Rij ${row}`, scope: "row" });
    const reference = make("td", { textContent: faults[0].reference });
    reference.dataset.label = "Kenmerk";
    if (!faults[0].reference) {
      reference.textContent = "–";
    }
    const cell = make("td");
    cell.append(this.#form(row, faults));
    line.append(name, reference, cell);
    return line;
  }

  #form(row, faults) {
    const form = make("form", { autocomplete: "off", noValidate: true });
    form.setAttribute("aria-label", `Rij ${row} verbeteren`);
    const isWhole = faults.some(({ field }) => field === WHOLE_ROW);
    const columns = isWhole
      ? [...new Set([...TEMPLATE_COLUMNS, ...faults.map(({ field }) => field)])]
      : [...new Set(faults.map(({ field }) => field))];
    for (const { reason } of faults.filter(({ field }) => !COLUMNS.includes(field))) {
      form.append(make("p", { className: "fault", textContent: sentence(reason) }));
    }
    for (const column of columns.filter((one) => COLUMNS.includes(one))) {
      const reasons = faults.filter(({ field }) => field === column).map(({ reason }) => reason);
      form.append(this.#field(row, column, reasons));
    }
    const button = make("button", { type: "submit", className: "button button--quiet utrecht-button utrecht-button--secondary-action" });
    button.textContent = form.querySelector("[data-kolom]") ? "Verbeter" : "Probeer opnieuw";
    const doing = make("p", { className: "form__doing" });
    doing.append(button);
    form.append(doing);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#correct(row, fieldsOf(form));
    });
    return form;
  }

  #field(row, column, reasons) {
    const id = `rij-${row}-${column}`;
    const holder = make("div", { className: "field" });
    const label = make("label", { htmlFor: id, textContent: fieldWords(column) });
    const input = this.#input(column);
    input.id = id;
    input.dataset.kolom = column;
    holder.append(label);
    if (reasons.length > 0) {
      const fault = make("p", { className: "fault", id: `${id}-fout` });
      fault.textContent = reasons.map(sentence).join(" ");
      holder.append(fault);
      input.setAttribute("aria-describedby", fault.id);
      input.setAttribute("aria-invalid", "true");
    }
    holder.append(input);
    return holder;
  }

  #input(column) {
    const choices = this.#choices[column];
    if (choices) {
      const select = make("select");
      select.append(new Option("", ""), ...choices.map(([value, text]) => new Option(text, value)));
      return select;
    }
    const input = make("input", { type: "text", autocomplete: "off", spellcheck: false });
    input.dataset["1pIgnore"] = "";
    input.dataset.lpignore = "true";
    if (NUMBERS.includes(column)) {
      input.inputMode = "numeric";
    }
    return input;
  }
}

function fieldsOf(place) {
  return Object.fromEntries(
    [...place.querySelectorAll("[data-kolom]")].map((one) => [one.dataset.kolom, one.value]),
  );
}

function asChoice(word) {
  return [word, word.replaceAll("_", " ")];
}

// A reason follows the name of its column: "ontbreekt" becomes "Ontbreekt."
function sentence(reason) {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.?!]$/.test(reason) ? "" : "."}`;
}

function make(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
