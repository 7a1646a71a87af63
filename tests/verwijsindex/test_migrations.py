"""The schema is what the migrations make of nothing, on both databases, and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, Index, UniqueConstraint, inspect, text
from sqlalchemy.orm import Session

from verwijsindex import database
from verwijsindex.database import (
    MIGRATIONS,
    alembic_config,
    make_engine,
    migrate,
    schema_is_current,
)
from verwijsindex.tables import METADATA

BROKEN = '''
"""Makes a table, then stumbles."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO organisations (id, name, status, sensitive) VALUES "
               "('00000000-0000-0000-0000-000000000001', 'Half', 'actief', false)")
    raise RuntimeError("stumbled")
'''


def tables(url: str) -> set[str]:
    engine = make_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_nothing_becomes_the_schema_and_doing_it_twice_changes_nothing(
    empty_database_url: str,
) -> None:
    assert tables(empty_database_url) == set()
    for _ in range(2):
        migrate(empty_database_url)
        assert tables(empty_database_url) == {*METADATA.tables, "alembic_version"}
    engine = make_engine(empty_database_url)
    with Session(engine) as session:
        assert schema_is_current(session)
        assert session.scalar(text("SELECT count(*) FROM match_rules")) == 182
    engine.dispose()


def test_an_empty_database_is_not_current(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with Session(engine) as session:
        assert not schema_is_current(session)
    engine.dispose()


def test_the_models_do_not_drift_from_the_migrations(database_url: str) -> None:
    command.check(alembic_config(database_url))  # raises where anything would be generated


def test_what_went_up_comes_down_again(database_url: str) -> None:
    command.downgrade(alembic_config(database_url), "base")
    assert tables(database_url) == {"alembic_version"}
    migrate(database_url)
    command.check(alembic_config(database_url))


def test_every_constraint_and_index_is_there_by_name(engine: Engine) -> None:
    found = inspect(engine)
    for table in METADATA.sorted_tables:
        name = table.name
        assert found.get_pk_constraint(name)["name"] == f"pk_{name}"
        checks = {one["name"] for one in found.get_check_constraints(name)}
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert checks == wanted, name
        uniques = {one["name"] for one in found.get_unique_constraints(name)}
        wanted = {str(c.name) for c in table.constraints if isinstance(c, UniqueConstraint)}
        assert uniques == wanted, name
        foreign = {
            (one["name"], one["options"].get("ondelete")) for one in found.get_foreign_keys(name)
        }
        assert foreign == {(c.name, c.ondelete) for c in table.foreign_key_constraints}, name
        indexes = {
            one["name"]: (one["column_names"], bool(one["unique"]))
            for one in found.get_indexes(name)
            if not one.get("duplicates_constraint")
        }
        assert indexes == {
            str(i.name): ([c.name for c in i.columns], i.unique) for i in table.indexes
        }, name


def partial_indexes() -> dict[str, str]:
    return {
        str(index.name): str(index.dialect_options["sqlite"]["where"])
        for table in METADATA.sorted_tables
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }


def test_both_databases_have_the_same_partial_indexes_in_the_models() -> None:
    for table in METADATA.sorted_tables:
        for index in table.indexes:
            assert isinstance(index, Index)
            options = [str(index.dialect_options[d]["where"]) for d in ("sqlite", "postgresql")]
            assert len(set(options)) == 1, index.name
    assert {
        "uq_signals_active_professional",
        "uq_signals_active_unit",
        "uq_matches_open_subject",
    } <= (partial_indexes().keys())


def test_partial_indexes_are_partial_in_the_database(engine: Engine) -> None:
    catalogue = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }[engine.dialect.name]
    with engine.connect() as connection:
        definitions = dict(connection.execute(text(catalogue)).all())
    wanted = partial_indexes()
    assert {name for name, sql in definitions.items() if " WHERE " in sql} == wanted.keys()
    for name, where in wanted.items():
        for word in re.findall(r"'(\w+)'|(\w+) IS (?:NOT )?NULL", where):
            assert (word[0] or word[1]) in definitions[name].partition(" WHERE ")[2], name


def test_migrations_are_numbered_in_one_line_from_0001() -> None:
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    assert all(re.fullmatch(r"[0-9]{4}_[a-z0-9_]+\.py", name) for name in files)
    numbers = [name[:4] for name in files]
    assert numbers == [f"{number:04d}" for number in range(1, len(files) + 1)]
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    line = list(scripts.walk_revisions())[::-1]
    assert [one.revision for one in line] == numbers
    assert [one.down_revision for one in line] == [None, *numbers[:-1]]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_migration_that_breaks_off_leaves_nothing_half(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = ScriptDirectory(str(MIGRATIONS)).get_heads()[0]
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    broken = copy / "versions" / "9999_broken.py"
    broken.write_text(BROKEN.format(head=head), encoding="utf-8")
    monkeypatch.setattr(database, "MIGRATIONS", copy)
    before = tables(database_url)
    with pytest.raises(RuntimeError, match="stumbled"):
        migrate(database_url)
    assert tables(database_url) == before
    engine = make_engine(database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM organisations")) == 0
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == head
    # Nothing is locked either: the repaired migration goes through.
    broken.write_text(
        BROKEN.format(head=head).replace('    raise RuntimeError("stumbled")\n', ""),
        encoding="utf-8",
    )
    migrate(database_url)
    assert tables(database_url) == before | {"half"}
    engine.dispose()
