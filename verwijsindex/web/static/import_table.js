// From a client file, or rows that were pasted, to rows of text; nothing is judged here.
//
// `;`, `,` or (pasted) tabs; UTF-8 with or without a byte order mark, or Windows-1252; or XLSX.
// The kind is told by content, not by the file's name. All of it stays in the worker's memory,
// and no reason repeats what is in a file: without a header, the first row holds a person. The
// rules are those of vi-client: verwijsindex/client/client_file.py.

import { stripped, words } from "./cells.js";
import { readWorkbook } from "./import_workbook.js";

export const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
// The first nine are the template; the others are optional.
export const COLUMNS = [
  "bsn",
  "geboortedatum",
  "kenmerk",
  "afdeling",
  "medewerker",
  "informeren_wijze",
  "informeren_datum",
  "reactie",
  "vervaltdatum",
  "informeren_door",
  "informeren_aan",
  "vnummer",
  "ouder1_bsn",
  "ouder2_bsn",
];
export const TEMPLATE_COLUMNS = COLUMNS.slice(0, 9);

const ZIP_START = [0x50, 0x4b, 0x03, 0x04];
const OLD_EXCEL_START = [0xd0, 0xcf, 0x11, 0xe0]; // .xls, and an .xlsx with a password
const UTF_16_STARTS = [
  [0xff, 0xfe],
  [0xfe, 0xff],
];
const NAME = /^\p{L}[\p{L}\p{N}_ .()/-]{0,39}$/u;
const DIGIT = /\p{Decimal_Number}/gu;
const MOST_DIGITS = 2; // of a column's name; who has no BSN still has a birth date
const NOT_IN_WINDOWS_1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** A file that cannot be read as a whole; the message is Dutch and repeats nothing of it. */
export class FileRefused extends Error {}

/**
 * Return the rows of a file that hold anything, without the header.
 *
 * @param {Uint8Array} bytes of a CSV or XLSX file; of a workbook the first sheet.
 * @returns {{number: number, cells: Object<string, string>, hasSurplus: boolean}[]}
 * @throws {FileRefused}
 */
export function readFile(bytes) {
  if (bytes.length > LARGEST_FILE_BYTES) {
    throw new FileRefused("Het bestand is groter dan 64 MiB. Splits het in delen.");
  }
  return rowsOf(startsWith(bytes, ZIP_START) ? sheetRecords(bytes) : csvRecords(decoded(bytes)));
}

/**
 * Return the rows that somebody pasted from a spreadsheet; see readFile.
 *
 * Without a header the columns are those of the template, in its order.
 */
export function readPasted(text) {
  const records = csvRecords(text, "\t;,");
  const first = records.find(({ cells }) => cells.some(Boolean));
  const headless = first && first.cells.length > 1 && !first.cells.some(columnOf);
  return rowsOf(headless ? [{ number: 0, cells: COLUMNS }, ...records] : records);
}

/** Return an empty client file; with a byte order mark, so that Excel reads UTF-8. */
export function template() {
  return `\ufeff${TEMPLATE_COLUMNS.join(";")}\r\n`;
}

function rowsOf(records) {
  const filled = records.filter(({ cells }) => cells.some(Boolean));
  if (filled.length === 0) {
    throw new FileRefused("Het bestand is leeg.");
  }
  const [header, ...rows] = filled;
  const columns = columnsOf(header.cells);
  if (rows.length === 0) {
    throw new FileRefused("Het bestand heeft alleen een kopregel en geen cliënten.");
  }
  return rows.map((record) => row(record, columns));
}

function row({ number, cells }, columns) {
  const named = {};
  let hasSurplus = false;
  cells.forEach((cell, place) => {
    if (columns[place]) {
      named[columns[place]] = cell;
    } else if (cell) {
      hasSurplus = true;
    }
  });
  return { number, cells: named, hasSurplus };
}

// Which column each name of the header is; null for an empty name.
function columnsOf(names) {
  const columns = names.map(columnOf);
  const known = columns.filter(Boolean);
  if (known.length === 0) {
    throw new FileRefused(`${noColumnKnown(names)} Begin met de kopregel van het sjabloon.`);
  }
  const faults = [
    ...names.flatMap((name, place) =>
      name && !columns[place] ? [`kolom ${letters(place)} heeft een onbekende naam`] : [],
    ),
    ...COLUMNS.filter((one) => known.indexOf(one) !== known.lastIndexOf(one)).map(
      (one) => `${one} staat er meer dan één keer`,
    ),
    // A missing medewerker would silently make every signal a team's, so the header is complete
    // even where cells may be empty.
    ...TEMPLATE_COLUMNS.filter(
      (one) => !known.includes(one) && !(one === "bsn" && known.includes("vnummer")),
    ).map((one) => `${one} ontbreekt`),
  ];
  if (faults.length > 0) {
    throw new FileRefused(`De kopregel klopt niet: ${faults.join("; ")}.`);
  }
  return columns;
}

// What the first row is; its cells are repeated only where none can be of a person.
function noColumnKnown(names) {
  const filled = names.filter(Boolean);
  const isName = (name) => NAME.test(name) && (name.match(DIGIT) ?? []).length <= MOST_DIGITS;
  if (!filled.every(isName)) {
    return "De eerste regel bevat geen kolomnamen.";
  }
  const quoted = filled.map((name) => `'${name}'`);
  const what = quoted.length === 1 ? `De kolom ${quoted[0]}` : `De kolommen ${listed(quoted)}`;
  return `${what} ken ik niet; ${listed(TEMPLATE_COLUMNS)} ontbreken.`;
}

function listed(several) {
  return several.length > 1
    ? `${several.slice(0, -1).join(", ")} en ${several.at(-1)}`
    : several[0];
}

function columnOf(name) {
  const plain = words(name.toLowerCase().replaceAll("-", " ")).join("_");
  return COLUMNS.includes(plain) ? plain : null;
}

// A spreadsheet's name of a column: A, B, …, Z, AA.
function letters(place) {
  let name = "";
  for (let left = place + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    name = String.fromCharCode(65 + ((left - 1) % 26)) + name;
  }
  return name;
}

function csvRecords(text, separators = ";,") {
  const firstLine = text.split(LINE_END).find((line) => stripped(line)) ?? "";
  const counts = [...separators].map((one) => recognised(firstLine, one));
  let separator = separators[counts.indexOf(Math.max(...counts))];
  if (separators.includes("\t") && firstLine.includes("\t")) {
    separator = "\t";
  }
  const records = [];
  // Numbered by record, not by line: a spreadsheet shows a cell with a line break as one row.
  for (let place = 0; place < text.length; ) {
    const record = nextRecord(text, place, separator);
    if (record === null) {
      throw new FileRefused(
        `Rij ${records.length + 1} kan niet gelezen worden. Controleer de aanhalingstekens.`,
      );
    }
    records.push({ number: records.length + 1, cells: record.cells.map(stripped) });
    place = record.end;
  }
  return records;
}

function recognised(line, separator) {
  return line.replaceAll('"', "").split(separator).filter(columnOf).length;
}

// One record from `place` on, and where the next begins; null when its quotes are wrong.
function nextRecord(text, place, separator) {
  const cells = [];
  for (;;) {
    const cell = text[place] === '"' ? quoted(text, place) : bare(text, place, separator);
    if (cell === null) {
      return null;
    }
    cells.push(cell.text);
    place = cell.end;
    if (text[place] === separator) {
      place += 1;
    } else if (text[place] === "\r" && text[place + 1] === "\n") {
      return { cells, end: place + 2 };
    } else if (place >= text.length || text[place] === "\r" || text[place] === "\n") {
      return { cells, end: place + 1 };
    } else {
      return null; // something after a closing quote
    }
  }
}

function quoted(text, start) {
  let found = "";
  for (let place = start + 1; ; ) {
    const quote = text.indexOf('"', place);
    if (quote < 0) {
      return null;
    }
    found += text.slice(place, quote);
    if (text[quote + 1] !== '"') {
      return { text: found, end: quote + 1 };
    }
    found += '"';
    place = quote + 2;
  }
}

function bare(text, start, separator) {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== "\r" && text[end] !== "\n") {
    end += 1;
  }
  return { text: text.slice(start, end), end };
}

function decoded(bytes) {
  if (startsWith(bytes, OLD_EXCEL_START)) {
    throw new FileRefused(
      "Dit is een oud Excel-bestand of er zit een wachtwoord op. " +
        "Sla het op als .xlsx zonder wachtwoord, of als CSV.",
    );
  }
  if (UTF_16_STARTS.some((start) => startsWith(bytes, start))) {
    throw new FileRefused("Dit bestand is in UTF-16. Sla het op als 'CSV UTF-8'.");
  }
  if (bytes.includes(0)) {
    throw new FileRefused("Dit is geen CSV of Excel-bestand (XLSX).");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (NOT_IN_WINDOWS_1252.some((one) => bytes.includes(one))) {
      throw new FileRefused(
        "De tekens in dit bestand zijn onleesbaar. Sla het op als 'CSV UTF-8'.",
      );
    }
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function sheetRecords(bytes) {
  try {
    return readWorkbook(bytes);
  } catch {
    throw new FileRefused("Dit Excel-bestand is beschadigd of van een ander soort.");
  }
}

function startsWith(bytes, start) {
  return start.every((one, place) => bytes[place] === one);
}
