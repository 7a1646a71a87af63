// The form of one registration: checks while somebody types, blinds, and sends what is left.
//
// What stands in the fields BSN, V-number, birth date and parents goes to person.js, references.js
// and blinding.js alone.
// Those fields have no name, so that no form can send them; they are emptied when it is done.

import { blind } from "./blinding.js";
import { CallFailed, csrfHeaders, FIVE_TIMES, post } from "./calling.js";
import { calendarDate } from "./cells.js";
import { pseudonymService } from "./evaluating.js";
import { FormFaults } from "./form_faults.js";
import { bsnFault, PARENTS, readParents, readPerson } from "./person.js";
import { revealsPerson } from "./references.js";
import { AgeWords, Telling } from "./register_telling.js";
import { PARENT, signalBody, toldByDefault } from "./signal_body.js";

const facts = JSON.parse(document.getElementById("gegevens").textContent);
const form = document.getElementById("registreren");
const field = (name) => document.getElementById(name);
// Without the family match there are no fields for parents.
const SECRETS = ["bsn", "vnummer", "geboortedatum", ...PARENTS].filter(field);

// Names of the contract, as fields of this form.
const FIELDS = {
  evaluatie: null,
  blindering: null,
  leeftijdsgroep: "geboortedatum",
  "contact.medewerker": "contact",
  "geinformeerd.wijze": "wijze",
  "geinformeerd.datum": "datum",
  "geinformeerd.reactie": "reactie",
  "geinformeerd.aan": "aan",
  "geinformeerd.door": "door",
  "geinformeerd.uitgesteldReden": "uitgesteldReden",
  "geinformeerd.herzienDatum": "herzienDatum",
};

const faults = new FormFaults(form, field("fouten"));
const telling = new Telling(form, facts);
// Says that it takes longer, and why; whoever waits would else try again by hand.
const patience = {
  ...FIVE_TIMES,
  wait(milliseconds, reason) {
    busy(`${reason} Wij proberen het nog een keer…`);
    return FIVE_TIMES.wait(milliseconds);
  },
};
let csrf = {};
const service = pseudonymService({
  tokenAddress: form.dataset.token,
  serviceAddress: facts.dienst,
  csrf: () => csrf,
  patience,
});

function typed() {
  return Object.fromEntries(SECRETS.map((name) => [name, field(name).value]));
}

function unit() {
  return facts.afdelingen.find((one) => one.id === field("afdeling").value);
}

function showContacts() {
  const chosen = field("contact").options.length > 0 ? field("contact").value : facts.zelf;
  const options = [
    ...unit().collegas.map(({ sleutel, naam }) => [
      sleutel,
      sleutel === facts.zelf ? `${naam} (u zelf)` : naam,
    ]),
    ["", `Het team: ${unit().naam}`],
  ];
  field("contact").replaceChildren(...options.map(([value, text]) => new Option(text, value)));
  const values = options.map(([value]) => value);
  field("contact").value = [chosen, facts.zelf, values[0]].find((one) => values.includes(one)) ?? "";
}

// Says it as soon as it can be known: when all digits are there.
function look() {
  const { bsn, geboortedatum } = typed();
  const digits = bsn.replace(/\D/g, "");
  const wrong = digits.length >= 9 ? bsnFault(bsn) : null;
  const { person } = readPerson(typed(), facts.vandaag);
  field("klopt").textContent = wrong
    ? `Dit BSN ${wrong}.`
    : person
      ? `✓ Klopt. ${AgeWords[person.ageGroup]}`
      : digits.length >= 9 && !geboortedatum
        ? "✓ Het BSN kan kloppen. Vul nu de geboortedatum in."
        : "";
  field("klopt").classList.toggle("says--wrong", Boolean(wrong));
  telling.adapt(unit(), person?.ageGroup ?? null);
}

function questionFault() {
  const questions = [...form.querySelectorAll(".question")];
  if (questions.length === 0) {
    return [];
  }
  const answers = questions.map((one) => one.querySelector("input:checked")?.value);
  if (questions.some((one, at) => answers[at] === one.dataset.signaal)) {
    return [];
  }
  const given = answers.filter((one) => one !== undefined).length;
  const reason = given === 0
    ? "beantwoord de vragen"
    : given < questions.length
      ? "dit is geen reden om te registreren; beantwoord ook de andere vragen"
      : "met deze antwoorden signaleert uw organisatie niet; registreer deze cliënt niet";
  return [{ name: "vragen", reason }];
}

function optionalDate(name, found) {
  const text = field(name).value.trim();
  if (!text) {
    return null;
  }
  const day = calendarDate(text);
  if (day === null) {
    found.push({ name, reason: "moet een bestaande datum zijn (dd-mm-jjjj)" });
  }
  return day;
}

function read() {
  const found = [];
  const secrets = typed();
  const { person, faults: ofPerson } = readPerson(secrets, facts.vandaag);
  const { parents, faults: ofParents } = readParents(secrets);
  const ofBoth = [...ofPerson, ...ofParents];
  found.push(...ofBoth.map(({ field: name, reason }) => ({ name, reason })));
  const { geboortedatum, ...numbers } = secrets;
  const reference = field("kenmerk").value.trim() || null;
  if (Object.values(numbers).some((one) => revealsPerson(reference ?? "", one, geboortedatum))) {
    found.push({ name: "kenmerk", reason: "mag geen BSN of geboortedatum bevatten" });
  }
  found.push(...questionFault());
  const { informed, faults: ofTelling } = telling.read((name) => optionalDate(name, found));
  found.push(...ofTelling);
  const lapsesOn = optionalDate("vervaltDatum", found);
  const details = {
    unitId: field("afdeling").value,
    professionalKey: field("contact").value || null,
    reference,
    lapsesOn,
    informed,
  };
  return { person, parents, details, found };
}

// The blinds stay here: with an element one gives H(x), and the elements go to the service.
async function blinded(person, parents) {
  const [own, ...others] = [person.canonical, ...parents].map((one) => blind(one));
  const [evaluation] = await service.evaluate([own.element]);
  const elements = others.map(({ element }) => element);
  const ofParents =
    elements.length > 0 ? await service.evaluate(elements, { kind: PARENT }) : [];
  return {
    evaluation,
    blind: own.blind,
    ageGroup: person.ageGroup,
    parents: others.map((one, at) => ({ evaluation: ofParents[at], blind: one.blind })),
  };
}

async function register() {
  const { person, parents, details, found } = read();
  faults.show(found);
  if (found.length > 0) {
    field("klopt").textContent = ""; // it stands at the field now
    return;
  }
  busy("Bezig met registreren…");
  try {
    csrf = await csrfHeaders(form.dataset.sessie, facts.account, patience);
    const body = signalBody(await blinded(person, parents), details);
    const { content } = await post(form.dataset.naar, body, {
      headers: csrf,
      patience,
    });
    form.reset();
    location.assign(content.naar);
  } catch (error) {
    busy("");
    if (!(error instanceof CallFailed)) {
      throw error;
    }
    const told = error.faults.map(({ name, reason }) => ({ name: FIELDS[name] ?? name, reason }));
    faults.show(told, error.message, error.kind === "access");
  }
}

function busy(text) {
  field("bezig").textContent = text;
  field("doen").disabled = Boolean(text);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  register();
});
form.addEventListener("input", (event) => {
  faults.forgive(event.target);
  look();
});
field("afdeling").addEventListener("change", () => {
  showContacts();
  look();
});
// Whoever comes back to this page finds it empty.
window.addEventListener("pagehide", () => form.reset());
window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
form.reset();
showContacts();
telling.start(toldByDefault);
look();
form.hidden = false;
field("bsn").focus();
