// What the index answers to a batch, and what people call the fields in it. The rules and words
// are those of vi-client: verwijsindex/client/importing.py, answers.py and wording.py.

import { faultsIn, unexpected } from "./calling.js";
import { WHOLE_ROW } from "./import_rows.js";

export const CREATED = "aangemaakt";
export const EXISTED = "bestond_al";
export const REFUSED = "afgewezen";

const BATCH_PREFIX = /^(?:signalen)?[.[/]?[0-9]*\]?[./]/;
const FAMILY = "gezin";
const POSITION = /\[[0-9]+\]$/; // of one value in a list
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9._]{0,63}$/;
const COLUMNS = new Map([
  ["leeftijdsgroep", "geboortedatum"],
  ["contact", "medewerker"],
  ["contact.medewerker", "medewerker"],
  ["contact.afdeling", "medewerker"],
  ["geinformeerd", "informeren_wijze"],
  ["geinformeerd.wijze", "informeren_wijze"],
  ["geinformeerd.datum", "informeren_datum"],
  ["geinformeerd.reactie", "reactie"],
  ["geinformeerd.door", "informeren_door"],
  ["geinformeerd.aan", "informeren_aan"],
  ["vervaltDatum", "vervaltdatum"],
]);
const WORDS = new Map([
  ["bsn", "BSN"],
  ["geboortedatum", "Geboortedatum"],
  ["kenmerk", "Kenmerk"],
  ["afdeling", "Afdeling"],
  ["medewerker", "Medewerker"],
  ["informeren_wijze", "Wijze van informeren"],
  ["informeren_datum", "Datum van informeren"],
  ["reactie", "Reactie"],
  ["vervaltdatum", "Vervaldatum"],
  ["informeren_door", "Door wie geïnformeerd"],
  ["informeren_aan", "Wie geïnformeerd"],
  ["vnummer", "V-nummer"],
  ["ouder1_bsn", "BSN van ouder 1"],
  ["ouder2_bsn", "BSN van ouder 2"],
  ["gezin", "Ouders"],
  ["rij", "Hele rij"],
  ["leeftijdsgroep", "Leeftijd"],
  ["evaluatie", "Onherkenbaar gemaakte waarde"],
  ["blindering", "Onherkenbaar gemaakte waarde"],
  ["geinformeerd.reden", "Reden van uitstel"],
  ["geinformeerd.herzienDatum", "Datum van opnieuw kijken"],
]);

/**
 * Return the answers to a batch of `count` signals, in order: `[{status, id, faults}]`.
 *
 * @throws {CallFailed} Not exactly one answer for each.
 */
export function rowAnswers(content, count) {
  const entries = Array.isArray(content.resultaten) ? content.resultaten : [];
  const answers = entries.map((entry) => {
    if (![CREATED, EXISTED, REFUSED].includes(entry?.status)) {
      throw unexpected();
    }
    const id = typeof entry.id === "string" ? entry.id : null;
    return { position: entry.positie, status: entry.status, id, faults: rowFaults(entry) };
  });
  answers.sort((one, other) => one.position - other.position);
  if (answers.length !== count || answers.some((one, place) => one.position !== place)) {
    throw unexpected();
  }
  return answers;
}

/**
 * Return the column that a field of a signal's body comes from.
 *
 * A name without a column (`evaluatie`) stays as it is; what does not look like a field's name
 * becomes `rij`.
 */
export function columnOf(name) {
  const isPlaced = name.startsWith("signalen") || name.startsWith("[");
  const inRow = isPlaced ? name.replace(BATCH_PREFIX, "") : name;
  if (inRow.startsWith(FAMILY)) {
    return FAMILY; // which of the two columns was filled is not known here
  }
  const bare = inRow.replace(POSITION, "");
  return COLUMNS.get(bare) ?? (FIELD_NAME.test(bare) ? bare : WHOLE_ROW);
}

/** Return what people call a column of a client file or a field of a signal. */
export function fieldWords(name) {
  return WORDS.get(name) ?? name;
}

function rowFaults(entry) {
  if (entry.status !== REFUSED) {
    return [];
  }
  const faults = faultsIn(entry).map(({ name, reason }) => ({ field: columnOf(name), reason }));
  return faults.length > 0
    ? faults
    : [{ field: WHOLE_ROW, reason: "is door de index afgewezen zonder reden" }];
}
