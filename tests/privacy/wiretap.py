"""Listening in on an application: every request and every answer, whole."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from flask import Flask

from tests.privacy.scanner import Material, Place


class Wiretap:
    """Stands before a WSGI application and keeps what passes."""

    def __init__(self, app: Flask, *, to: Place, back: Place) -> None:
        self._app: Any = app.wsgi_app
        self._to, self._back = to, back
        self.materials: list[Material] = []
        self.statuses: list[int] = []
        #: False while somebody types what does not belong there: only the answers count then.
        self.keeps_requests = True
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        path = environ["PATH_INFO"]
        where = f"{environ['REQUEST_METHOD']} {path if self.keeps_requests else '…'}"
        if self.keeps_requests:
            head = "\n".join(
                f"{name}: {value}"
                for name, value in environ.items()
                if name.isupper() and isinstance(value, str)
            )
            self.materials.append(Material(self._to, where, head.encode("latin-1") + b"\n" + body))
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            started.append((status, headers))
            return start_response(status, headers, *rest)

        answer = self._app(environ, start)
        content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        status, headers = started[-1]
        self.statuses.append(int(status.split()[0]))
        head = status + "\n" + "\n".join(f"{name}: {value}" for name, value in headers)
        place = Place.TOKEN_ANSWER if path == "/oauth/token" else self._back
        self.materials.append(Material(place, where, head.encode("latin-1") + b"\n" + content))
        return [content]
