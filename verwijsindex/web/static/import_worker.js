// The worker of an import: a module Web Worker, apart from the page so that it stays responsive.
//
// BSN, birth date, canonical form and blinds are in this worker's memory and nowhere else: in no
// storage, no message to the page, no address and no console. They are gone when the page ends
// the worker (`wipe`, or closing the page). The address of this file must be served with a
// Content-Security-Policy of its own, for a worker does not take over the page's:
// `default-src 'none'; script-src 'self'; connect-src 'self' <service's origin>`.
//
// The page starts it with `new Worker(address, { type: "module" })` and sends:
//
//   {type: "read", file: ArrayBuffer} or {type: "read", pasted: "text"}, with
//     units: [{id, naam}], the organisation's own that take part;
//     addresses: {token, service, signals}: the index's for a service token (POST, answers
//       {access_token, expires_in}), the service's up to and including /v1, and the index's for a
//       batch (POST {"signalen": […], "proef": bool}, answered as POST /api/v1/signalen/batch);
//     csrf: {"X-CSRF-Token": "…"}, headers for the index;
//     hasFamily: whether parents may be named in the list;
//     today: "jjjj-mm-dd" in the Netherlands (by default this computer's), deferral:
//       {uitgesteldReden, herzienDatum} instead of the columns on informing, firstPauseMs.
//   {type: "try"}      have every right row blinded, evaluated and tried by the index
//   {type: "send"}     register them; what was not tried yet is tried first
//   {type: "correct", row: 12, cells: {bsn: "…", …}}   other values for a row that was wrong or
//                      turned down; after that "try" or "send" again takes it along
//   {type: "pause"}, {type: "resume", csrf?: {…}}
//   {type: "wipe"}     forget all and end
//
// and hears:
//
//   {type: "read", rows, ready, faults}          after "read"; rows is how many there are
//   {type: "unreadable", reason}                 after "read": not a file of clients
//   {type: "progress", phase, step, total, done, blinded, counts}   phase is "try" or "send", step
//                      "blind" (blinded: how many of at most 1,000) or "post"
//   {type: "waiting", reason, seconds}           no connection; it is tried again by itself
//   {type: "paused", reason: null | {kind, message}}   asked for, or until somebody resumes;
//                      kind is one of CallFailed's ("access": sign in again)
//   {type: "done", phase, total, done, counts, faults}
//   {type: "corrected", row, faults}             faults of that row; null: it cannot be corrected
//   {type: "failed"}                             a fault in the program
//   {type: "wiped"}
//
// counts is {aangemaakt, bestond_al, afgewezen, fout}; in a trial the first two are what "send" would
// do now, else what it did. "fout" are rows that were never sent. faults is [{row, reference, field, reason}]: the number as the spreadsheet shows
// it, the kenmerk where that may be shown, a column (see fieldWords in import_answers.js), and
// why, in Dutch.

import { todayInTheNetherlands } from "./cells.js";
import { ImportRun } from "./import_run.js";
import { FileRefused, readFile, readPasted } from "./import_table.js";
import { PARENTS } from "./person.js";

// The index would refuse each row of it.
const NO_FAMILY =
  "In deze verwijsindex kunt u geen ouders noemen. Haal de kolommen ouder1_bsn en ouder2_bsn weg.";

let run = null;

const DEEDS = {
  read({ file, pasted, hasFamily = false, today, ...rest }) {
    const day = today ?? todayInTheNetherlands();
    const settings = { deferral: null, ...rest, today: day };
    try {
      const rows = file ? readFile(new Uint8Array(file)) : readPasted(pasted);
      if (!hasFamily && rows.some(({ cells }) => PARENTS.some((column) => cells[column]))) {
        throw new FileRefused(NO_FAMILY);
      }
      run = new ImportRun(rows, settings, (message) => self.postMessage(message));
    } catch (error) {
      if (!(error instanceof FileRefused)) {
        throw error;
      }
      self.postMessage({ type: "unreadable", reason: error.message });
      return;
    }
    self.postMessage({ type: "read", ...run.size(), faults: run.faults() });
  },
  try: () => run.tryAll(),
  send: () => run.sendAll(),
  correct({ row, cells }) {
    self.postMessage({ type: "corrected", row, faults: run.correct(row, cells) });
  },
  pause: () => run.pause(),
  resume: ({ csrf }) => run.resume(csrf),
  wipe() {
    run = null;
    self.postMessage({ type: "wiped" });
    self.close();
  },
};

self.addEventListener("message", async ({ data }) => {
  try {
    await DEEDS[data.type](data);
  } catch {
    // Nothing of the error: it may hold what was read.
    self.postMessage({ type: "failed" });
  }
});
self.addEventListener("online", () => run?.hurry());
