// Buttons that use or make a passkey. Without JavaScript or passkeys they stay hidden.
//
// A button says where the challenge comes from (data-begin), where the answer goes (data-finish)
// and whether one is made (data-makes). Credentials are read by hand: the browsers' own
// conversions from JSON are missing in those of before 2025.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const described = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

async function send(address, body, csrf) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-Csrf": csrf },
    body: JSON.stringify(body),
    cache: "no-store",
    referrerPolicy: "same-origin",
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Refused(answer.detail);
  }
  return answer;
}

class Refused extends Error {}

async function credential({ options, makes }) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (makes) {
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = described(options.excludeCredentials);
    return navigator.credentials.create({ publicKey });
  }
  publicKey.allowCredentials = described(options.allowCredentials);
  return navigator.credentials.get({ publicKey });
}

function asJson(made) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const response = {};
  for (const name of names) {
    if (made.response[name]) {
      response[name] = text(made.response[name]);
    }
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response };
}

async function use(button, status) {
  const { begin, finish, makes, csrf } = button.dataset;
  button.disabled = true;
  status.textContent = "Volg de stappen op uw apparaat.";
  try {
    const { step, options } = await send(begin, {}, csrf);
    const made = await credential({ options, makes: makes !== undefined });
    const { naar } = await send(finish, { step, credential: asJson(made) }, csrf);
    location.assign(naar);
  } catch (error) {
    status.textContent = reason(error);
    button.disabled = false;
    button.focus();
  }
}

function reason(error) {
  if (error instanceof Refused) {
    return error.message;
  }
  if (error.name === "InvalidStateError") {
    return "Op dit apparaat staat al een passkey voor uw account.";
  }
  if (error.name === "NotAllowedError" || error.name === "AbortError") {
    return "Het is gestopt, of het duurde te lang. Probeer het opnieuw, of kies een andere manier.";
  }
  return "Dat lukte niet. Probeer het opnieuw, of kies een andere manier.";
}

for (const part of document.querySelectorAll("[data-passkey]")) {
  const isHere = location.hostname === part.dataset.passkey;
  if (window.PublicKeyCredential && isHere) {
    const button = part.querySelector("button");
    const status = part.querySelector("[role=status]");
    part.hidden = false;
    button.addEventListener("click", () => use(button, status));
  } else {
    const elsewhere = document.getElementById("passkey-elders");
    if (elsewhere && !isHere) {
      elsewhere.hidden = false;
    }
  }
}
for (const one of document.querySelectorAll("[data-without-passkey]")) {
  one.hidden = Boolean(document.querySelector("[data-passkey]:not([hidden])"));
}
