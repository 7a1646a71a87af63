"""Gathering what a run leaves behind: columns, files, WAL and mails, as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from tests.privacy.scanner import Material, Place


def column_materials(engine: Engine) -> Iterator[Material]:
    """Yield the values of every column of every table, also of those that no model knows."""
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            rows = connection.exec_driver_sql(f"SELECT * FROM {quote(table)}")  # noqa: S608
            names = list(rows.keys())
            values: dict[str, list[bytes]] = {name: [] for name in names}
            for row in rows:
                for name, value in zip(names, row, strict=True):
                    values[name].append(_as_bytes(value))
            for name, several in values.items():
                where = f"{table}.{name}"
                place = Place.PSEUDONYM if where == "subjects.pseudonym" else Place.COLUMN
                yield Material(place, where, b"\n".join(several))


def _as_bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode()


def database_files(engine: Engine) -> Iterator[Material]:
    """Yield the files of the database that *engine* is connected to, with the WAL."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        yield from file_materials(path.parent, f"{path.name}*", place=Place.DATABASE_FILE)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        own = connection.execute(
            text("SELECT oid FROM pg_database WHERE datname = current_database()")
        ).scalar_one()
    # The other databases of this server are those of other tests.
    for material in file_materials(folder, place=Place.DATABASE_FILE):
        if not material.where.startswith("base/") or material.where.startswith(f"base/{own}/"):
            yield material


def file_materials(
    folder: Path, pattern: str = "*", *, place: Place = Place.FILE
) -> Iterator[Material]:
    """Yield every file in *folder* and below it."""
    for path in sorted(folder.rglob(pattern)):
        if path.is_file():  # not a socket
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # the server removed it meanwhile
            yield Material(place, str(path.relative_to(folder)), content)


def mail_materials(mails: Iterable[EmailMessage]) -> Iterator[Material]:
    """Yield each mail as it travelled, and with its headers and parts decoded."""
    for number, mail in enumerate(mails):
        decoded = [f"{name}: {value}" for name, value in mail.items()]
        for part in mail.walk():
            decoded += [f"{name}: {value}" for name, value in part.items()]
            if not part.is_multipart():
                decoded.append(str(part.get_content()))
        whole = mail.as_bytes() + b"\n" + "\n".join(decoded).encode("utf-8", "surrogateescape")
        yield Material(Place.MAIL, f"mail {number}", whole)
