"""Finding the organisation that somebody names at the command line."""

from __future__ import annotations

from difflib import get_close_matches
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from orgprofiles.organisations import Organisation

_MOST_DIGITS = 5  # a BSN has eight or nine, a birth date six


def find_organisation(session: Session, name: str) -> UUID:
    """Return the id of the organisation *name*; the transaction that found it is over.

    Raises:
        click.ClickException: There is none; it says which one was probably meant.
    """
    found = session.scalar(select(Organisation.id).where(Organisation.name == name))
    names = [] if found else session.scalars(select(Organisation.name)).all()
    session.commit()
    if found is not None:
        return found
    by_name = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), by_name, n=1)
    meant = f" Bedoelt u {by_name[close[0]]}?" if close else ""
    shown = f"de naam {name}" if sum(map(str.isdigit, name)) <= _MOST_DIGITS else "deze naam"
    raise click.ClickException(f"Er is geen organisatie met {shown}.{meant}")
