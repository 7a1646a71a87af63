// RFC 9497 as @noble/curves has it: blind, evaluate and finalize what standard input asks.
import { readFileSync } from "node:fs";
import { ristretto255_oprf } from "../../verwijsindex/web/static/vendor/noble/ristretto255-oprf.js";

const { oprf } = ristretto255_oprf;
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (octets) => Buffer.from(octets).toString("hex");

// noble draws a blind as 1 + (48 random bytes, little-endian, modulo ℓ - 1): handed
// the bytes of r - 1, it draws r.
function exactly(scalar) {
  const number = BigInt("0x" + Buffer.from(scalar).reverse().toString("hex")) - 1n;
  const octets = Buffer.from(number.toString(16).padStart(96, "0"), "hex").reverse();
  return () => Uint8Array.from(octets);
}

function walk({ key, input, blind }) {
  const drawn = oprf.blind(bytes(input), exactly(bytes(blind)));
  const evaluated = oprf.blindEvaluate(bytes(key), drawn.blinded);
  const output = oprf.finalize(bytes(input), drawn.blind, evaluated);
  return {
    blind: hex(drawn.blind),
    blinded: hex(drawn.blinded),
    evaluated: hex(evaluated),
    output: hex(output),
  };
}

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(questions.map(walk)));
