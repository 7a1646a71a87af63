// Dates of a sheet: ISO inside, Dutch outside, by the clock of this computer.

const DUTCH = new Intl.DateTimeFormat("nl-NL", { dateStyle: "long", timeZone: "UTC" });

/** Return today as `2026-11-23`. */
export function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Return `2026-11-23` as `23 november 2026`. */
export function dutchDate(iso) {
  return DUTCH.format(new Date(`${iso}T00:00:00Z`));
}
