"""Bad input is a 400 with all faults at once; nothing is echoed and nothing counted."""

from __future__ import annotations

import json

import pytest

from crypto import base64url

IDENTITY = base64url.encode(bytes(32))
NO_POINT = base64url.encode(b"\xff" * 32)
NEGATIVE = base64url.encode(bytes([1]) + bytes(31))  # odd, so not canonical (RFC 9496 §4.3.1)
LENGTH = "moet 32 bytes zijn, als base64url zonder opvulling"
ELEMENT = "is geen element van ristretto255, of het neutrale element"
KIND = "moet een van deze zijn: persoon, ouder"
MARK = "Q2FuYXJ5TWFyaw"


def _faults(answer) -> dict[str, str]:
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    found = {fault["name"]: fault["reason"] for fault in answer.json["invalidParams"]}
    assert len(found) == len(answer.json["invalidParams"])
    return found


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (IDENTITY, ELEMENT),
        (NO_POINT, ELEMENT),
        (NEGATIVE, ELEMENT),
        (base64url.encode(bytes(31)), LENGTH),
        (base64url.encode(bytes(33)), LENGTH),
        ("", LENGTH),
        (IDENTITY + "=", LENGTH),
        (IDENTITY[:-1] + "B", LENGTH),  # stray bits
        (IDENTITY[:-1] + "+", LENGTH),
        (" " + IDENTITY, LENGTH),
        ("\ud800" * 43, LENGTH),
        ("é" * 43, LENGTH),
        (7, LENGTH),
        (True, LENGTH),
        (1.5, LENGTH),
        ([], LENGTH),
        ({}, LENGTH),
        (None, "mag niet leeg zijn"),
    ],
)
def test_an_element_that_is_none_is_named_by_its_position(world, make_elements, element, reason):
    sent = [*make_elements(3), element, *make_elements(1)]
    assert _faults(world.ask(sent)) == {"elementen[3]": reason}
    assert world.used() == 0


def test_all_faulty_positions_are_told_at_once_whatever_is_wrong_with_them(world, make_elements):
    (good,) = make_elements(1)
    sent = [IDENTITY, good, "kort", good, NO_POINT, None]
    assert _faults(world.ask(sent, soort="kind", batch=1)) == {
        "soort": KIND,
        "batch": "moet true of false zijn",
        "elementen[0]": ELEMENT,
        "elementen[2]": LENGTH,
        "elementen[4]": ELEMENT,
        "elementen[5]": "mag niet leeg zijn",
    }


def test_all_that_are_no_elements_are_told_at_once(world, make_elements):
    sent = [NO_POINT, *make_elements(2), IDENTITY]
    assert _faults(world.ask(sent)) == {"elementen[0]": ELEMENT, "elementen[3]": ELEMENT}
    assert world.used() == 0


def test_an_element_has_one_spelling_only(world, make_elements):
    (element,) = make_elements(1)
    octets = bytearray(base64url.decode(element))
    octets[-1] |= 0x80
    again = base64url.encode(bytes(octets))
    assert _faults(world.ask([element, again])) == {"elementen[1]": ELEMENT}
    assert world.used() == 0


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ([], "moet er minstens 1 hebben"),
        ([IDENTITY] * 1001, "mag er hoogstens 1000 hebben"),
        (IDENTITY, "moet een lijst zijn"),
        ({"0": IDENTITY}, "moet een lijst zijn"),
        (7, "moet een lijst zijn"),
        (None, "mag niet leeg zijn"),
    ],
)
def test_elements_are_a_list_of_one_to_a_thousand(world, elements, reason):
    assert _faults(world.ask(elements)) == {"elementen": reason}


@pytest.mark.parametrize("kind", ["", "Persoon", "person", 1, True, [], {}, ["persoon"]])
def test_the_kind_is_one_of_two_words(world, make_elements, kind):
    assert _faults(world.ask(make_elements(1), soort=kind)) == {"soort": KIND}


@pytest.mark.parametrize("batch", ["true", 0, 1, "", [], {}])
def test_batch_is_true_or_false_and_nothing_like_it(world, make_elements, batch):
    assert _faults(world.ask(make_elements(1), batch=batch)) == {"batch": "moet true of false zijn"}


def test_null_is_no_value_of_any_field(world):
    body = {"soort": None, "elementen": None, "batch": None}
    assert _faults(world.ask_raw(body)) == dict.fromkeys(body, "mag niet leeg zijn")


def test_what_is_required_is_missed_and_what_is_unknown_is_not_repeated(world):
    answer = world.ask_raw({MARK: 1})
    assert _faults(answer) == {
        "soort": "ontbreekt",
        "elementen": "ontbreekt",
        "(verzoek)": "onbekend veld",
    }
    assert MARK not in answer.text


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b'{"soort":"persoon","soort":"ouder","elementen":["a"]}',
        b'{"soort":NaN}',
        b'{"a":' * 3000,
        b"9" * 5000,
    ],
)
def test_what_is_no_json_object_is_refused(world, raw):
    answer = world.app.test_client().post(
        "/v1/evaluaties",
        data=raw,
        content_type="application/json",
        headers={"Authorization": f"Bearer {world.token()}"},
    )
    assert answer.status_code == 400
    assert world.used() == 0


def test_another_content_type_a_missing_length_and_a_large_body_have_their_own_status(world):
    client, bearer = world.app.test_client(), {"Authorization": f"Bearer {world.token()}"}
    assert client.post("/v1/evaluaties", data=b"{}", headers=bearer).status_code == 415
    chunked = client.post(
        "/v1/evaluaties",
        headers=bearer,
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert chunked.status_code == 411
    large = json.dumps({"elementen": ["a" * 1024 * 1024]})
    answer = client.post(
        "/v1/evaluaties", data=large, content_type="application/json", headers=bearer
    )
    assert answer.status_code == 413


def test_no_answer_repeats_what_was_sent(world):
    answer = world.ask([MARK], soort=MARK, batch=MARK, **{MARK: MARK})
    assert len(_faults(answer)) == 4
    assert MARK not in answer.text


def test_bad_input_leaves_the_allowance_and_its_alarms_as_they_were(world, make_elements):
    world.ask(make_elements(10))
    world.ask([*make_elements(20), IDENTITY])
    world.ask([*make_elements(20), "kort"])
    ((_, used),) = world.store.admissions(now=world.clock.now)
    assert used == world.used() == 10


def test_whoever_is_not_admitted_learns_that_before_anything_about_the_body(world):
    world.store.dismiss(world.organisation)
    assert world.ask(["kort"]).status_code == 403
