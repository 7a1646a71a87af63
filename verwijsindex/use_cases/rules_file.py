"""The file of matching rules (TOML, Dutch keys): reading it whole, and writing it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from verwijsindex.api.rule_schemas import RuleDraft, RulesFile, rows_of
from verwijsindex.http.strict_json import BODY, faults
from verwijsindex.use_cases.change_rules import RulesView, find_organisations
from verwijsindex.use_cases.organisation_file import FileRefused


def read_rules_file(session: Session, text: str) -> RuleDraft:
    """Return the rules that the file has, with organisations by id.

    Raises:
        FileRefused: No TOML, not of this form, or about an unknown organisation; with all faults.
    """
    schema = RulesFile()
    try:
        draft: RuleDraft = schema.load(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        # The administrator's own file, on the administrator's own terminal.
        reason = f"is geen TOML: {error}"  # nosemgrep: error-text-shown
        raise FileRefused([{"name": BODY, "reason": reason}]) from None
    except ValidationError as error:
        raise FileRefused(faults(error.messages, schema)) from None
    names = {name for one, other, _ in draft.organisations for name in (one, other)}
    ids = find_organisations(session, names)
    strange = [
        position
        for position, (one, other, _) in enumerate(draft.organisations)
        if one not in ids or other not in ids
    ]
    if strange:
        reason = "noemt een organisatie die niet is toegelaten"
        raise FileRefused(
            [{"name": f"organisaties[{position}].paar", "reason": reason} for position in strange]
        )
    return replace(
        draft,
        organisations=[(ids[one], ids[other], rule) for one, other, rule in draft.organisations],
    )


def rules_text(view: RulesView) -> str:
    """Return *view* as a file that :func:`read_rules_file` reads."""
    rows = rows_of(view.rules)
    moment = f"{view.version.made_at:%d-%m-%Y %H:%M} UTC"
    lines = [
        f"# Versie {view.version.version}, gemaakt op {moment} door {view.version.made_by}.",
        f"reden = {_quoted(view.version.reason)}",
    ]
    if not rows["rules"]:
        lines.insert(1, "regels = []")
    for row in rows["rules"]:
        lines += [
            "",
            "[[regels]]",
            f"gevoelig = {_quoted(row['sensitivity'])}",
            *_effect(row),
            "paren = [",
            *(f"    [{_quoted(low)}, {_quoted(high)}]," for low, high in row["pairs"]),
            "]",
        ]
    for row in rows["organisations"]:
        names = (_quoted(_name(view, one)) for one in row["pair"])
        lines += ["", "[[organisaties]]", f"paar = [{', '.join(names)}]", *_effect(row)]
    return "\n".join(lines) + "\n"


def _effect(row: dict[str, str]) -> list[str]:
    return [
        f"gevolg = {_quoted(row['effect'])}",
        f"grondslag = {_quoted(row['basis'])}",
        f"verwijzing = {_quoted(row['reference'])}",
    ]


def _name(view: RulesView, organisation_id: UUID) -> str:
    return view.organisation_names[organisation_id]


def _quoted(text: str) -> str:
    # A line without control characters; JSON's way of quoting those is TOML's too.
    return json.dumps(str(text), ensure_ascii=False)
