// One import, from rows that were read to signals: checked, blinded, evaluated, tried, sent.
//
// All of it runs in the worker. Of a person only the age group, the evaluation and the blind
// leave it, and those to the index alone; the pseudonym service gets the blinded element. What
// is reported to the page are row numbers, counts, and faults that repeat nothing of a row. What
// a row holds is dropped as soon as the index has it.
//
// Parts may be sent again: the index answers `bestond_al` to what it has. Was the answer to an
// earlier attempt lost, then such a row counts as made here if the trial said that it was new
// and no other row of this import made it.

import { blind } from "./blinding.js";
import { CallFailed, post } from "./calling.js";
import { stripped } from "./cells.js";
import { ELEMENTS_PER_CALL, pseudonymService } from "./evaluating.js";
import { CREATED, EXISTED, REFUSED, rowAnswers } from "./import_answers.js";
import { interpretRow } from "./import_rows.js";
import { TEMPLATE_COLUMNS } from "./import_table.js";
import { PARENT, signalBody } from "./signal_body.js";

const ROWS_PER_POST = 200; // some 120 kB a body, where 4 MiB is allowed
const ROWS_PER_TURN = 25; // blinded before pausing is possible; some 30 ms
const EVALUATION_LASTS_MS = 20 * 3600 * 1000; // 24 hours at the index
const FIRST_PAUSE_MS = 1000;

// Where a row stands.
const FAULTY = "faulty"; // not sent: something is wrong with it here
const READY = "ready"; // to be tried
const TRIED = "tried"; // the index would take it
const TURNED_DOWN = "refused"; // by the index, in the trial or for real
const DONE = "done"; // a signal is there

/** The rows of one import, and what became of them. */
export class ImportRun {
  #rows = [];
  #known;
  #report;
  #signalsAddress;
  #csrf;
  #service;
  #patience;
  #ids = new Set(); // of signals that this import made or met
  #isAdvancing = false;
  #isPaused = false;
  #isRepeated = false;
  #reason = null;
  #resume = () => {};
  #wake = () => {};

  /**
   * @param {object[]} rows as import_table.js reads them.
   * @param {object} settings
   * @param {{id: string, naam: string}[]} settings.units
   * @param {string} settings.today `jjjj-mm-dd`
   * @param {?object} settings.deferral see import_rows.js
   * @param {{token: string, service: string, signals: string}} settings.addresses
   * @param {Object<string, string>} settings.csrf headers for the index
   * @param {number} [settings.firstPauseMs]
   * @param {(message: object) => void} report
   */
  constructor(rows, settings, report) {
    const { units, today, deferral, addresses, csrf, firstPauseMs = FIRST_PAUSE_MS } = settings;
    this.#known = { units, today, deferral };
    this.#report = report;
    this.#csrf = csrf;
    this.#signalsAddress = addresses.signals;
    const wait = (milliseconds, reason) => this.#wait(milliseconds, reason);
    this.#patience = { isEndless: true, firstPauseMs, wait };
    this.#service = pseudonymService({
      tokenAddress: addresses.token,
      serviceAddress: addresses.service,
      csrf: () => this.#csrf,
      patience: this.#patience,
    });
    this.#rows = rows.map((row) => this.#interpreted(row));
  }

  /** Return all faults there are now: `[{row, reference, field, reason}]`, in the file's order. */
  faults() {
    return this.#rows.flatMap(faultsOf);
  }

  /** Return how many rows there are and how many of them are right. */
  size() {
    const faulty = this.#rows.filter((row) => row.state === FAULTY).length;
    return { rows: this.#rows.length, ready: this.#rows.length - faulty };
  }

  /** Ask the index what would happen; nothing is registered. */
  tryAll() {
    return this.#advance("try");
  }

  /** Register; what was not tried yet is tried first. */
  sendAll() {
    return this.#advance("send");
  }

  /** Stop as soon as what is on its way has an answer. */
  pause() {
    this.#isPaused = true;
    this.#wake();
  }

  /** Go on; `csrf` takes the place of the header that the index did not accept any more. */
  resume(csrf = this.#csrf) {
    this.#csrf = csrf;
    this.#isPaused = false;
    this.#reason = null;
    this.#resume();
    this.#wake();
  }

  /** Do not wait any longer before the next attempt. */
  hurry() {
    this.#wake();
  }

  /**
   * Put other values into a row that was wrong or turned down; return its faults, or null when
   * there is no such row.
   *
   * With a value for every column of the template it does not matter any more that the row had
   * too many.
   */
  correct(number, values) {
    const place = this.#rows.findIndex((row) => row.raw.number === number);
    const row = this.#rows[place];
    if (row === undefined || ![FAULTY, TURNED_DOWN].includes(row.state)) {
      return null;
    }
    const cells = { ...row.raw.cells };
    for (const [column, value] of Object.entries(values)) {
      cells[column] = stripped(value);
    }
    const isWhole = TEMPLATE_COLUMNS.every((column) => column in values);
    const hasSurplus = row.raw.hasSurplus && !isWhole;
    this.#rows[place] = this.#interpreted({ number, cells, hasSurplus });
    return faultsOf(this.#rows[place]);
  }

  #interpreted(raw) {
    const { reference, faults, person, details } = interpretRow(raw, this.#known);
    return {
      raw,
      reference,
      faults,
      person,
      details,
      state: faults.length > 0 ? FAULTY : READY,
      blinded: null, // {evaluation, blind, ageGroup, parents}
      blindedAt: 0,
      trial: null, // what the index said to it: the status words of the contract
      status: null,
    };
  }

  async #advance(phase) {
    if (this.#isAdvancing) {
      return;
    }
    this.#isAdvancing = true;
    const wanted = phase === "try" ? [READY] : [READY, TRIED];
    try {
      for (;;) {
        const pending = this.#rows.filter((row) => wanted.includes(row.state));
        if (pending.length === 0) {
          break;
        }
        await this.#handle(pending.slice(0, ELEMENTS_PER_CALL), phase);
      }
    } finally {
      this.#isAdvancing = false;
    }
    this.#tell("done", phase, "done");
  }

  async #handle(group, phase) {
    await this.#evaluate(group, phase);
    for (let start = 0; start < group.length; start += ROWS_PER_POST) {
      const part = group.slice(start, start + ROWS_PER_POST);
      await this.#post(
        part.filter((row) => row.state === READY),
        true,
      );
      if (phase === "send") {
        await this.#post(
          part.filter((row) => row.state === TRIED),
          false,
        );
      }
      this.#tell("progress", phase, "post");
    }
  }

  async #evaluate(group, phase) {
    const now = Date.now();
    const stale = group.filter(
      (row) => row.blinded === null || now - row.blindedAt > EVALUATION_LASTS_MS,
    );
    if (stale.length === 0) {
      return;
    }
    const pairs = [];
    for (const row of stale) {
      if (pairs.length % ROWS_PER_TURN === 0) {
        await this.#checkpoint();
        this.#tell("progress", phase, "blind", pairs.length);
      }
      const { canonical, parents } = row.person;
      pairs.push({ own: blind(canonical), parents: parents.map((one) => blind(one)) });
    }
    const evaluated = await this.#evaluated(pairs.map(({ own }) => own));
    const ofParents = await this.#evaluated(
      pairs.flatMap(({ parents }) => parents),
      { kind: PARENT },
    );
    stale.forEach((row, place) => {
      const parents = ofParents.splice(0, pairs[place].parents.length);
      row.blinded = { ...evaluated[place], ageGroup: row.person.ageGroup, parents };
      row.blindedAt = now;
    });
  }

  // Of a thousand rows there may be two thousand parents.
  async #evaluated(pairs, how = {}) {
    const found = [];
    for (let start = 0; start < pairs.length; start += ELEMENTS_PER_CALL) {
      const part = pairs.slice(start, start + ELEMENTS_PER_CALL);
      const elements = part.map(({ element }) => element);
      const ask = () => this.#service.evaluate(elements, { batch: true, ...how });
      const evaluations = await this.#persist(ask);
      found.push(...part.map((one, at) => ({ evaluation: evaluations[at], blind: one.blind })));
    }
    return found;
  }

  async #post(rows, isTrial) {
    if (rows.length === 0) {
      return;
    }
    const signalen = rows.map((row) => signalBody(row.blinded, row.details));
    this.#isRepeated = false;
    const answers = await this.#persist(async () => {
      const { content } = await post(
        this.#signalsAddress,
        { signalen, proef: isTrial },
        { headers: this.#csrf, patience: this.#patience },
      );
      return rowAnswers(content, rows.length);
    });
    rows.forEach((row, place) => this.#settle(row, answers[place], isTrial));
  }

  #settle(row, { status, id, faults }, isTrial) {
    if (status === REFUSED) {
      Object.assign(row, { state: TURNED_DOWN, faults, blinded: null, trial: null });
    } else if (isTrial) {
      Object.assign(row, { state: TRIED, trial: status });
    } else {
      const isOwn = this.#isRepeated && row.trial === CREATED && !this.#ids.has(id);
      this.#ids.add(id);
      row.status = isOwn ? CREATED : status;
      Object.assign(row, { state: DONE, person: null, details: null, blinded: null });
      row.raw = { number: row.raw.number };
    }
  }

  // Until it succeeds: what does not pass by itself pauses, and waits for somebody.
  async #persist(step) {
    for (;;) {
      await this.#checkpoint();
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof CallFailed)) {
          throw error;
        }
        this.#isRepeated = true;
        this.#isPaused = true;
        this.#reason = { kind: error.kind, message: error.message };
      }
    }
  }

  async #wait(milliseconds, reason) {
    this.#isRepeated = true;
    this.#report({ type: "waiting", reason, seconds: Math.ceil(milliseconds / 1000) });
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    await this.#checkpoint();
  }

  // Lets messages of the page come in, and stands still while paused.
  async #checkpoint() {
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#isPaused) {
      this.#report({ type: "paused", reason: this.#reason });
      await new Promise((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  #tell(type, phase, step, blinded = 0) {
    const count = (isCounted) => this.#rows.filter(isCounted).length;
    // A trial counts what it would register now, not what is there already.
    const said = (row) => (phase === "send" ? row.status : row.state === TRIED ? row.trial : null);
    const wanted = phase === "try" ? [READY] : [READY, TRIED];
    const left = count((row) => wanted.includes(row.state));
    this.#report({
      type,
      phase,
      step,
      total: this.#rows.length,
      done: this.#rows.length - left,
      blinded,
      counts: {
        [CREATED]: count((row) => said(row) === CREATED),
        [EXISTED]: count((row) => said(row) === EXISTED),
        [REFUSED]: count((row) => row.state === TURNED_DOWN),
        fout: count((row) => row.state === FAULTY),
      },
      ...(type === "done" ? { faults: this.faults() } : {}),
    });
  }
}

function faultsOf({ raw, reference, faults }) {
  return faults.map((one) => ({ row: raw.number, reference, ...one }));
}
