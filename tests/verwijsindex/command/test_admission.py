"""Admission at the command line: what an administrator reads on the way."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from orgprofiles.admission_records import AdmissionRecord, Cohort
from orgprofiles.dutch_calendar import AMSTERDAM
from orgprofiles.organisations import Organisation, OrganisationStatus, Professional
from tests.verwijsindex.command.conftest import Run
from tests.verwijsindex.command.test_administration import GOOD
from verwijsindex.audit import Action, AuditEvent

pytestmark = pytest.mark.any_database

DOCUMENT = "https://documenten.example/convenant"


def today() -> datetime:
    return datetime.now(UTC).astimezone(AMSTERDAM)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "organisatie.toml"


def add(run: Run, file: Path, name: str, *options: str, rest: str = "") -> str:
    file.write_text(f'naam = "{name}"\n{rest}', encoding="utf-8")
    return succeed(run, "organisation", "add", file, *options)


def succeed(run: Run, *words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.output


def refused(run: Run, *words: object) -> str:
    result = run(*words)
    assert result.exit_code == 1, result.output
    return result.output


def status_of(engine: Engine, name: str) -> OrganisationStatus:
    with Session(engine) as session:
        return session.scalars(select(Organisation.status).where(Organisation.name == name)).one()


def test_a_name_is_enough_for_the_waiting_list_which_keeps_its_order(
    run: Run, file: Path, engine: Engine
) -> None:
    for name in ("Zuid", "Aan"):
        assert f"{name} staat op de wachtlijst" in add(run, file, name, "--waiting")
    lines = succeed(run, "organisation", "waiting-list").splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["plaats", "organisatie"],
        [*lines[1].split()[:2]],
        ["1", "Zuid"],
        ["2", "Aan"],
    ]
    assert f"{today():%d-%m-%Y}" in lines[2]
    assert status_of(engine, "Zuid") is OrganisationStatus.WAITING
    assert "is in toelating." in succeed(run, "organisation", "admit", "Zuid")
    assert "Zuid" not in succeed(run, "organisation", "waiting-list")


def test_an_empty_list_says_so(run: Run) -> None:
    assert "De wachtlijst is leeg." in succeed(run, "organisation", "waiting-list")
    assert "Er zijn geen organisaties." in succeed(run, "organisation", "list")


def test_a_file_that_is_to_be_admitted_at_once_must_still_be_whole(run: Run, file: Path) -> None:
    file.write_text('naam = "Zuid"\n', encoding="utf-8")
    output = refused(run, "organisation", "add", file)
    assert "gevoelig: ontbreekt" in output
    assert "afdelingen: ontbreekt" in output


def test_the_status_says_of_each_step_what_is_to_be_done(run: Run, file: Path) -> None:
    assert "pseudonym-service admit" in add(run, file, "Zuid", "--admitting")
    output = succeed(run, "organisation", "status", "Zuid")
    assert "Stappen: 0 van 11 gedaan" in output
    assert "→ leg vast wanneer het convenant is getekend, en waar het staat" in output
    assert output.rstrip().endswith("Nu te doen: convenant")


def test_a_recorded_step_is_shown_with_its_day_and_document(
    run: Run, file: Path, engine: Engine
) -> None:
    add(run, file, "Zuid", "--admitting")
    output = succeed(
        run, "organisation", "record", "Zuid", "convenant",
        "--on", "2026-01-05", "--document", DOCUMENT,
    )  # fmt: skip
    assert "Vastgelegd: convenant van Zuid." in output
    assert "Gedaan: 1 van 11. Nu te doen: dpia." in output
    succeed(
        run, "organisation", "record", "Zuid", "privacycontact",
        "--name", "P. Privacy", "--email", "p@zuid.example", "--phone", "010-1234567",
    )  # fmt: skip
    shown = succeed(run, "organisation", "status", "Zuid")
    assert f"gedaan op 05-01-2026: {DOCUMENT}" in shown
    assert f"gedaan op {today():%d-%m-%Y}: P. Privacy, p@zuid.example, 010-1234567" in shown
    with Session(engine) as session:
        assert len(session.scalars(select(AdmissionRecord)).all()) == 2
        recorded = select(AuditEvent).where(AuditEvent.action == Action.ADMISSION_RECORDED)
        assert len(session.scalars(recorded).all()) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("convenant",), ["--document: ontbreekt"]),
        (("convenant", "--on", "5 januari"), ["--on: moet een datum zijn"]),
        (("dpia", "--document", "http://documenten.example"), ["--document: moet een webadres"]),
        (("dpia", "--document", DOCUMENT, "--on", "2999-01-01"), ["--on: ligt in de toekomst"]),
        (("privacycontact",), ["--name: ontbreekt", "--email: ontbreekt", "--phone: ontbreekt"]),
        (("privacycontact", "--name", "P. Privacy"), ["--email: ontbreekt", "--phone: ontbreekt"]),
        (("dpia", "--document", "https://documenten.example/123456782"), ["lijkt een BSN"]),
    ],
)
def test_what_is_wrong_is_told_by_the_names_of_the_options(
    words: tuple[str, ...], said: list[str], run: Run, file: Path, engine: Engine
) -> None:
    add(run, file, "Zuid", "--admitting")
    output = refused(run, "organisation", "record", "Zuid", *words)
    assert all(one in output for one in said), output
    assert "123456782" not in output
    with Session(engine) as session:
        assert session.scalars(select(AdmissionRecord)).all() == []


def test_activating_is_refused_with_every_step_that_is_open(
    run: Run, file: Path, engine: Engine
) -> None:
    add(run, file, "Zuid", "--waiting")
    assert "niet in toelating" in refused(run, "organisation", "activate", "Zuid")
    succeed(run, "organisation", "admit", "Zuid")
    output = refused(run, "organisation", "activate", "Zuid")
    assert "Zuid kan nog niet actief worden." in output
    assert output.count("  - ") == 11
    assert "  - proefregistratie: laat het bronsysteem" in output
    assert status_of(engine, "Zuid") is OrganisationStatus.ADMITTING


def test_cohorts_are_made_moved_chosen_and_left(run: Run, file: Path, engine: Engine) -> None:
    add(run, file, "Zuid", "--waiting")
    assert "begint op 04-01-2027" in succeed(run, "cohort", "add", "Een", "--starts", "2027-01-04")
    assert "begint op 01-02-2027" in succeed(run, "cohort", "add", "Een", "--starts", "01-02-2027")
    with Session(engine) as session:
        assert len(session.scalars(select(Cohort)).all()) == 1
    assert "op 01-02-2027" in succeed(run, "organisation", "cohort", "Zuid", "Een")
    assert "geen cohort met de naam Twee" in refused(run, "organisation", "cohort", "Zuid", "Twee")
    assert "Zuid" in succeed(run, "organisation", "list", "--cohort", "Een")
    assert "geen organisaties" in succeed(run, "organisation", "list", "--status", "actief")
    assert "bij geen cohort" in succeed(run, "organisation", "cohort", "Zuid", "geen")
    assert run("cohort", "add", "geen", "--starts", "2027-01-04").exit_code == 1


def test_cohorts_are_listed_in_the_order_in_which_they_begin(run: Run, file: Path) -> None:
    assert "Er zijn geen cohorten." in succeed(run, "cohort", "list")
    succeed(run, "cohort", "add", "Later", "--starts", "2027-09-01")
    succeed(run, "cohort", "add", "Eerder", "--starts", "2027-01-04")
    add(run, file, "Nieuw", "--admitting")
    file.write_text(GOOD, encoding="utf-8")
    succeed(run, "organisation", "add", file)
    for name in ("Nieuw", "Schuldhulp"):
        succeed(run, "organisation", "cohort", name, "Eerder")
    rows = succeed(run, "cohort", "list").splitlines()
    assert [row.split() for row in rows[2:]] == [
        ["Eerder", "04-01-2027", "2", "1"],
        ["Later", "01-09-2027", "0", "0"],
    ]


def test_the_list_says_what_is_to_be_done_for_each(run: Run, file: Path) -> None:
    add(run, file, "Wachter", "--waiting")
    add(run, file, "Nieuw", "--admitting")
    add(run, file, "Lezer", "--admitting", rest="registreert = false\n")
    file.write_text(GOOD, encoding="utf-8")
    succeed(run, "organisation", "add", file)
    starts = (today() + timedelta(days=9)).date()
    succeed(run, "cohort", "add", "Twee", "--starts", starts)
    succeed(run, "organisation", "cohort", "Nieuw", "Twee")
    rows = succeed(run, "organisation", "list").splitlines()
    assert rows[0].split() == ["organisatie", "status", "cohort", "stappen", "nu", "te", "doen"]
    assert [" ".join(row.split()) for row in rows[2:]] == [
        "Lezer in_toelating – 0 van 6 convenant",
        "Nieuw in_toelating Twee 0 van 11 convenant",
        "Schuldhulp actief – 1 van 11 –",
        "Wachter wachtlijst – 0 van 11 toelating laten beginnen",
    ]


def test_whether_an_organisation_registers_can_be_changed_and_brings_steps_back(
    run: Run, file: Path, engine: Engine
) -> None:
    file.write_text(GOOD, encoding="utf-8")
    succeed(run, "organisation", "add", file)
    assert "registreert niet; status: actief" in succeed(
        run, "organisation", "registers", "Schuldhulp", "nee"
    )
    back = succeed(run, "organisation", "registers", "Schuldhulp", "ja")
    assert "Schuldhulp registreert; status: in_toelating." in back
    assert "Nu te doen: convenant" in back
    assert status_of(engine, "Schuldhulp") is OrganisationStatus.ADMITTING


def test_stopping_asks_first_and_says_what_is_left_to_do(
    run: Run, file: Path, engine: Engine
) -> None:
    file.write_text(GOOD, encoding="utf-8")
    succeed(run, "organisation", "add", file)
    assert run("organisation", "stop", "Schuldhulp").exit_code == 1
    assert status_of(engine, "Schuldhulp") is OrganisationStatus.ACTIVE
    output = succeed(run, "organisation", "stop", "Schuldhulp", "--yes")
    assert "doet niet meer mee. Vervallen signalen: 0." in output
    assert "pseudonym-service dismiss" in output
    assert status_of(engine, "Schuldhulp") is OrganisationStatus.STOPPED


@pytest.mark.parametrize(
    "words",
    [("status",), ("admit",), ("activate",), ("stop", "--yes"), ("registers", "ja"),
     ("cohort", "geen"), ("record", "dpia", "--document", DOCUMENT)],
)  # fmt: skip
def test_an_unknown_organisation_is_told(words: tuple[str, ...], run: Run) -> None:
    output = refused(run, "organisation", words[0], "Niemand", *words[1:])
    assert "Er is geen organisatie met de naam Niemand." in output


def test_a_file_gives_the_day_of_a_training_which_is_not_to_come(
    run: Run, file: Path, engine: Engine
) -> None:
    text = GOOD + f"opgeleidOp = {(today() + timedelta(days=2)).date()}\n"
    file.write_text(text, encoding="utf-8")
    assert "opleiding ligt in de toekomst van: m1" in refused(run, "organisation", "add", file)
    file.write_text(GOOD + "opgeleidOp = 2026-01-05\n", encoding="utf-8")
    succeed(run, "organisation", "add", file)
    with Session(engine) as session:
        assert [str(one) for one in session.scalars(select(Professional.trained_on))] == [
            "2026-01-05"
        ]


def test_the_commands_of_the_document_do_what_it_says(run: Run, tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "toelating.md").read_text(encoding="utf-8")
    (content,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "wijkteam.toml").write_text(content, encoding="utf-8")
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(lines) == 12
    outputs = []
    for line in lines:
        words = [
            str(tmp_path / one) if one.endswith(".toml") else one for one in shlex.split(line)[1:]
        ]
        is_last = words[1] == "activate"
        outputs.append((refused if is_last else succeed)(run, *words))
    assert "Gedaan: 3 van 11. Nu te doen: profiel." in outputs[8]
    # The rest is the organisation's to do; the cohort has not begun either.
    assert "profiel: laat de organisatie een profiel maken" in outputs[-1]
