// From a row of text to a signal, or to all that is wrong with it at once.
//
// Runs in the import's worker. No reason repeats what is in the row, and the reference is given
// only where it cannot be a BSN or a date. The rules and words are those of vi-client:
// verwijsindex/client/rows.py.

import { calendarDate, chosen, words } from "./cells.js";
import { MISSING, NO_DATE, PARENTS, readParents, readPerson } from "./person.js";
import { isTooLong, LONGEST_REFERENCE, revealsPerson, shownReference } from "./references.js";
import { REACTIONS, TOLD, TOLD_BY, WAYS } from "./signal_body.js";

export const WHOLE_ROW = "rij"; // the field of a fault that is no column's

const PROFESSIONAL_KEY = /^[A-Za-z0-9._-]{1,64}$/;
const AND = /\s*(?:[,+&/]|(?<![\p{L}\p{N}_])en(?![\p{L}\p{N}_]))\s*/u;
const ASK = "uw organisatie heeft er geen die meedoet; vraag uw coördinator";

/**
 * Return the signal in a row, or everything that is wrong with it.
 *
 * @param {{number: number, cells: Object<string, string>, hasSurplus: boolean}} row as read.
 * @param {{units: {id: string, naam: string}[], today: string, deferral?: object}} known the
 *   organisation's own units; the day in the Netherlands; a deferral
 *   (`{uitgesteldReden, herzienDatum}`) takes the place of the columns on informing.
 * @returns {{reference: string, faults: {field: string, reason: string}[],
 *            person: ?{canonical: string, ageGroup: string, parents: string[]},
 *            details: ?object}}
 */
export function interpretRow(row, { units, today, deferral = null }) {
  const faults = [];
  const cell = (column) => row.cells[column] ?? "";
  const fault = (field, reason) => {
    faults.push({ field, reason });
    return null;
  };
  if (row.hasSurplus) {
    fault(WHOLE_ROW, "heeft meer velden dan de kopregel");
  }
  const read = readPerson(row.cells, today);
  const family = readParents(row.cells);
  faults.push(...read.faults, ...family.faults);
  const numbers = [cell("bsn") || cell("vnummer"), ...PARENTS.map(cell).filter(Boolean)];
  const isRevealing = numbers.some((one) =>
    revealsPerson(cell("kenmerk"), one, cell("geboortedatum")),
  );
  // Its precise form is the index's to judge: an organisation may have a pattern of its own.
  if (isRevealing) {
    fault("kenmerk", "mag het BSN of de geboortedatum niet bevatten");
  } else if (isTooLong(cell("kenmerk"))) {
    fault("kenmerk", `is langer dan ${LONGEST_REFERENCE} tekens`);
  }
  const unit = unitOf(cell("afdeling"), units, fault);
  const professional = cell("medewerker");
  if (professional && !PROFESSIONAL_KEY.test(professional)) {
    fault("medewerker", "mag alleen letters, cijfers en . _ - hebben (hoogstens 64)");
  }
  const informed = deferral ?? informing(cell, today, fault);
  const lapsesOn = dateOf(cell, "vervaltdatum", fault);
  if (lapsesOn && lapsesOn < today) {
    fault("vervaltdatum", "ligt in het verleden");
  }
  const reference = shownReference(cell("kenmerk"), isRevealing);
  if (faults.length > 0) {
    return { reference, faults, person: null, details: null };
  }
  const details = {
    unitId: unit.id,
    professionalKey: professional || null,
    reference: cell("kenmerk") || null,
    lapsesOn,
    informed,
  };
  return { reference, faults, person: { ...read.person, parents: family.parents }, details };
}

function unitOf(text, units, fault) {
  const names = units.map((unit) => unit.naam).sort(byCodePoints);
  const choose =
    names.length > 0 ? `kies een van deze: ${names.join(", ")}, of vraag uw coördinator` : ASK;
  if (!text) {
    return fault("afdeling", `${MISSING}; ${choose}`);
  }
  const wanted = folded(text);
  const byId = units.filter((unit) => unit.id.toLowerCase() === wanted);
  const found = byId.length > 0 ? byId : units.filter((unit) => folded(unit.naam) === wanted);
  if (found.length === 1) {
    return found[0];
  }
  const ids = found.map((unit) => unit.id).sort(byCodePoints);
  return fault(
    "afdeling",
    found.length > 0
      ? `heet net als een andere afdeling; gebruik het id: ${ids.join(" of ")}`
      : `is geen afdeling die meedoet aan de verwijsindex; ${choose}`,
  );
}

function informing(cell, today, fault) {
  const way = choice(cell, "informeren_wijze", WAYS, null, fault);
  const toldOn = dateOf(cell, "informeren_datum", fault);
  if (!cell("informeren_datum")) {
    fault("informeren_datum", MISSING);
  } else if (toldOn && toldOn > today) {
    fault("informeren_datum", "ligt in de toekomst");
  }
  const reaction = choice(cell, "reactie", REACTIONS, "niet_gevraagd", fault);
  const by = choice(cell, "informeren_door", TOLD_BY, "eigen", fault);
  return { way, toldOn, reaction, by, told: toldOf(cell("informeren_aan"), fault) };
}

// Who was told; null when empty: by age. "beide" is both.
function toldOf(text, fault) {
  if (!text) {
    return null;
  }
  const plain = text.toLowerCase().replaceAll("ë", "e");
  if (plain === "beide") {
    return TOLD;
  }
  const parties = plain.split(AND).map((part) => chosen(part, TOLD));
  if (parties.includes(null)) {
    fault("informeren_aan", "moet zijn: client, gezaghebbenden of beide");
  }
  return TOLD.filter((party) => parties.includes(party));
}

function choice(cell, column, choices, fallback, fault) {
  const text = cell(column);
  if (!text) {
    return fallback ?? fault(column, MISSING);
  }
  return chosen(text, choices) ?? fault(column, `moet zijn: ${choices.join(", ")}`);
}

function dateOf(cell, column, fault) {
  const text = cell(column);
  return text ? (calendarDate(text) ?? fault(column, NO_DATE)) : null;
}

function folded(text) {
  return words(text.toLowerCase()).join(" ");
}

function byCodePoints(one, other) {
  return one < other ? -1 : Number(one > other);
}
