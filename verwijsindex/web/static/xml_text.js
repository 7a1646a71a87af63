// Reading XML where there is no DOMParser: in a worker. Only what a workbook's parts need.

const TOKEN =
  /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([^\s/>!?]+)((?:"[^"]*"|'[^']*'|[^"'>])*?)(\/?)>|<[^>]*>|([^<]+)/g;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(amp|lt|gt|quot|apos));/g;

/**
 * Walk through `xml`: `open(name, attribute)`, `close(name)` and `text(text)` are called in order.
 *
 * Names come without their namespace's prefix; `attribute(name)` gives a value or null. An empty
 * element is opened and closed.
 */
export function walk(xml, { open, close = () => {}, text = () => {} }) {
  for (const [, raw, slash, name, attributes, isEmpty, characters] of xml.matchAll(TOKEN)) {
    if (raw !== undefined) {
      text(raw);
    } else if (characters !== undefined) {
      text(plain(characters));
    } else if (name !== undefined) {
      const local = name.slice(name.indexOf(":") + 1);
      if (!slash) {
        open(local, (wanted) => attributeOf(attributes, wanted));
      }
      if (slash || isEmpty) {
        close(local);
      }
    }
  }
}

function attributeOf(attributes, name) {
  const found = new RegExp(`(?:^|\\s)(?:[\\w.-]+:)?${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(
    attributes,
  );
  return found ? plain(found[1] ?? found[2]) : null;
}

function plain(text) {
  return text.replace(REFERENCE, (_, hexadecimal, decimal, named) => {
    const code = hexadecimal ? parseInt(hexadecimal, 16) : Number(decimal);
    return named ? NAMED[named] : String.fromCodePoint(code);
  });
}
