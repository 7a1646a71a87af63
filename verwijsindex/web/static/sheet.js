// A sheet (handover or feedback): its buttons, and what happens while somebody fills it in.

import { shutDoor } from "./sheet_door.js";
import { cautions, faults, list, listFaults, mark, warn } from "./sheet_faults.js";
import { clear, isEmpty } from "./sheet_fields.js";
import { fileText, save } from "./sheet_file.js";
import { fillPaper } from "./sheet_paper.js";

const [sheet, profile, paper, box, proceed, status, buttons] = [
  "blad",
  "profiel",
  "papier",
  "fouten",
  "toch",
  "stand",
  "knoppen",
].map((id) => document.getElementById(id));
const title = document.querySelector("h1").textContent.trim();
let isSaved = false;
let isChecked = false;
let afterwards = null;

/** Do `action` if nothing is wrong; else say what is. */
function ifRight(action) {
  const [wrong, doubtful] = [faults(sheet), cautions(sheet)];
  isChecked = true;
  status.textContent = "";
  mark(sheet, wrong);
  proceed.hidden = wrong.length > 0 || doubtful.length === 0;
  if (wrong.length > 0) {
    list(box, "Het blad is nog niet af", wrong);
  } else if (doubtful.length > 0) {
    afterwards = action;
    list(box, "Staat er een BSN op het blad?", doubtful);
  } else {
    box.hidden = true;
    action();
  }
}

function saveAsFile() {
  fillPaper(paper, sheet, profile, title);
  const styles = [...document.querySelectorAll("[data-on-paper]")].map((one) => one.sheet);
  const name = save(fileText(paper, styles, title), sheet.dataset.file);
  paper.replaceChildren();
  isSaved = true;
  status.textContent = `Bewaard als ${name}, in uw map met downloads. Haal het daar weg als u het hebt doorgegeven.`;
}

function wipe() {
  if (!isEmpty(sheet) && !window.confirm("Alles wat u hebt ingevuld wissen?")) {
    return;
  }
  clear(sheet);
  paper.replaceChildren();
  mark(sheet, []);
  for (const one of sheet.querySelectorAll(".caution")) {
    one.textContent = "";
  }
  box.hidden = true;
  isChecked = false;
  sheet.querySelector("input").focus();
  status.textContent = "Alles is gewist.";
}

document.getElementById("afdrukken").addEventListener("click", () => ifRight(() => window.print()));
document.getElementById("bewaren").addEventListener("click", () => ifRight(saveAsFile));
document.getElementById("wissen").addEventListener("click", wipe);
proceed.addEventListener("click", () => {
  box.hidden = true;
  afterwards();
});
sheet.addEventListener("input", (event) => {
  isSaved = false;
  status.textContent = "";
  warn(event.target);
  if (isChecked) {
    const wrong = faults(sheet);
    mark(sheet, wrong);
    box.hidden = wrong.length === 0;
    listFaults(box, wrong);
    proceed.hidden = true;
  }
});

// An empty sheet is printed as a form to fill in with a pen.
window.addEventListener("beforeprint", () => {
  if (!isEmpty(sheet)) {
    fillPaper(paper, sheet, profile, title);
    document.body.classList.add("has-paper");
  }
});
window.addEventListener("afterprint", () => {
  document.body.classList.remove("has-paper");
  paper.replaceChildren();
});
window.addEventListener("beforeunload", (event) => {
  if (!isSaved && !isEmpty(sheet)) {
    event.preventDefault();
  }
});

document.getElementById("zonder").hidden = true;
buttons.hidden = false;
if (document.readyState === "complete") {
  shutDoor();
} else {
  window.addEventListener("load", shutDoor, { once: true });
}
