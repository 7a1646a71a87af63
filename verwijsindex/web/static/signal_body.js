// What the index is told about a signal: the body of the contract ("Body of a signal").
//
// Of the person it holds the evaluation, the blind and the age group. The blinded element B is
// not in it and must not be: with the blind it would give H(x), which can be tried against every
// BSN. The same as verwijsindex/client/signals.py.

export const PARENT = "ouder"; // what a parent is called, to the index and to the service
export const TOLD_BY = ["eigen", "verwijzer"];
export const TOLD = ["client", "gezaghebbenden"];
export const WAYS = ["gesprek", "brief", "telefoon", "portaal"];
export const REACTIONS = ["niet_gevraagd", "geen_bezwaar", "instemming"];

/**
 * Return the JSON body of one signal.
 *
 * @param {{evaluation: string, blind: string, ageGroup: string,
 *          parents?: {evaluation: string, blind: string}[]}} blinded what is left of a person.
 * @param {object} details everything else: `unitId`; `professionalKey`, null for the team;
 *   `reference` and `lapsesOn`, null for the index's own; `informed`, either
 *   `{way, toldOn, reaction, by, told}` (`told` null: by age) or `{uitgesteldReden, herzienDatum}`.
 */
export function signalBody({ evaluation, blind, ageGroup, parents = [] }, details) {
  const { unitId, professionalKey, reference, lapsesOn, informed } = details;
  return {
    evaluatie: evaluation,
    blindering: blind,
    afdeling: unitId,
    contact: professionalKey === null ? { afdeling: true } : { medewerker: professionalKey },
    leeftijdsgroep: ageGroup,
    geinformeerd: informedBody(informed, ageGroup),
    ...(reference === null ? {} : { kenmerk: reference }),
    ...(lapsesOn === null ? {} : { vervaltDatum: lapsesOn }),
    ...(parents.length === 0 ? {} : { gezin: parents.map(parentBody) }),
  };
}

/** Return who is to be told at that age: under 12 those with authority, 12-15 both. */
export function toldByDefault(ageGroup) {
  if (ageGroup === "0-11") {
    return ["gezaghebbenden"];
  }
  return ageGroup === "12-15" ? TOLD : ["client"];
}

function parentBody({ evaluation, blind }) {
  return { soort: PARENT, evaluatie: evaluation, blindering: blind };
}

function informedBody(informed, ageGroup) {
  if ("uitgesteldReden" in informed) {
    const { uitgesteldReden, herzienDatum } = informed;
    return { uitgesteldReden, herzienDatum };
  }
  return {
    door: informed.by,
    aan: informed.told ?? toldByDefault(ageGroup),
    wijze: informed.way,
    datum: informed.toldOn,
    reactie: informed.reaction,
  };
}
