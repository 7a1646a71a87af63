// The part of the form on telling the client: what the legal basis asks at that age, and the answer.

const DEMANDS = {
  informeren: "Uw cliënt moet het weten. Toestemming is niet nodig.",
  geen_bezwaar: "Uw cliënt moet het weten, en er geen bezwaar tegen hebben.",
  instemming: "Uw cliënt moet ermee instemmen.",
};
const NO_BASIS =
  "Voor deze leeftijd heeft uw organisatie geen grondslag. Registreren kan dan niet; vraag uw coördinator.";
const ENOUGH = {
  informeren: ["geen_bezwaar", "instemming", "niet_gevraagd"],
  geen_bezwaar: ["geen_bezwaar", "instemming"],
  instemming: ["instemming"],
};

/** What an age group means for whom to tell, in a sentence. */
export const AgeWords = {
  "0-11": "Jonger dan 12: u vertelt het aan de ouders of voogd.",
  "12-15": "12 tot en met 15 jaar: u vertelt het aan de cliënt en aan de ouders of voogd.",
  "16-22": "16 tot en met 22 jaar: het signaal loopt hooguit een half jaar.",
  "23+": "",
};

/** The choices on informing, adapted to unit and age. */
export class Telling {
  #form;
  #facts;
  #defaults = () => ["client"];
  #ageGroup = null;
  #touched = false; // whether somebody chose whom was told

  constructor(form, facts) {
    this.#form = form;
    this.#facts = facts;
  }

  /** Begin with what is usual; `defaults` says who is to be told at an age. */
  start(defaults) {
    this.#defaults = defaults;
    this.#check("informeren", "ja");
    this.#check("door", "eigen");
    this.#check("wijze", this.#facts.wijzen?.[0] ?? "gesprek");
    this.#field("datum").value = dutch(this.#facts.vandaag);
    this.#form.addEventListener("change", (event) => {
      this.#touched ||= event.target.name === "aan";
      this.#turn();
    });
    if (this.#facts.wijzen) {
      for (const input of this.#all("wijze")) {
        input.closest("label").hidden = !this.#facts.wijzen.includes(input.value);
      }
      this.#check("wijze", this.#facts.wijzen.includes("gesprek") ? "gesprek" : this.#facts.wijzen[0]);
    }
    this.#turn();
  }

  /** Say what the legal basis of `unit` asks at this age (null: not known yet). */
  adapt(unit, ageGroup) {
    this.#ageGroup = ageGroup;
    const bases = unit.grondslagen;
    const basis = ageGroup === null ? theSame(bases) : bases[ageGroup];
    const says = this.#field("eist");
    says.textContent = basis
      ? DEMANDS[basis.eist]
      : ageGroup !== null
        ? NO_BASIS
        : "";
    says.classList.toggle("says--wrong", !basis && ageGroup !== null);
    const enough = ENOUGH[basis?.eist ?? "informeren"];
    for (const input of this.#all("reactie")) {
      input.closest("label").hidden = !enough.includes(input.value);
      if (!enough.includes(input.value)) {
        input.checked = false;
      }
    }
    if (enough.length === 1) {
      this.#check("reactie", enough[0], false);
    }
    // With one answer left there is nothing to choose.
    this.#field("informeren").hidden = basis ? !basis.uitstel : false;
    if (basis && !basis.uitstel) {
      this.#check("informeren", "ja");
    }
    if (!this.#touched) {
      const told = this.#defaults(ageGroup ?? "23+");
      this.#all("aan").forEach((input) => (input.checked = told.includes(input.value)));
    }
    this.#turn();
  }

  /** Return `{informed, faults}`: `informed` as signal_body.js takes it. */
  read(dateOf) {
    const faults = [];
    if (this.#value("informeren") === "later") {
      const uitgesteldReden = this.#value("uitgesteldReden");
      const herzienDatum = dateOf("herzienDatum");
      if (!uitgesteldReden) {
        faults.push({ name: "uitgesteldReden", reason: "kies waarom" });
      }
      if (!this.#field("herzienDatum").value.trim()) {
        faults.push({ name: "herzienDatum", reason: "vul een datum in" });
      }
      return { informed: { uitgesteldReden, herzienDatum }, faults };
    }
    const reaction = this.#value("reactie");
    if (!reaction) {
      faults.push({ name: "reactie", reason: "kies wat uw cliënt zei" });
    }
    const told = this.#all("aan").filter(({ checked }) => checked).map(({ value }) => value);
    if (told.length === 0) {
      faults.push({ name: "aan", reason: "kies aan wie het is verteld" });
    }
    const toldOn = dateOf("datum");
    if (!this.#field("datum").value.trim()) {
      faults.push({ name: "datum", reason: "vul een datum in" });
    }
    const way = this.#value("wijze");
    return { informed: { way, toldOn, reaction, by: this.#value("door"), told }, faults };
  }

  // Shows what goes with the choice, and sums up what is folded away.
  #turn() {
    const isLater = this.#value("informeren") === "later";
    this.#field("bij-ja").hidden = isLater;
    this.#field("bij-later").hidden = !isLater;
    const day = this.#field("datum").value.trim();
    const when = day === dutch(this.#facts.vandaag) ? "Vandaag" : `Op ${day}`;
    const by = this.#value("door") === "verwijzer" ? "door wie verwees" : "door uw organisatie";
    const whom = this.#all("aan").filter(({ checked }) => checked).map(({ value }) => WHOM[value]);
    this.#field("kort").textContent = `${when}, ${by}, aan ${whom.join(" en ") || "niemand"}`;
  }

  #field(name) {
    return document.getElementById(name);
  }

  #all(name) {
    return [...this.#form.querySelectorAll(`input[name="${name}"]`)];
  }

  #value(name) {
    return this.#all(name).find(({ checked }) => checked)?.value ?? null;
  }

  #check(name, value, evenIfChosen = true) {
    if (evenIfChosen || this.#value(name) === null) {
      this.#all(name).forEach((input) => (input.checked = input.value === value));
    }
  }
}

const WHOM = { client: "de cliënt", gezaghebbenden: "de ouders of voogd" };

// What holds at every age, where that is the same: then it can be said before the age is known.
function theSame(bases) {
  const all = Object.values(bases);
  const [first] = all;
  const same = all.every((one) => one.eist === first.eist && one.uitstel === first.uitstel);
  return all.length > 0 && same ? first : null;
}

/** Return `jjjj-mm-dd` as `dd-mm-jjjj`. */
export function dutch(day) {
  return day.split("-").reverse().join("-");
}
