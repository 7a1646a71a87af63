// A client that shares no code with ours: it registers one person, with the contract as its
// only source. Standard input: where, who and whom, as JSON; standard output: the answer.
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { ristretto255_oprf } from "../../verwijsindex/web/static/vendor/noble/ristretto255-oprf.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const base64url = (octets) => Buffer.from(octets).toString("base64url");

async function sent(url, headers, body) {
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, body: await response.json() };
}

async function expected(url, headers, body) {
  const answer = await sent(url, headers, body);
  if (answer.status !== 200) throw new Error(`${url}: ${JSON.stringify(answer)}`);
  return answer.body;
}

// RFC 7523: Ed25519 over header.payload, in JWS compact form.
function assertion(audience) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: asked.clientId, sub: asked.clientId, aud: audience,
    iat: now, exp: now + 60, jti: randomUUID(),
  };
  const part = (value) => base64url(Buffer.from(JSON.stringify(value)));
  const signed = `${part({ alg: "Ed25519" })}.${part(claims)}`;
  const key = createPrivateKey({ key: asked.privateJwk, format: "jwk" });
  return `${signed}.${base64url(sign(null, Buffer.from(signed), key))}`;
}

async function token(resource) {
  const url = `${asked.indexUrl}/oauth/token`;
  const form = new URLSearchParams({
    grant_type: "client_credentials", resource, client_id: asked.clientId,
  });
  if (asked.privateJwk) {
    form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.set("client_assertion", assertion(url));
  } else {
    form.set("client_secret", asked.clientSecret);
  }
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return (await expected(url, headers, form.toString())).access_token;
}

async function call(resource) {
  return {
    "Authorization": `Bearer ${await token(resource)}`,
    "Content-Type": "application/json",
  };
}

const canonical = `bsn:${asked.bsn};geboortedatum:${asked.birthDate.replaceAll("-", "")}`;
const { blind, blinded } = ristretto255_oprf.oprf.blind(new TextEncoder().encode(canonical));
const { evaluaties } = await expected(
  `${asked.serviceUrl}/evaluaties`,
  await call("pseudoniemen"),
  JSON.stringify({ soort: "persoon", elementen: [base64url(blinded)], batch: false }),
);
const answer = await sent(
  `${asked.indexUrl}/api/v1/signalen`,
  await call("index"),
  JSON.stringify({ ...asked.signal, evaluatie: evaluaties[0], blindering: base64url(blind) }),
);
process.stdout.write(JSON.stringify(answer));
