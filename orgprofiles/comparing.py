"""What differs between two versions of a profile, so that people can read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# By what an object in a list is known, so that moving it is no change: the first that it has.
_NAMES = ("id", "sleutel", "datum", "soort", "zelfredzaamheid", "wat")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs.

    Attributes:
        path: Where: names of fields, and of list members what they are known by.
        before: What it was; None where it was not there.
        after: What it became; None where it is gone.
    """

    path: tuple[str, ...]
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two contents, in the order of the fields.

    Args:
        before: A profile as the API has it.
        after: Another one.
    """
    return list(_in_objects(before, after, ()))


def _in_objects(
    before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[Difference]:
    for name in [*after, *(name for name in before if name not in after)]:
        yield from _between(before.get(name), after.get(name), (*path, name))


def _between(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_objects(before, after, path)
    elif _are_objects(before) and _are_objects(after) and (before or after):
        yield from _in_lists(before, after, path)
    else:
        yield Difference(path, before, after)


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _in_lists(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], path: tuple[str, ...]
) -> Iterator[Difference]:
    old, new = _by_name(before), _by_name(after)
    for name in [*new, *(name for name in old if name not in new)]:
        was, becomes = old.get(name), new.get(name)
        here = (*path, _label(becomes if becomes is not None else was or {}, name))
        if was is None or becomes is None:
            yield Difference(here, was, becomes)
        else:
            yield from _in_objects(was, becomes, here)


def _by_name(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for item in items:
        name = next((str(item[key]) for key in _NAMES if item.get(key)), "")
        # Several of a kind are told apart by their order.
        while not name or name in found:
            name = f"{name}#"
        found[name] = item
    return found


def _label(item: Mapping[str, Any], name: str) -> str:
    return str(item.get("naam") or item.get("vraag") or name.rstrip("#") or "")
