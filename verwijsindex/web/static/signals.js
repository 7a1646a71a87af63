// Ticks all signals of a list at once; without this script each has its own box.
for (const all of document.querySelectorAll("button[data-alle]")) {
  const boxes = [...all.form.querySelectorAll('input[name="signaal"]')];

  const say = () => {
    const every = boxes.every(({ checked }) => checked);
    all.textContent = every ? "Kies geen" : `Kies alle ${boxes.length}`;
  };

  if (boxes.length > 1) {
    all.hidden = false;
    say();
    all.addEventListener("click", () => {
      const every = boxes.every(({ checked }) => checked);
      boxes.forEach((box) => (box.checked = !every));
      say();
    });
    all.form.addEventListener("change", say);
  }
}
