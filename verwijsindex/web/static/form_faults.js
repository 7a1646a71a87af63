// Faults of a form: each at its field, and all of them at the top with a link. No value is shown.

const SIGN_IN = "Log in een ander tabblad opnieuw in. Wat u hier invulde, blijft staan.";

export class FormFaults {
  #form;
  #summary;

  constructor(form, summary) {
    this.#form = form;
    this.#summary = summary;
  }

  /**
   * Show faults and go to them; an empty list takes the old ones away.
   *
   * @param {{name: string|null, reason: string}[]} faults
   * @param {string} [message] what is wrong where no field is to blame.
   * @param {boolean} [mustSignIn] whether signing in again helps.
   */
  show(faults, message = "", mustSignIn = false) {
    for (const place of this.#form.querySelectorAll("[data-fout]")) {
      const own = faults.filter(({ name }) => name === place.dataset.fout);
      place.textContent = own.map(({ reason }) => sentence(reason)).join(" ");
      place.hidden = own.length === 0;
      const holder = place.closest("[data-veld], fieldset");
      holder?.classList.toggle("field--wrong", own.length > 0);
      const input = holder?.querySelector(":scope > input, :scope > select");
      input?.toggleAttribute("aria-invalid", own.length > 0);
      if (own.length > 0) {
        input?.setAttribute("aria-invalid", "true");
        place.closest("details")?.setAttribute("open", "");
        holder.hidden = false;
      }
    }
    const isRight = faults.length === 0 && !message;
    this.#summary.hidden = isRight;
    document.title = `${isRight ? "" : "Fout: "}${document.title.replace(/^Fout: /, "")}`;
    if (isRight) {
      this.#summary.replaceChildren();
      return;
    }
    const title = element("h2", "faults__title");
    title.textContent =
      faults.length === 0
        ? "Dat lukte niet"
        : faults.length === 1
          ? "Er klopt iets niet"
          : `Er kloppen ${faults.length} dingen niet`;
    const parts = [title];
    if (message && faults.length === 0) {
      const text = element("p");
      text.textContent = message;
      parts.push(text);
    }
    if (mustSignIn) {
      const text = element("p");
      text.textContent = SIGN_IN;
      parts.push(text);
    }
    if (faults.length > 0) {
      const list = element("ul", "faults__list");
      list.append(...faults.map((one) => this.#entry(one)));
      parts.push(list);
    }
    this.#summary.replaceChildren(...parts);
    this.#summary.focus();
    this.#summary.scrollIntoView({ block: "center" });
  }

  /** Take away the fault at `input`, which somebody is mending. */
  forgive(input) {
    const holder = input.closest(".field--wrong");
    const place = holder?.querySelector("[data-fout]");
    if (place) {
      place.hidden = true;
      input.removeAttribute("aria-invalid");
      holder.classList.remove("field--wrong");
    }
  }

  #entry({ name, reason }) {
    const item = element("li");
    const place = name && document.getElementById(name);
    if (!place) {
      item.textContent = sentence(reason);
      return item;
    }
    const link = element("a");
    link.href = `#${name}`;
    link.textContent = `${labelOf(place).replace(/\?$/, "")}: ${reason}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const target = place.matches("fieldset") ? place.querySelector("input:not([hidden])") : place;
      place.closest("details")?.setAttribute("open", "");
      target.focus();
      target.scrollIntoView({ block: "center" });
    });
    item.append(link);
    return item;
  }
}

function labelOf(place) {
  const own = place.matches("fieldset") ? place.querySelector("legend") : place.labels[0];
  return own.textContent.trim();
}

function sentence(reason) {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

function element(name, className = "") {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
