// One call over HTTP: sent, tried again where that may help, and what a refusal means in Dutch.
//
// What is sent is the caller's to decide; it never comes back in a message. Every call may be
// repeated: registering is idempotent at the index, and an evaluation is only thrown away. The
// rules and words are those of vi-client: verwijsindex/client/retries.py and errors.py.

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1000; // doubled each time
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_ASKED_MS = 60_000; // a daily limit is told, not slept through
const TIMEOUT_MS = 120_000; // a batch of signals takes the index a while
const LONGEST_SHOWN = 500; // characters of a text that a server sends

const TOO_MANY = 429;
const OUTAGES = [502, 503, 504]; // what a proxy answers while the application restarts

const UNREACHABLE =
  "Er is geen verbinding. Controleer het netwerk en probeer het later opnieuw.";
const LOST = "Er is geen verbinding.";
const UNEXPECTED =
  "De server gaf een antwoord dat niet klopt. Meld dit bij de beheerder van de index.";
const SIGNED_OUT = "U bent niet meer ingelogd. Log opnieuw in en ga dan verder.";
const SOMEBODY_ELSE =
  "In deze browser is nu iemand anders ingelogd. Log zelf weer in en ga dan verder.";

/** A call that came to nothing; the message is Dutch and repeats nothing that was sent. */
export class CallFailed extends Error {
  /**
   * @param {"unreachable"|"busy"|"unexpected"|"refused"|"access"} kind `refused`: the server says
   *   no; `access`: it does not, or no longer, know who asks.
   * @param {string} message
   * @param {{name: string, reason: string}[]} [faults] of the body, where it was refused.
   */
  constructor(kind, message, faults = []) {
    super(message);
    this.kind = kind;
    this.faults = faults;
  }
}

/** How long to go on trying: five times, with pauses of 1, 2, 4 and 8 seconds. */
export const FIVE_TIMES = {
  isEndless: false,
  firstPauseMs: FIRST_PAUSE_MS,
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Post JSON and return the JSON object that comes back, with the status.
 *
 * @param {string} address
 * @param {object} body
 * @param {{headers: Object<string, string>, credentials?: RequestCredentials,
 *          patience?: typeof FIVE_TIMES}} how `isEndless` tries on for as long as there is no
 *   connection; `wait(milliseconds, reason)` waits.
 * @returns {Promise<{status: number, content: object}>}
 * @throws {CallFailed}
 */
export async function post(address, body, how) {
  const { headers, credentials = "same-origin", patience = FIVE_TIMES } = how;
  const send = async () => {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      credentials,
      cache: "no-store",
      redirect: "manual",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // Here, for a connection may be lost halfway through an answer.
    return { response, text: await response.text() };
  };
  return accepted(await answerTo(send, patience));
}

/**
 * Return the headers that the index wants to see with a POST, made for the session of this moment.
 *
 * A page may be open while somebody is signed out and signs in again in another tab.
 *
 * @param {string} address answers `{"csrf": "…", "account": "…"}`.
 * @param {string} account whose page this is.
 * @param {typeof FIVE_TIMES} [patience]
 * @returns {Promise<Object<string, string>>}
 * @throws {CallFailed} `access`: nobody is signed in, or somebody else.
 */
export async function csrfHeaders(address, account, patience = FIVE_TIMES) {
  const send = async () => {
    const response = await fetch(address, {
      headers: { Accept: "application/json" },
      cache: "no-store",
      redirect: "manual",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { response, text: await response.text() };
  };
  const { content } = accepted(await answerTo(send, patience));
  if (typeof content.csrf !== "string") {
    throw unexpected();
  }
  if (content.account !== account) {
    throw new CallFailed("access", SOMEBODY_ELSE);
  }
  return { "X-Csrf": content.csrf, Accept: "application/json" };
}

/** Return a text of a server fit to show: one line, no control characters. */
export function shown(value) {
  if (typeof value !== "string") {
    return "";
  }
  const line = [...value.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ")];
  return line.slice(0, LONGEST_SHOWN).join("").trim();
}

/** Return an answer that makes no sense as what it is. */
export function unexpected() {
  return new CallFailed("unexpected", UNEXPECTED);
}

async function answerTo(send, patience) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send().catch(() => null);
    const status = answer?.response.status;
    if (answer !== null && status !== TOO_MANY && status < 500) {
      return answer;
    }
    const isOutage = answer === null || OUTAGES.includes(status);
    const asked = answer === null ? null : retryAfterMs(answer.response);
    const isLast = attempt >= ATTEMPTS && !(isOutage && patience.isEndless);
    if (isLast || asked > LONGEST_ASKED_MS) {
      if (answer === null) {
        throw new CallFailed("unreachable", UNREACHABLE);
      }
      if (!isOutage && status !== TOO_MANY) {
        return answer;
      }
      throw busy(answer, asked);
    }
    const pause = Math.min(patience.firstPauseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    const reason = answer === null ? LOST : busy(answer).message;
    await patience.wait(Math.max(pause, asked ?? 0), reason);
  }
}

function accepted({ response, text }) {
  if (response.status === 200 || response.status === 201) {
    return { status: response.status, content: jsonObject(text) };
  }
  // A page that asks to sign in instead of an answer.
  if (response.type === "opaqueredirect" || response.status === 401) {
    throw new CallFailed("access", SIGNED_OUT);
  }
  if (response.status >= 400 && response.status < 500) {
    throw refusal(response.status, text);
  }
  throw unexpected();
}

function refusal(status, text) {
  let problem = {};
  try {
    problem = jsonObject(text);
  } catch {
    // A proxy's page, or no such path.
  }
  const own = shown(problem.detail) || shown(problem.title);
  const message = own || `De server weigert dit verzoek (status ${status}).`;
  return new CallFailed("refused", message, faultsIn(problem));
}

/** Return `invalidParams` of an answer; empty when there are none. */
export function faultsIn(content) {
  const entries = Array.isArray(content.invalidParams) ? content.invalidParams : [];
  return entries
    .filter((entry) => typeof entry === "object" && entry !== null)
    .map((entry) => ({ name: shown(entry.name), reason: shown(entry.reason) }));
}

function jsonObject(text) {
  let content = null;
  try {
    content = JSON.parse(text);
  } catch {
    // Told below, without what it was.
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw unexpected();
  }
  return content;
}

function busy({ text }, asked = null) {
  let detail = "";
  try {
    detail = shown(jsonObject(text).detail);
  } catch {
    // A proxy's page.
  }
  const reason = detail || "De server kan dit nu niet doen.";
  return new CallFailed("busy", `${reason} Probeer het ${when(asked)} opnieuw.`);
}

// A pause in words, rounded up.
function when(milliseconds) {
  if (milliseconds === null) {
    return "later";
  }
  const minutes = Math.max(1, Math.ceil(Math.floor(milliseconds / 1000) / 60));
  if (minutes === 1) {
    return "over 1 minuut";
  }
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? `over ${minutes} minuten` : `over ${hours} uur`;
}

// What Retry-After asks (RFC 9110, section 10.2.3): seconds or a date; null when it is not there.
function retryAfterMs(response) {
  const text = (response.headers.get("Retry-After") ?? "").trim();
  if (/^[0-9]+$/.test(text)) {
    return Number(text) * 1000;
  }
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : Math.max(0, moment - Date.now());
}
