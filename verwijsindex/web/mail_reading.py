"""A mail as a page can show it: its words with links, its HTML kept apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verwijsindex.web.mailbox import Mail

SHOWN_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted")

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
# A link in the frame would otherwise open in the frame.
_LINKS_LEAVE_THE_FRAME = '<base target="_top">'


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of plain text; with *path*, a link within this site."""

    text: str
    path: str | None = None


def pieces(text: str, base_url: str) -> Sequence[Piece]:
    """Return *text* in pieces, with links to match pages found, and no others."""
    link = re.compile(f"{re.escape(base_url)}(/matches/{_UUID}/deelnames/{_UUID})")
    found = []
    start = 0
    for one in link.finditer(text):
        found += [Piece(text[start : one.start()]), Piece(one.group(), one.group(1))]
        start = one.end()
    found.append(Piece(text[start:]))
    return [piece for piece in found if piece.text]


def headers(mail: Mail) -> Sequence[tuple[str, str]]:
    """Return the headers that are worth looking at, in a fixed order."""
    return [
        (name, " ".join(str(value).split()))
        for name in SHOWN_HEADERS
        for value in mail.message.get_all(name, [])
    ]


def framed_html(mail: Mail) -> str:
    """Return the HTML for a frame of its own, where the policy sent with it disarms it."""
    html, count = _HEAD.subn(lambda found: found.group() + _LINKS_LEAVE_THE_FRAME, mail.html, 1)
    return html if count else _LINKS_LEAVE_THE_FRAME + html
