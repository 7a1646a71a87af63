"""Telling devices apart, as far as their holder needs it: ``Chrome op Android``."""

from __future__ import annotations

# The first that is found counts: most browsers also claim to be others.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def describe_device(user_agent: str) -> str:
    """Return browser and system of a User-Agent header, in words; nothing else of it is kept."""
    browser = next((name for part, name in _BROWSERS if part in user_agent), "Browser")
    system = next((name for part, name in _SYSTEMS if part in user_agent), "onbekend apparaat")
    return f"{browser} op {system}"
