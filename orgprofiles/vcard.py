"""An organisation as a vCard 4.0 (RFC 6350), for a telephone's address book."""

from __future__ import annotations

from orgprofiles.profile import Profile
from orgprofiles.profile_words import Means, RouteKind

MEDIA_TYPE = "text/vcard; charset=utf-8"
_LINE_OCTETS = 75


def vcard(profile: Profile) -> str:
    """Return name, telephone numbers, mailbox and website; lines end with CRLF."""
    contact = profile.contact
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "KIND:org",
        f"FN:{_text(profile.identity.name)}",
        f"ORG:{_text(profile.identity.name)}",
        f"TEL;VALUE=text;TYPE=work,voice;PREF=1:{_text(contact.phone)}",
    ]
    lines += [
        f"TEL;VALUE=text;TYPE=work,voice;X-LABEL=spoed:{_text(phone)}"
        for phone in _urgent_phones(profile)
    ]
    lines.append(f"EMAIL;TYPE=work:{_text(contact.mailbox)}")
    if contact.website:
        lines.append(f"URL:{contact.website}")
    domains = sorted({one.domain.words for one in profile.units if one.takes_part})
    if domains:
        lines.append("CATEGORIES:" + ",".join(_text(one) for one in domains))
    lines += ["LANG:nl", "END:VCARD"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _urgent_phones(profile: Profile) -> list[str]:
    return list(
        dict.fromkeys(
            channel.phone
            for route in profile.routes
            if route.kind is RouteKind.URGENT
            for channel in route.channels
            if channel.means is Means.PHONE and channel.phone != profile.contact.phone
            if channel.phone
        )
    )


def _text(value: str) -> str:
    for character in ("\\", ",", ";"):
        value = value.replace(character, f"\\{character}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return *line* broken so that no piece is longer than 75 octets (RFC 6350 §3.2)."""
    pieces: list[str] = []
    piece = ""
    for character in line:
        if len((piece + character).encode()) > _LINE_OCTETS - (1 if pieces else 0):
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece])
