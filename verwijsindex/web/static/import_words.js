// What the page of an import says, in Dutch, from the numbers that the worker reports.

const NUMBER = new Intl.NumberFormat("nl-NL");

/** Return a number as it is written in Dutch: `5.000`. */
export function number(count) {
  return NUMBER.format(count);
}

/** Return `1 cliënt`, `2 cliënten`. */
export function clients(count) {
  return `${number(count)} ${count === 1 ? "cliënt" : "cliënten"}`;
}

/** What is under way: a heading, and what it means. */
export const Phases = {
  try: {
    title: "Uw lijst wordt gecontroleerd",
    explanation: "Er wordt nog niets geregistreerd.",
  },
  send: {
    title: "Uw cliënten worden geregistreerd",
    explanation: "Stopt u halverwege, dan is wat klaar is geregistreerd.",
  },
};

/** Return how far it is: `1.200 van de 5.000 rijen klaar`. */
export function progressText({ step, done, total, blinded }) {
  const ready = `${number(done)} van de ${number(total)} rijen klaar`;
  return step === "blind" && blinded > 0
    ? `${ready}. Nu worden BSN en geboortedatum onleesbaar gemaakt.`
    : ready;
}

/** Return what a trial found, and how many can be registered: `{title, tiles, next, button}`. */
export function trialWords(counts) {
  const { aangemaakt: fresh, bestond_al: known } = counts;
  const wrong = counts.afgewezen + counts.fout;
  const tiles = [{ count: fresh, label: fresh === 1 ? "nieuwe cliënt" : "nieuwe cliënten" }];
  if (known > 0) {
    tiles.push({ count: known, label: "had u al geregistreerd" });
  }
  tiles.push(...faultTiles(counts));
  const title = wrong > 0 ? "Een deel klopt nog niet" : fresh > 0 ? "Uw lijst klopt" : NOTHING_NEW;
  return { title, tiles, next: trialNext(fresh, known, wrong), button: fresh };
}

/** Return what came of it, over the whole list: `{title, tiles, next}`. */
export function sentWords(counts) {
  const { aangemaakt, bestond_al: known } = counts;
  const tiles = [{ count: aangemaakt, label: "geregistreerd" }];
  if (known > 0) {
    tiles.push({ count: known, label: "had u al geregistreerd" });
  }
  tiles.push(...faultTiles(counts));
  const title =
    counts.afgewezen + counts.fout > 0
      ? `Klaar: ${clients(aangemaakt)} geregistreerd, een deel nog niet`
      : `Klaar: ${clients(aangemaakt)} geregistreerd`;
  return { title, tiles, next: SENT };
}

const NOTHING_NEW = "Er is niets nieuws te registreren";
const SENT =
  "Is er een match, dan krijgt het contact daar een mail over. " +
  "De matches van deze lijst staan samen in één mail per collega.";

function trialNext(fresh, known, wrong) {
  const parts = ["Er is nog niets geregistreerd."];
  if (known > 0) {
    parts.push("Aan wie u al had geregistreerd, verandert niets.");
  }
  if (wrong > 0 && fresh > 0) {
    parts.push("Verbeter eerst de rijen hieronder, of registreer vast de rest.");
  } else if (wrong > 0) {
    parts.push("Verbeter de rijen hieronder.");
  }
  return parts.join(" ");
}

function faultTiles({ afgewezen, fout }) {
  const tiles = [];
  if (fout > 0) {
    tiles.push({ count: fout, label: fout === 1 ? "rij met een fout" : "rijen met een fout", isWrong: true });
  }
  if (afgewezen > 0) {
    tiles.push({ count: afgewezen, label: "geweigerd door de verwijsindex", isWrong: true });
  }
  return tiles;
}
