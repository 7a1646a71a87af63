// An XLSX workbook's first sheet as rows of text (ECMA-376, part 1). Values alone: formulas are
// not computed and macros not looked at. Nothing of it leaves the worker.

import { stripped } from "./cells.js";
import { unzipSync } from "./vendor/fflate/unzip.js";
import { walk } from "./xml_text.js";

const LARGEST_PART_BYTES = 256 * 1024 * 1024; // unpacked; more is no list of clients
const WORKBOOK = "xl/workbook.xml";
const RELATIONS = "xl/_rels/workbook.xml.rels";
const STYLES = "xl/styles.xml";
const STRINGS = "xl/sharedstrings.xml";
const DATE_FORMATS = [14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 47]; // those that have no text
const NOT_SHOWN = /"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g; // of a format: texts, colours, conditions
const ESCAPED = /_x([0-9a-fA-F]{4})_/g;
const DAY_MS = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
// Excel thinks that 1900 was a leap year: before 1 March its numbers are one too low.
const FIRST_WITHOUT_DATE = 2_958_466; // the year 10000
const LEAP_DAY_THAT_WAS_NOT = 60;

/**
 * Return the records of the first sheet: `[{number, cells}]`, numbered as the spreadsheet does.
 *
 * A number column made floats of BSNs and client numbers: they become whole numbers again.
 *
 * @param {Uint8Array} bytes
 * @throws {Error} It is no workbook. The message is nothing to show.
 */
export function readWorkbook(bytes) {
  const parts = unzipped(bytes, (name) => [WORKBOOK, RELATIONS, STYLES, STRINGS].includes(name));
  const { sheetId, isFrom1904 } = readBook(parts[WORKBOOK]);
  const path = sheetPath(parts[RELATIONS], sheetId);
  const sheet = unzipped(bytes, (name) => name === path)[path];
  if (sheet === undefined) {
    throw new Error("no sheet");
  }
  return records(sheet, {
    strings: parts[STRINGS] === undefined ? [] : readStrings(parts[STRINGS]),
    dateStyles: parts[STYLES] === undefined ? [] : readStyles(parts[STYLES]),
    isFrom1904,
  });
}

function unzipped(bytes, isWanted) {
  const plainName = (name) => name.replaceAll("\\", "/").toLowerCase();
  const found = unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      const wanted = isWanted(plainName(name));
      if (wanted && originalSize > LARGEST_PART_BYTES) {
        throw new Error("too large");
      }
      return wanted;
    },
  });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return Object.fromEntries(
    Object.entries(found).map(([name, content]) => [plainName(name), decoder.decode(content)]),
  );
}

function readBook(xml) {
  let sheetId = null;
  let isFrom1904 = false;
  walk(xml, {
    open(name, attribute) {
      if (name === "sheet") {
        sheetId ??= attribute("id");
      } else if (name === "workbookPr") {
        isFrom1904 = ["1", "true"].includes(attribute("date1904"));
      }
    },
  });
  return { sheetId, isFrom1904 };
}

function sheetPath(xml, sheetId) {
  let target = null;
  walk(xml, {
    open(name, attribute) {
      if (name === "Relationship" && attribute("Id") === sheetId) {
        target = attribute("Target");
      }
    },
  });
  const path = target.startsWith("/") ? target.slice(1) : `xl/${target}`;
  return path.toLowerCase();
}

function readStrings(xml) {
  const strings = [];
  let phonetic = 0;
  let isText = false;
  walk(xml, {
    open(name) {
      if (name === "si") {
        strings.push("");
      } else if (name === "rPh") {
        phonetic += 1;
      }
      isText = name === "t" && phonetic === 0;
    },
    close(name) {
      isText = false;
      phonetic -= Number(name === "rPh");
    },
    text(text) {
      if (isText) {
        strings[strings.length - 1] += text;
      }
    },
  });
  return strings;
}

// Which styles show their number as a date.
function readStyles(xml) {
  const custom = new Map();
  const styles = [];
  let isInside = false;
  walk(xml, {
    open(name, attribute) {
      if (name === "numFmt") {
        custom.set(attribute("numFmtId"), isDateFormat(attribute("formatCode") ?? ""));
      } else if (name === "cellXfs") {
        isInside = true;
      } else if (name === "xf" && isInside) {
        const id = attribute("numFmtId");
        styles.push(custom.get(id) ?? DATE_FORMATS.includes(Number(id)));
      }
    },
    close(name) {
      isInside = isInside && name !== "cellXfs";
    },
  });
  return styles;
}

function isDateFormat(format) {
  return /[dmyhs]/i.test(format.replace(NOT_SHOWN, "").split(";")[0]);
}

function records(xml, book) {
  const rows = [];
  let cell = null;
  let isValue = false;
  walk(xml, {
    open(name, attribute) {
      if (name === "row") {
        const number = Number(attribute("r") ?? (rows.at(-1)?.number ?? 0) + 1);
        rows.push({ number, cells: [] });
      } else if (name === "c") {
        const { cells } = rows.at(-1);
        const place = attribute("r") === null ? cells.length : placeOf(attribute("r"));
        cell = { place, type: attribute("t"), style: Number(attribute("s") ?? 0), text: "" };
      }
      isValue = cell !== null && (name === "v" || name === "t");
    },
    close(name) {
      isValue = false;
      if (name === "c") {
        const { cells } = rows.at(-1);
        while (cells.length < cell.place) {
          cells.push("");
        }
        cells[cell.place] = stripped(shown(cell, book));
        cell = null;
      }
    },
    text(text) {
      if (isValue) {
        cell.text += text;
      }
    },
  });
  return rows;
}

// B3 → 1.
function placeOf(reference) {
  const letters = /^[A-Z]{1,3}/.exec(reference)[0];
  return [...letters].reduce((sum, one) => sum * 26 + one.charCodeAt(0) - 64, 0) - 1;
}

function shown({ type, style, text }, { strings, dateStyles, isFrom1904 }) {
  switch (type) {
    case "s":
      return text === "" ? "" : unescaped(strings[Number(text)]);
    case "str":
    case "inlineStr":
      return unescaped(text);
    case "e":
      return ""; // #N/A and its kin
    case "b":
      return text === "1" ? "True" : "False";
    case "d":
      return text.slice(0, 10);
    default:
      return text === "" ? "" : numberShown(Number(text), dateStyles[style] === true, isFrom1904);
  }
}

// Characters that XML cannot hold stand there as _x000D_.
function unescaped(text) {
  return text.replace(ESCAPED, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

function numberShown(value, isDate, isFrom1904) {
  // Under a day it is a time, which no column holds; a BSN that is shown as a date is none.
  if (isDate && value >= 1 && value < FIRST_WITHOUT_DATE) {
    const early = !isFrom1904 && value < LEAP_DAY_THAT_WAS_NOT ? 1 : 0;
    const moment = Math.round((value + early) * DAY_MS);
    const day = new Date((isFrom1904 ? EPOCH_1904 : EPOCH_1900) + moment);
    return day.toISOString().slice(0, 10);
  }
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}
