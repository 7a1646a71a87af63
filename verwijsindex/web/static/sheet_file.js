// A sheet as a file of its own, made here: no scripts, nothing to load.

import { today } from "./sheet_dates.js";

/** Return the file's text: `paper` with the rules of `styles`, style sheets of this page. */
export function fileText(paper, styles, title) {
  // The browser writes the element, for the name of an organisation may hold anything.
  const head = document.createElement("title");
  head.textContent = title;
  const rules = styles
    .flatMap((one) => [...one.cssRules])
    .map((rule) => rule.cssText)
    .join("\n");
  return [
    "<!doctype html>",
    '<html lang="nl">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    head.outerHTML,
    `<style>\n${rules}\n</style>`,
    "</head>",
    `<body>\n<main class="paper">${paper.innerHTML}</main>\n</body>`,
    "</html>",
    "",
  ].join("\n");
}

/** Offer `content` as a download; the name tells nothing of the client. */
export function save(content, name) {
  const address = URL.createObjectURL(new Blob([content], { type: "text/html;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}-${today()}.html`;
  link.click();
  // The browser has taken it by the time that this runs.
  setTimeout(() => URL.revokeObjectURL(address), 0);
  return link.download;
}
