import json

import httpx
import pytest

from tests.verwijsindex.client.conftest import HEADER
from verwijsindex.client import (
    Busy,
    FileRefused,
    RequestRefused,
    RowFault,
    Unreachable,
    import_file,
)
from verwijsindex.client.importing import column_of

EVALUATE, BATCH = "POST /v1/evaluaties", "POST /api/v1/signalen/batch"


@pytest.fixture
def row(bsn):
    def row(number=0, **changes):
        cells = {
            "bsn": bsn(123_000_000 + 50 * number),
            "geboortedatum": "31-01-1980",
            "kenmerk": f"D-{number}",
            "afdeling": "Schuldhulp",
            "medewerker": "jvries",
            "informeren_wijze": "gesprek",
            "informeren_datum": "20-11-2026",
            "reactie": "",
            "vervaltdatum": "",
        }
        return ";".join((cells | changes).values())

    return row


@pytest.fixture
def one_row(csv_file, row):
    return csv_file(row(1))


@pytest.fixture
def run(connection, today):
    def run(path, **options):
        return import_file(connection, path, today=today, **({"dry_run": False} | options))

    return run


def counts(result):
    return (result.created, result.existed, result.refused_by_index, result.refused_locally)


def test_a_file_is_registered_row_by_row(run, csv_file, row, servers):
    result = run(csv_file(row(1), row(2), row(3)))
    assert counts(result) == (3, 0, 0, 0)
    assert (result.faults, result.trouble, result.unconfirmed_rows) == ((), None, ())
    assert [body["kenmerk"] for body in servers.bodies] == ["D-1", "D-2", "D-3"]


def test_parents_are_blinded_and_evaluated_with_a_key_of_their_own(
    run, csv_file, row, servers, bsn
):
    mother, father = bsn(124_000_000), bsn(125_000_000)
    header = f"{HEADER};ouder2_bsn;ouder1_bsn"
    rows = [row(1) + f";{father};{mother}", row(2) + ";;", row(3) + f";;{mother}"]
    result = run(csv_file(*rows, header=header))
    assert counts(result) == (3, 0, 0, 0)
    both, none, one = (servers.parents(body) for body in servers.bodies)
    assert (len(both), none, one) == (2, [], both[:1])
    assert servers.count(EVALUATE) == 2
    assert mother not in str(servers.bodies)


def test_without_parents_no_parents_are_evaluated(run, csv_file, row, servers):
    run(csv_file(row(1)))
    assert servers.count(EVALUATE) == 1
    assert "gezin" not in servers.bodies[0]


def test_the_same_file_twice_makes_nothing_new(run, csv_file, row, servers):
    path = csv_file(row(1), row(2))
    run(path)
    assert counts(run(path)) == (0, 2, 0, 0)
    assert len(servers.signals) == 2


def test_a_csv_and_a_workbook_name_the_same_person(run, csv_file, xlsx_file, row, servers):
    run(csv_file(row(1, bsn="012345672")))
    cells = row(1).split(";")
    cells[0] = 12345672.0
    assert counts(run(xlsx_file(tuple(cells)))) == (0, 1, 0, 0)


def test_faulty_rows_are_never_sent_and_the_others_are(run, csv_file, row, servers):
    result = run(csv_file(row(1), row(2, bsn="123456789"), row(3)))
    assert counts(result) == (2, 0, 0, 1)
    assert [(f.row, f.field) for f in result.faults] == [(3, "bsn")]
    (evaluated,) = [
        json.loads(r.content) for r in servers.requests if r.url.path == "/v1/evaluaties"
    ]
    assert len(evaluated["elementen"]) == 2
    assert evaluated["batch"] is True


def test_what_the_index_refuses_is_told_with_row_and_column(run, csv_file, row):
    result = run(csv_file(row(1), "", row(2, kenmerk="geen"), row(3, bsn="x")))
    assert counts(result) == (1, 0, 1, 1)
    assert result.faults[0] == RowFault(4, "(niet getoond)", "kenmerk", "heeft geen cijfer")
    assert [fault.row for fault in result.faults] == [4, 5]


def test_a_file_without_a_good_row_asks_nothing_of_the_service(run, csv_file, row, servers):
    assert counts(run(csv_file(row(1, bsn="x")))) == (0, 0, 0, 1)
    assert servers.count(EVALUATE) == 0


def test_a_dry_run_changes_nothing_and_counts_the_same(run, csv_file, row, servers):
    path = csv_file(row(1), row(2, kenmerk="geen"))
    result = run(path, dry_run=True)
    assert result.dry_run
    assert counts(result) == (1, 0, 1, 0)
    assert servers.signals == {}


def test_a_large_file_goes_in_parts_and_tells_its_progress(run, csv_file, row, servers):
    told = []
    path = csv_file(*(row(n) for n in range(1_100)), row(bsn="x"))
    result = run(path, progress=lambda done, total: told.append((done, total)))
    assert counts(result) == (1_100, 0, 0, 1)
    assert (servers.count(EVALUATE), servers.count(BATCH)) == (3, 3)
    assert told == [(1, 1_101), (501, 1_101), (1_001, 1_101), (1_101, 1_101)]


def test_a_lost_connection_tells_what_is_done_and_running_again_does_the_rest(
    run, csv_file, row, servers
):
    path = csv_file(*(row(n) for n in range(700)))

    def disturb(request):
        if request.url.path == "/api/v1/signalen/batch" and len(servers.signals) >= 500:
            raise httpx.ConnectError("weg")

    servers.disturb = disturb
    result = run(path)
    assert counts(result) == (500, 0, 0, 0)
    assert isinstance(result.trouble, Unreachable)
    assert result.unconfirmed_rows == tuple(range(502, 702))
    servers.disturb = lambda _request: None
    assert counts(run(path)) == (200, 500, 0, 0)


def test_a_lost_answer_counts_as_not_confirmed(run, csv_file, row, servers):
    def disturb(request):
        if request.url.path == "/api/v1/signalen/batch":
            servers._register_batch(json.loads(request.content))
            raise httpx.ReadTimeout("antwoord kwijt")

    servers.disturb = disturb
    path = csv_file(row(1), row(2))
    assert run(path).unconfirmed_rows == (2, 3)
    servers.disturb = lambda _request: None
    assert counts(run(path)) == (0, 2, 0, 0)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(429, headers={"Retry-After": "86400"}), Busy),
        (
            httpx.Response(403, json={"detail": "Uw organisatie mag geen BSN gebruiken"}),
            RequestRefused,
        ),
    ],
)
def test_a_refusal_of_the_whole_ends_the_import_with_its_reason(
    run, one_row, servers, answer, kind
):
    servers.disturb = lambda r: answer if r.url.path == "/v1/evaluaties" else None
    result = run(one_row)
    assert isinstance(result.trouble, kind)
    assert result.unconfirmed_rows == (2,)


def test_an_unreadable_file_is_refused_before_anything_is_asked(run, tmp_path, servers):
    with pytest.raises(FileRefused):
        run(tmp_path / "weg.csv")
    assert servers.calls == []


def test_a_result_prints_no_reference(run, csv_file, row):
    result = run(csv_file(row(1, bsn="x", kenmerk="D-987654")))
    assert result.faults[0].reference == "D-987654"
    assert "987654" not in repr(result)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("kenmerk", "kenmerk"),
        ("vervaltDatum", "vervaltdatum"),
        ("leeftijdsgroep", "geboortedatum"),
        ("contact.medewerker", "medewerker"),
        ("geinformeerd.datum", "informeren_datum"),
        ("signalen.12.geinformeerd.wijze", "informeren_wijze"),
        ("signalen[3].kenmerk", "kenmerk"),
        ("geinformeerd.aan[0]", "informeren_aan"),
        ("evaluatie", "evaluatie"),
        ("signalen[3].gezin", "gezin"),
        ("gezin[1].evaluatie", "gezin"),
        ("onbekend veld", "rij"),
        ("=cmd", "rij"),
        ("", "rij"),
    ],
)
def test_a_field_of_the_body_is_told_as_its_column(name, column):
    assert column_of(name) == column
