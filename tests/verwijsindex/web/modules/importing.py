"""A page that talks to the import's worker as the import's page will, and files to hand over."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import func, select
from stdnum.nl import bsn as eleven_test

from match.signals import Signal
from tests.verwijsindex.web.modules.site import Site, lines
from verwijsindex.client.client_file import TEMPLATE_COLUMNS, Column

START = """() => {
    window.heard = [];
    window.work = new Worker("/static/import_worker.js", { type: "module" });
    work.onmessage = ({ data }) => heard.push(data);
    work.onerror = () => heard.push({ type: "failed" });
}"""


class Import:
    """A page that talks to the worker as the import's page will."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page, self.site = page, site
        page.evaluate(START)

    def say(self, **message: Any) -> None:
        self.page.evaluate("(message) => work.postMessage(message)", message)

    def read(self, content: bytes, **settings: Any) -> dict[str, Any]:
        """Hand over a file; return what the worker says of it."""
        self.page.evaluate(
            """([file, settings]) => {
                const bytes = Uint8Array.from(atob(file), (one) => one.charCodeAt(0));
                work.postMessage({ type: "read", file: bytes.buffer, ...settings }, [bytes.buffer]);
            }""",
            [base64.b64encode(content).decode(), self.site.settings() | settings],
        )
        return self.hear("read")

    def hear(self, type_: str, *, forget: bool = True) -> dict[str, Any]:
        """Wait until the worker says *type_*, and forget what it said until then."""
        found = self.page.wait_for_function(
            "(type) => heard.find((one) => one.type === type || one.type === 'failed')",
            arg=type_,
            timeout=60_000,
        ).json_value()
        assert found["type"] == type_
        if forget:
            self.page.evaluate("(type) => { heard = []; }", type_)
        return dict(found)

    def do(self, phase: str) -> dict[str, Any]:
        """Have all rows tried or sent; return the end of it."""
        self.say(type=phase)
        return self.hear("done")


def bsns() -> Iterator[str]:
    return (str(one) for one in range(999_900_000, 10**9) if eleven_test.is_valid(str(one)))


def row(bsn: str, **changes: str) -> list[str]:
    cells = dict.fromkeys(map(str, TEMPLATE_COLUMNS), "") | {
        "bsn": bsn,
        "geboortedatum": "31-01-1980",
        "afdeling": "Team",
        "medewerker": "m1",
        "informeren_wijze": "gesprek",
        "informeren_datum": "20-11-2026",
    }
    return list((cells | changes).values())


def file_of(*rows: list[str]) -> bytes:
    return lines([list(map(str, TEMPLATE_COLUMNS)), *rows])


def children(*rows: tuple[str, str, str]) -> bytes:
    """Return a file of children, each with the BSNs of the parents; empty for none."""
    header = [*map(str, TEMPLATE_COLUMNS), str(Column.PARENT_2), str(Column.PARENT_1)]
    return lines([header, *([*row(bsn), second, first] for bsn, first, second in rows)])


def people(count: int) -> bytes:
    return file_of(*(row(bsn) for bsn in itertools.islice(bsns(), count)))


def registered(site: Site) -> int:
    with site.world.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Signal)) or 0


def counts(new: int = 0, old: int = 0, refused: int = 0, faulty: int = 0) -> dict[str, int]:
    return {"aangemaakt": new, "bestond_al": old, "afgewezen": refused, "fout": faulty}
