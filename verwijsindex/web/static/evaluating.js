// Asking the pseudonym service for evaluations, with a token that the index gives.
//
// To the index goes nothing but the question for a token; to the service go the blinded elements
// and the token. A blind never comes here: with an element it would give H(x), which can be
// tried against every BSN.

import { CallFailed, FIVE_TIMES, post, unexpected } from "./calling.js";

export const ELEMENTS_PER_CALL = 1000;

const EVALUATION = /^[A-Za-z0-9_-]{163}$/;
const TOKENS_TRIED = 3;
const MARGIN_MS = 10_000; // a token that ends underway is of no use

/**
 * Return how to ask the pseudonym service.
 *
 * @param {object} settings
 * @param {string} settings.tokenAddress of the index; a POST with an empty object answers
 *   `{"access_token": "…", "expires_in": 60}`.
 * @param {string} settings.serviceAddress up to and including `/v1`.
 * @param {() => Object<string, string>} settings.csrf the header that the index wants to see.
 * @param {typeof FIVE_TIMES} [settings.patience]
 * @returns {{evaluate: (elements: string[], how?: {batch?: boolean, kind?: string})
 *            => Promise<string[]>}} `evaluate` answers in the order of the elements, at most 1,000;
 *   with `batch` the evaluations last 24 hours instead of 15 minutes. Raises CallFailed.
 */
export function pseudonymService({ tokenAddress, serviceAddress, csrf, patience = FIVE_TIMES }) {
  const address = `${serviceAddress}/evaluaties`;
  let known = null; // {token, endsAt}

  async function token() {
    if (known === null || known.endsAt < performance.now()) {
      const asked = performance.now();
      const { content } = await post(tokenAddress, {}, { headers: csrf(), patience });
      const { access_token: text, expires_in: seconds } = content;
      if (typeof text !== "string" || typeof seconds !== "number") {
        throw unexpected();
      }
      known = { token: text, endsAt: asked + seconds * 1000 - MARGIN_MS };
    }
    return known.token;
  }

  // With a token of its own each time that the service did not accept one: waiting for a
  // connection may outlast it.
  async function ask(body) {
    for (let attempt = 1; attempt <= TOKENS_TRIED; attempt += 1) {
      const headers = { Authorization: `Bearer ${await token()}` };
      try {
        return await post(address, body, { headers, credentials: "omit", patience });
      } catch (error) {
        if (!(error instanceof CallFailed && error.kind === "access")) {
          throw error;
        }
        known = null;
      }
    }
    throw unexpected();
  }

  async function evaluate(elements, { batch = false, kind = "persoon" } = {}) {
    const { content } = await ask({ soort: kind, elementen: elements, batch });
    const { evaluaties } = content;
    const isWhole =
      Array.isArray(evaluaties) &&
      evaluaties.length === elements.length &&
      evaluaties.every((one) => typeof one === "string" && EVALUATION.test(one));
    if (!isWhole) {
      throw unexpected();
    }
    return evaluaties;
  }

  return { evaluate };
}
