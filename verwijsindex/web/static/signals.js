// Ticks all signals of the page at once; without this script each has its own box.
const all = document.getElementById("alles");
const boxes = [...document.querySelectorAll('input[name="signaal"]')];

function say() {
  const every = boxes.every(({ checked }) => checked);
  all.textContent = every ? "Kies geen" : `Kies alle ${boxes.length}`;
}

if (all && boxes.length > 1) {
  all.hidden = false;
  say();
  all.addEventListener("click", () => {
    const every = boxes.every(({ checked }) => checked);
    boxes.forEach((box) => (box.checked = !every));
    say();
  });
  document.getElementById("lijst").addEventListener("change", say);
}
