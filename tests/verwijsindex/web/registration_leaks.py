"""Ways in which blinding can be bypassed: planted into the scripts, to see that they are caught.

Each changes one served file. ``secret`` is what a script has at that place: the
canonical form, or what was typed.
"""

from __future__ import annotations

from pathlib import Path

import verwijsindex.web

STATIC = Path(verwijsindex.web.__file__).parent / "static"

#: How a script could write it.
SPELLINGS = {
    "as it is": "secret",
    "base64": "btoa(secret)",
    "base64url, after something": "btoa('xy' + secret).replaceAll('+', '-').replaceAll('/', '_')",
    "reversed": "[...secret].reverse().join('')",
    "hexadecimal": "[...secret].map((one) => one.charCodeAt(0).toString(16)).join('')",
    "escaped": "[...secret].map((one) => '%' + one.charCodeAt(0).toString(16)).join('')",
    "numbers": "JSON.stringify([...secret].map((one) => one.charCodeAt(0)))",
    "with dots": "secret.replace(/([0-9]{4})([0-9]{2})([0-9]{3});/, '$1.$2.$3;')",
    "with spaces": "secret.replace(/([0-9]{3})([0-9]{3})([0-9]{3});/, '$1 $2 $3;')",
}

_LEAKED = "globalThis.leaked"
#: Where it is sent in, as a change to calling.js: in the body, in a header, in an address.
PLACES = {
    "body": ("body: JSON.stringify(body),", f"body: JSON.stringify({{ ...body, x: {_LEAKED} }}),"),
    "header": ("...headers },", f'"X-Leaked": {_LEAKED}, ...headers }},'),
    "address": (
        "fetch(address, {\n      method",
        f"fetch(`${{address}}?${{{_LEAKED}}}`, {{\n      method",
    ),
}

#: What a script could keep, as a change to blinding.js.
KEPT = {
    "localStorage": "localStorage.setItem('x', secret)",
    "sessionStorage": "sessionStorage.setItem('x', secret)",
    "cookie": "document.cookie = `x=${btoa(secret)}; path=/`",
    "indexedDB": "indexedDB.open(secret)",
    "cache": "caches.open(secret)",
    "history": "history.replaceState({ secret }, '')",
    "address": "history.replaceState(null, '', `#${secret}`)",
    "name": "window.name = secret",
}


#: Leaks ``{"k0": …, "k1": …}``, in the order of SPELLINGS.
_ALL = ", ".join(f"k{number}: {one}" for number, one in enumerate(SPELLINGS.values()))
SPELL_ALL = f"{_LEAKED} = encodeURIComponent(JSON.stringify({{{_ALL}}}))"


def leaking_blinding(statement: str) -> str:
    """Return blinding.js that does *statement* with what it is to blind."""
    start = "export function blind(canonical, random) {\n"
    return _changed("blinding.js", start, f"{start}  const secret = canonical;\n  {statement};\n")


def leaking_calls(place: str) -> str:
    """Return calling.js that sends ``leaked`` in *place*."""
    return _changed("calling.js", *PLACES[place])


def _changed(name: str, right: str, wrong: str) -> str:
    script = (STATIC / name).read_text(encoding="utf-8")
    assert script.count(right) == 1, name
    return script.replace(right, wrong)
