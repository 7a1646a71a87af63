// Blinding: from the canonical form of a person to what may leave the browser.
//
// The element B is for the pseudonym service alone and the blind r for the index alone: with
// both, H(x) could be computed, which can be tried against every BSN without any key. The
// canonical form itself goes nowhere. RFC 9497, ristretto255-SHA512, mode OPRF.

import { ristretto255_oprf } from "./vendor/noble/ristretto255-oprf.js";

const UTF_8 = new TextEncoder();

/**
 * Return `canonical` blinded with a fresh random r: twice the same person looks different.
 *
 * @param {string} canonical as person.js makes it.
 * @param {(count: number) => Uint8Array} [random] the browser's own generator, but in a test.
 * @returns {{element: string, blind: string}} B and r, each 32 bytes as base64url.
 */
export function blind(canonical, random) {
  const { blind: scalar, blinded } = ristretto255_oprf.oprf.blind(UTF_8.encode(canonical), random);
  return { element: base64url(blinded), blind: base64url(scalar) };
}

/** Return `bytes` as base64url without padding (RFC 4648 §5). */
export function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
