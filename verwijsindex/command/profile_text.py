"""A profile as lines for a terminal; names and words are those of the API, made readable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from orgprofiles.comparing import Difference
from orgprofiles.profile import TargetGroup, Term
from orgprofiles.profile_words import TimeUnit
from verwijsindex.web.profile_wording import ages, term

_INLINE = 4  # an object with no more than this many plain values fits on a line
_EXPLANATION = "toelichting"
_NOTHING: tuple[Any, ...] = (None, [], {})


def profile_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what *content* (a profile as the API has it) says; what is left open is left out."""
    for name, part in content.items():
        yield ""
        yield heading(name).upper()
        yield from _lines(part, "  ")


def difference_lines(found: Difference) -> Iterator[str]:
    """Yield where something differs, what it was and what it became."""
    yield " › ".join(heading(name) for name in found.path)
    for label, value in (("was", found.before), ("wordt", found.after)):
        if _is_plain(value) or _is_sentence(value) or value in _NOTHING:
            yield f"  {label}: {_plain(value)}"
        else:
            yield f"  {label}:"
            yield from _lines(value, "    ")


def heading(name: str) -> str:
    """Return the name of a field as people write it: ``deeltNiet`` → ``deelt niet``."""
    if not re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)+", name):
        return _word(name)
    return re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", name)


def _lines(value: Any, indent: str) -> Iterator[str]:
    if _is_plain(value) or _is_sentence(value):
        yield f"{indent}{_plain(value)}"
    elif isinstance(value, Mapping):
        for name, one in _said(value).items():
            if _is_plain(one) or _is_short(one):
                yield f"{indent}{heading(name)}: {_plain(one)}"
            else:
                yield f"{indent}{heading(name)}:"
                yield from _lines(one, f"{indent}  ")
    else:
        for one in value:
            first, *rest = [_plain(one)] if _is_short(one) else _lines(one, "")
            yield f"{indent}- {first}"
            yield from (f"{indent}  {line}" for line in rest)


def _said(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name != "id" and one not in _NOTHING}


def _is_short(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return _is_plain(value)
    if _is_sentence(value):
        return True
    said = _said(value)
    return 0 < len(said) <= _INLINE and all(
        _is_plain(one) and len(str(one)) <= 60 for one in said.values()
    )


def _is_sentence(value: Any) -> bool:
    return isinstance(value, Mapping) and _fields(value) in _SENTENCES


def _fields(value: Mapping[str, Any]) -> frozenset[str]:
    """Return what makes *value* the thing that it is: one may be explained, or not."""
    return frozenset(value) - {_EXPLANATION}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, str) for one in value)
    return not isinstance(value, Mapping)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, Mapping):
        sentence = _SENTENCES.get(_fields(value))
        if sentence is not None:
            explained = value.get(_EXPLANATION)
            return f"{sentence(value)} ({explained})" if explained else sentence(value)
        return ", ".join(f"{heading(name)} {_plain(one)}" for name, one in _said(value).items())
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value) or "—"
    return "—" if value is None else _word(str(value))


def _word(text: str) -> str:
    """Return a word of a closed list with spaces, a day as people write it; else as it is."""
    if text in _SPELLED:
        return _SPELLED[text]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return f"{date.fromisoformat(text):%d-%m-%Y}"
    return text.replace("_", " ") if re.fullmatch("[a-z]+(?:_[a-z]+)+", text) else text


def _term(value: Mapping[str, Any]) -> str:
    return term(Term(value["aantal"], TimeUnit(value["eenheid"])))


def _ages(value: Mapping[str, Any]) -> str:
    return ages(TargetGroup(value["vanafMaanden"], value["totEnMetJaar"]))


def _law(value: Mapping[str, Any]) -> str:
    agreed = value["afgesprokenDatum"]
    law = f"{value['wet']}, {value['artikel']}"
    return f"{law} (afgesproken op {_plain(agreed)})" if agreed else law


def _question(value: Mapping[str, Any]) -> str:
    return f"{value['vraag']} (signaal bij {value['signaalBij']})"


def _referral(value: Mapping[str, Any]) -> str:
    able = value["zelfredzaamheid"]
    who = able if able == "zelfredzaam" else f"{able} zelfredzaam"
    return f"{who}: {_plain(value['wijzen'])}"


def _hours(value: Mapping[str, Any]) -> str:
    return f"{_plain(value['dagen'])}: {value['van']}–{value['tot']}"


def _number(value: Mapping[str, Any]) -> str:
    return f"{value['soort'].upper()} {value['waarde']}"


def _urgency(value: Mapping[str, Any]) -> str:
    return f"{_plain(value['wat'])} (aan te tonen: {_plain(value['toonMet'])})"


def _person(value: Mapping[str, Any]) -> str:
    return ", ".join(one for one in (value["naam"], value["email"], value["telefoon"]) if one)


#: What is read as one thing, by the fields that it has besides an explanation.
_SENTENCES: Mapping[frozenset[str], Callable[[Mapping[str, Any]], str]] = {
    frozenset({"aantal", "eenheid"}): _term,
    frozenset({"vanafMaanden", "totEnMetJaar"}): _ages,
    frozenset({"wet", "artikel", "afgesprokenDatum"}): _law,
    frozenset({"vraag", "signaalBij"}): _question,
    frozenset({"zelfredzaamheid", "wijzen"}): _referral,
    frozenset({"van", "tot", "dagen"}): _hours,
    frozenset({"soort", "waarde"}): _number,
    frozenset({"wat", "toonMet"}): _urgency,
    frozenset({"naam", "email", "telefoon"}): _person,
}
_SPELLED = {
    "ggz": "GGZ",
    "financien": "financiën",
    "coordinator": "coördinator",
    "client_zijn": "cliënt zijn",
}
