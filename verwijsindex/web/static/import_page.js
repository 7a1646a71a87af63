// The page of an import: hands a list to the worker, and shows what the worker says of it.
//
// A file, or what was pasted, goes to the worker and nowhere else; the fields are emptied at once.
// The worker's messages are those at the head of import_worker.js: no BSN or birth date is in them.

import { CallFailed, csrfHeaders } from "./calling.js";
import { isoDateText } from "./cells.js";
import { FaultTable } from "./import_faults.js";
import { clients, number, Phases, progressText, sentWords, trialWords } from "./import_words.js";

const facts = JSON.parse(document.getElementById("gegevens").textContent);
const addresses = document.getElementById("adressen").dataset;
const place = (id) => document.getElementById(id);
const VIEWS = ["kiezen", "bezig", "gestopt", "uitkomst"];
const WORKER = new URL("./import_worker.js", import.meta.url).href;
const units = facts.afdelingen.map(({ id, naam }) => ({ id, naam }));
const mayDefer = facts.afdelingen.some(({ grondslagen }) =>
  Object.values(grondslagen).some(({ uitstel }) => uitstel),
);

let worker = null;
let phase = "try";
let isUnderWay = false; // rows that would be lost
let isPaused = false;
let isBegun = false; // whether the worker read a list
let handOver = () => {}; // gives the list to the worker; until then it stays in the fields
const table = new FaultTable(place("rijen"), place("meer"), units, correct);

// A worker's address is a script's: this page may start one, and no other.
const policy = globalThis.trustedTypes?.createPolicy("vi-worker", {
  createScriptURL(address) {
    if (address !== WORKER) {
      throw new TypeError("another worker");
    }
    return address;
  },
});

const HEARD = {
  read({ rows, faults }) {
    isBegun = true;
    isUnderWay = true;
    table.show(faults);
    advance("try", rows);
  },
  unreadable({ reason }) {
    view("kiezen");
    const box = place("onleesbaar");
    box.textContent = reason;
    box.hidden = false;
    box.focus();
  },
  progress(message) {
    const bar = place("voortgang");
    bar.max = message.total;
    bar.value = Math.max(bar.value, message.done + Math.floor(message.blinded / 4));
    place("voortgang-tekst").textContent = progressText(message);
    place("wachten").hidden = true;
  },
  waiting({ reason }) {
    const text = `${reason} Het gaat vanzelf verder zodra het weer kan.`;
    place("wachten").textContent = text;
    place("wachten").hidden = false;
    say(text);
  },
  paused({ reason }) {
    isPaused = true;
    if (reason === null) {
      place("pauze").disabled = false;
      place("pauze").textContent = "Ga verder";
      place("bezig-kop").textContent = "Gepauzeerd";
      place("wachten").hidden = true;
      say("Gepauzeerd.");
    } else {
      stopped(reason);
    }
  },
  done({ phase: ended, counts, faults }) {
    table.show(faults);
    isUnderWay = ended === "try" && counts.aangemaakt > 0;
    const isSent = ended === "send";
    showOutcome(isSent ? sentWords(counts) : trialWords(counts), isSent);
  },
  corrected({ row, faults }) {
    table.settle(row, faults);
    if (faults?.length === 0) {
      place("doen").textContent = "Controleer wat u verbeterde";
      place("doen").dataset.phase = "try";
      place("doen").hidden = false;
      place("signalen").hidden = true;
      place("fouten").hidden = table.size === 0;
      if (table.size === 0) {
        place("doen").focus();
      }
      isUnderWay = true;
      say(`Rij ${row} klopt nu. ${left()}`);
    } else if (faults) {
      say(`Rij ${row} klopt nog niet.`);
    }
  },
  failed() {
    startOver();
    HEARD.unreadable({
      reason: "Er ging iets mis in deze pagina. Kies uw lijst opnieuw; wat al geregistreerd is, blijft dat.",
    });
  },
};

function left() {
  return table.size === 0 ? "Alle rijen kloppen." : `Nog ${number(table.size)} te gaan.`;
}

function say(text) {
  place("stand").textContent = text;
}

function view(name) {
  for (const one of VIEWS) {
    place(one).hidden = one !== name;
  }
  place("fouten").hidden = name !== "uitkomst" || table.size === 0;
}

function startOver() {
  worker?.terminate();
  worker = null;
  isBegun = isUnderWay = false;
  handOver = () => {};
  table.show([]);
  empty();
  view("kiezen");
}

function start() {
  worker?.terminate();
  worker = new Worker(policy?.createScriptURL(WORKER) ?? WORKER, { type: "module" });
  worker.addEventListener("message", ({ data }) => HEARD[data.type]?.(data));
  worker.addEventListener("error", () => HEARD.failed());
}

function tell(message, handedOver = []) {
  worker.postMessage(message, handedOver);
}

function advance(wanted, total = place("voortgang").max) {
  phase = wanted;
  isPaused = false;
  place("voortgang").max = total;
  place("voortgang").value = 0;
  place("voortgang-tekst").textContent = "";
  showRunning();
  place("bezig-kop").focus();
  tell({ type: wanted });
}

function showRunning() {
  const { title, explanation } = Phases[phase];
  place("bezig-kop").textContent = title;
  place("bezig-uitleg").textContent = explanation;
  place("wachten").hidden = true;
  place("pauze").textContent = "Pauzeer";
  place("pauze").disabled = false;
  view("bezig");
}

function showOutcome({ title, tiles, next, button = 0 }, isSent) {
  place("uitkomst-kop").textContent = title;
  place("tellingen").replaceChildren(
    ...tiles.map(({ count, label, isWrong }) => {
      const tile = document.createElement("li");
      const figure = document.createElement("strong");
      figure.textContent = number(count);
      tile.append(figure, ` ${label}`);
      tile.classList.toggle("is-wrong", Boolean(isWrong));
      return tile;
    }),
  );
  place("daarna").textContent = next;
  place("doen").textContent = `Registreer ${clients(button)}`;
  place("doen").dataset.phase = "send";
  place("doen").hidden = button === 0;
  place("signalen").hidden = !isSent;
  view("uitkomst");
  place("uitkomst-kop").focus();
}

// Something that does not pass by itself: who is signed out may sign in elsewhere and go on.
function stopped({ kind, message }) {
  place("gestopt-kop").textContent =
    kind === "access" ? "U bent uitgelogd" : "Het importeren staat stil";
  place("gestopt-reden").textContent = message;
  place("gestopt-inloggen").hidden = kind !== "access";
  view("gestopt");
  place("gestopt").focus();
  say("");
}

async function read() {
  const box = place("onleesbaar");
  box.hidden = true;
  const file = place("bestand").files[0];
  const pasted = place("plakken").value;
  const deferral = readDeferral();
  if (!file && !pasted.trim()) {
    HEARD.unreadable({ reason: "Kies een bestand, of plak rijen." });
    return;
  }
  if (deferral?.fault) {
    HEARD.unreadable({ reason: deferral.fault });
    return;
  }
  const settings = {
    units,
    addresses: { ...addresses, service: facts.dienst },
    hasFamily: facts.gezin,
    today: facts.vandaag,
    deferral,
  };
  handOver = async () => {
    const csrf = await csrfHeaders(addresses.session, facts.account);
    start();
    if (file) {
      const bytes = await contentOf(file);
      tell({ type: "read", file: bytes, csrf, ...settings }, [bytes]);
    } else {
      tell({ type: "read", pasted, csrf, ...settings });
    }
    handOver = () => {};
    empty();
  };
  await attempt(handOver);
}

async function contentOf(file) {
  try {
    return await file.arrayBuffer();
  } catch {
    throw new CallFailed("refused", "Het bestand kan niet gelezen worden. Kies het opnieuw.");
  }
}

async function attempt(deed) {
  try {
    await deed();
  } catch (error) {
    if (!(error instanceof CallFailed)) {
      throw error;
    }
    stopped(error);
  }
}

function readDeferral() {
  const uitgesteldReden = place("reden").value;
  if (!uitgesteldReden) {
    return null;
  }
  const herzienDatum = isoDateText(place("herzien").value);
  if (herzienDatum === null || herzienDatum < facts.vandaag || herzienDatum > facts.uiterlijkHerzien) {
    return { fault: "Vul in wanneer u er opnieuw naar kijkt: dd-mm-jjjj, hooguit een maand vooruit." };
  }
  return { uitgesteldReden, herzienDatum };
}

function empty() {
  place("lijst").reset();
  showFile();
}

function showFile() {
  place("gekozen").textContent = place("bestand").files[0]?.name ?? "Nog niets gekozen";
}

function correct(row, cells) {
  tell({ type: "correct", row, cells });
}

function goOn() {
  return attempt(async () => {
    const csrf = await csrfHeaders(addresses.session, facts.account);
    if (!isBegun) {
      view("kiezen");
      await handOver();
      return;
    }
    isPaused = false;
    showRunning();
    place("bezig-kop").focus();
    tell({ type: "resume", csrf });
  });
}

function saveFaults() {
  const content = new Blob(["\ufeff", table.text()], { type: "text/csv;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = "fouten.csv";
  link.click();
  // The browser has taken it by the time that this runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

place("lijst").addEventListener("submit", (event) => {
  event.preventDefault();
  read();
});
place("bestand").addEventListener("change", showFile);
place("pauze").addEventListener("click", () => {
  if (isPaused) {
    goOn();
  } else {
    // Said when what is on its way has an answer.
    place("pauze").disabled = true;
    tell({ type: "pause" });
  }
});
place("verder").addEventListener("click", goOn);
place("doen").addEventListener("click", ({ target }) => advance(target.dataset.phase));
place("opnieuw").addEventListener("click", () => {
  if (isUnderWay && !confirm("Deze lijst is nog niet geregistreerd. Toch een andere kiezen?")) {
    return;
  }
  startOver();
  place("kop").focus();
});
place("bewaar").addEventListener("click", saveFaults);
window.addEventListener("beforeunload", (event) => {
  if (isUnderWay) {
    event.preventDefault();
  }
});
// Whoever comes back to this page finds it as it was new.
window.addEventListener("pagehide", startOver);
place("uitstel").hidden = !mayDefer;
startOver();
