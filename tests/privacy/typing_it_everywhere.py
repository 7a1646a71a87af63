"""Typing the person into every place of every call where it does not belong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx

from tests.interoperability.servers import Servers
from tests.privacy.person import BORN, BSN, CANONICAL
from tests.world import Member

TYPED = [BSN, int(BSN), BORN.isoformat(), BORN.strftime("%d-%m-%Y"), CANONICAL.decode()]
_SHAPES: list[Any] = [*TYPED, {BSN: BSN}, [BSN], {"bsn": BSN, "geboortedatum": BORN.isoformat()}]


def type_everywhere(servers: Servers, member: Member, *, blind: str, element: str) -> None:
    """Send everything; what is answered is the wiretap's.

    Args:
        servers: Both.
        member: Who types.
        blind: A real r of the person, base64url.
        element: A real B of the person, base64url.
    """
    index, service = f"{servers.index_url}/api/v1", servers.service_url
    token = servers.world.token
    indexed = {"Authorization": f"Bearer {member.token}"}
    served = {"Authorization": f"Bearer {token(member.client, resource='pseudoniemen')}"}
    signal = member.signal(person=1)
    signal_id = member.register(person=1).json["id"]
    evaluations = {"soort": "persoon", "elementen": [element], "batch": False}
    with httpx.Client(timeout=20) as http:
        for body in _spoilt(signal, [*_SHAPES, blind, element]):
            http.post(f"{index}/signalen", json=body, headers=indexed)
        for body in _spoilt({"signalen": [signal], "proef": True}, [BSN, blind]):
            http.post(f"{index}/signalen/batch", json=body, headers=indexed)
        for body in _spoilt({"kenmerk": "D-1"}, _SHAPES):
            http.post(f"{index}/signalen/_zoek", json=body, headers=indexed)
        for body in _patches():
            for spoilt in _spoilt(body, TYPED):
                http.patch(f"{index}/signalen/{signal_id}", json=spoilt, headers=indexed)
        for body in _spoilt(evaluations, [*_SHAPES, blind, element]):
            http.post(f"{service}/evaluaties", json=body, headers=served)
        for url in (f"{index}/signalen", f"{service}/evaluaties"):
            _type_into_the_rest(http, url, indexed if url.startswith(index) else served)
            for wrong in (served, indexed, {"Authorization": f"Bearer {BSN}"}):
                http.post(url, json=evaluations, headers=wrong)
        _type_into_paths(http, index, indexed)
        _ask_for_tokens(http, servers, member, blind)


def _spoilt(body: Any, values: list[Any]) -> Iterator[Any]:
    """Yield *body* with each value in each place, and as the name of an unknown member."""
    for path in _paths(body):
        for value in values:
            yield _replaced(body, path, value)
    if isinstance(body, dict):
        yield {**body, BSN: BSN}
        yield {**body, CANONICAL.decode(): BORN.isoformat()}
    yield from ([body, BSN], BSN, {})


def _paths(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children: Any = ()
    if isinstance(body, dict):
        children = body.items()
    elif isinstance(body, list):
        children = enumerate(body)
    for key, child in children:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    spoilt = copy.deepcopy(body)
    holder = spoilt
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return spoilt


def _patches() -> list[dict[str, Any]]:
    return [
        {"status": "beeindigd", "reden": "x"},
        {"vervaltDatum": "x", "leeftijdsgroep": "23+"},
        {"geinformeerd": {"uitgesteldReden": "onderzoek", "herzienDatum": "x"}},
    ]


def _type_into_the_rest(http: httpx.Client, url: str, headers: dict[str, str]) -> None:
    """Type into what is no field: broken JSON, content types, headers, query, method."""
    broken = [
        f'{{"bsn": {BSN}',
        f'"{BSN}',
        f'{{"{BSN}": 1, "{BSN}": 2}}',
        f"bsn={BSN}",
        f"[{BSN}e9999]",
    ]
    for text in broken:
        http.post(url, content=text, headers={**headers, "Content-Type": "application/json"})
    http.post(
        url,
        content=f"\xff{BSN}".encode("latin-1"),
        headers={**headers, "Content-Type": "application/json"},
    )
    http.post(url, content=json.dumps(BSN), headers={**headers, "Content-Type": f"text/{BSN}"})
    for name in (
        "Accept",
        "Accept-Language",
        "User-Agent",
        "Referer",
        "Origin",
        "X-Request-Id",
        "Host",
    ):
        http.get(url, headers={**headers, name: BSN})
    http.get(url, params={BSN: BSN, "kenmerk": BSN, "status": BSN, "pagina": BSN}, headers=headers)
    http.get(url, params={"status": BORN.isoformat(), "vervaltVoor": BSN}, headers=headers)
    http.request("OPTIONS", url, headers={"Origin": BSN, "Access-Control-Request-Method": BSN})
    http.request(f"BSN{BSN}", url, headers=headers)
    for credentials in (f"Bearer {BSN}.{BSN}.{BSN}", f"Basic {BSN}", BSN, ""):
        http.post(url, json={}, headers={"Authorization": credentials})


def _type_into_paths(http: httpx.Client, index: str, headers: dict[str, str]) -> None:
    for path in (BSN, f"signalen/{BSN}", f"matches/{BSN}", f"organisaties/{BSN}", f"signalen/{BSN}/x",
                 f"//{BSN}", f"signalen%2F{BSN}", f"medewerkers/ {BSN}!"):  # fmt: skip
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            http.request(method, f"{index}/{path}", json={"bsn": BSN}, headers=headers)
    professional = {"naam": 1, "functie": BSN, "afdeling": BSN, "email": BSN, "telefoon": "x"}
    http.put(f"{index}/medewerkers/m7", json=professional, headers=headers)


def _ask_for_tokens(http: httpx.Client, servers: Servers, member: Member, blind: str) -> None:
    url = f"{servers.index_url}/oauth/token"
    good = {
        "grant_type": "client_credentials",
        "resource": "index",
        "client_id": str(member.client.id),
        "client_secret": "wrong",
    }
    for form in _spoilt(good, [*map(str, TYPED), blind]):
        if isinstance(form, dict):
            http.post(url, data=form)
    for form in (
        {**good, "scope": f"signalen {BSN}", "client_secret": member.client.secret},
        {**good, "resource": BSN, "client_secret": member.client.secret},
        {**good, "client_assertion": f"{BSN}.{BSN}.{BSN}"},
    ):
        http.post(url, data=form)
    http.post(url, data=good, auth=(BSN, BSN))
    http.post(url, json=good)
