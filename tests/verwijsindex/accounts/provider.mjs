// A real OpenID Connect provider (oidc-provider) on loopback, for one organisation.
//
// node provider.mjs FOLDER-OF-NODE-MODULES REDIRECT-URI. Prints its issuer when it answers. Who
// signs in, and what is wrong with its tokens, is said by POST /of-the-test {subject, claims, sign}.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, redirectUri] = process.argv.slice(2);
const required = createRequire(`${modules}/`);
const load = (name) => import(pathToFileURL(required.resolve(name)));
const { default: Provider } = await load("oidc-provider");
const jose = await load("jose");

const { privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
const stranger = await jose.generateKeyPair("ES256", { extractable: true });
const jwk = { ...(await jose.exportJWK(privateKey)), kid: "one", use: "sig", alg: "ES256" };

const SECRET = "een geheim van de test: 100% & +/=";
let told = { subject: "s-1", claims: {}, sign: "right" };

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "verwijsindex",
      client_secret: SECRET,
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      id_token_signed_response_alg: "ES256",
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  jwks: { keys: [jwk] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  claims: { openid: ["sub", "email"], email: ["email"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...told.claims }),
  }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["for this test alone"] },
  ttl: { AuthorizationCode: 60, IdToken: 300, AccessToken: 300, Session: 300, Interaction: 300, Grant: 300 },
  // Whoever signs in agrees: there is nothing to share but who they are.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

async function body(request) {
  let text = "";
  for await (const part of request) {
    text += part;
  }
  return text;
}

/** Make an ID token again with other claims, or signed by somebody else. */
async function tampered(token) {
  const claims = { ...jose.decodeJwt(token), ...told.claims };
  if (told.sign === "none") {
    return new jose.UnsecuredJWT(claims).encode();
  }
  if (told.sign === "secret") {
    const key = new TextEncoder().encode(SECRET);
    return new jose.SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key);
  }
  const key = told.sign === "stranger" ? stranger.privateKey : privateKey;
  return new jose.SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "one" }).sign(key);
}

provider.use(async (ctx, next) => {
  if (ctx.path === "/of-the-test") {
    told = { subject: "s-1", claims: {}, sign: "right", ...JSON.parse(await body(ctx.req)) };
    ctx.body = {};
    return;
  }
  if (ctx.path.startsWith("/interaction/")) {
    const result = { login: { accountId: told.subject, remember: true } };
    const refusal = { error: "access_denied" };
    const to = await provider.interactionResult(ctx.req, ctx.res, told.refuses ? refusal : result);
    ctx.redirect(to);
    return;
  }
  await next();
  if (ctx.path === "/token" && ctx.body?.id_token) {
    ctx.body.id_token = await tampered(ctx.body.id_token);
  }
});

server.on("request", provider.callback());
console.log(issuer);
