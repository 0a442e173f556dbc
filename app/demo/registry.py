"""A package registry on loopback: npm below `/npm/`, a Python index below `/pypi/simple/`.

It answers in the full shape of the public registries, or *reduced* as mirrors do: no times, no maintainers, optional
endpoints missing, HTML where JSON was asked for.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from flask import Flask, Response, jsonify, redirect, request
from packaging.utils import canonicalize_name
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as BaseResponse

from app.demo.packages import npm_filename
from app.demo.shelf import NpmVersion, PypiFile, Shelf
from app.registries import Endpoints

JSON_INDEX = "application/vnd.pypi.simple.v1+json"
ABBREVIATED = "application/vnd.npm.install-v1+json"

_ABBREVIATED_FIELDS = (
    "name", "version", "dist", "dependencies", "devDependencies", "optionalDependencies", "peerDependencies",
    "bundleDependencies", "bin", "engines", "os", "cpu", "deprecated", "hasInstallScript",
)  # fmt: skip
_REDUCED_FIELDS = ("name", "version", "dist", "dependencies")
_POLL = 0.02  # seconds that stopping may take
_INSTALL_SCRIPTS = {"preinstall", "install", "postinstall"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that arrived: its path as sent, and its headers (names in lower case)."""

    path: str
    headers: Mapping[str, str]


class RegistryServer:
    """Serves a shelf on a free loopback port while the `with` block lasts."""

    def __init__(self, shelf: Shelf | None = None, *, reduced: bool = False) -> None:
        self.shelf = Shelf() if shelf is None else shelf
        self.seen: list[Seen] = []
        self._reduced = reduced
        self._stop = threading.Event()
        self._server: BaseWSGIServer | None = None

    def __enter__(self) -> Self:
        app = create_registry(self.shelf, reduced=self._reduced, seen=self.seen, stop=self._stop)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        serve = functools.partial(self._server.serve_forever, poll_interval=_POLL)
        threading.Thread(target=serve, name="registry", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`."""
        assert self._server is not None, "the server runs inside its with block"
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def endpoints(self) -> Endpoints:
        """What to ask, for whoever should use this registry."""
        said = "the loopback registry"
        return Endpoints(f"{self.url}/npm/", f"{self.url}/pypi/simple/", sources={"npm": said, "pypi": said})


def create_registry(
    shelf: Shelf, *, reduced: bool = False, seen: list[Seen] | None = None, stop: threading.Event | None = None
) -> Flask:
    """The registry as a Flask app. Requests are noted in `seen`; `stop` ends the answers of hanging faults."""
    app = Flask("assay-demo-registry", static_folder=None)
    stopped = threading.Event() if stop is None else stop

    @app.before_request
    def note_and_break() -> Response | None:
        if seen is not None:
            path = str(request.environ.get("REQUEST_URI", request.path))
            seen.append(Seen(path, {name.lower(): value for name, value in request.headers.items()}))
        fault = shelf.fault(request.path)
        return None if fault is None else fault(stopped)

    @app.get("/npm/<path:rest>")
    def npm(rest: str) -> Response:
        name, slash, last = rest.rpartition("/")
        if name.endswith("/-"):
            return _npm_tarball(shelf, name.removesuffix("/-"), last)
        if rest in shelf.npm:
            return _packument(shelf, rest, reduced=reduced)
        if slash and not reduced and last in shelf.npm.get(name, {}):
            return jsonify(_version(name, shelf.npm[name][last]))
        return _npm_missing()

    @app.get("/pypi/simple/<name>/")
    def project(name: str) -> BaseResponse:
        if name != canonicalize_name(name):
            return redirect(f"/pypi/simple/{canonicalize_name(name)}/", 301)
        if name not in shelf.pypi:
            return Response(status=404)
        files = shelf.pypi[name]
        if not reduced and JSON_INDEX in request.headers.get("Accept", ""):
            return Response(app.json.dumps(_index_json(name, files)), content_type=JSON_INDEX)
        return Response(_index_html(name, files, reduced=reduced), content_type="text/html; charset=utf-8")

    @app.get("/pypi/files/<sha256>/<filename>")
    def pypi_file(sha256: str, filename: str) -> Response:
        for files in shelf.pypi.values():
            if filename in files and files[filename].sha256 == sha256:
                return Response(files[filename].content, content_type="application/octet-stream")
        return Response(status=404)

    return app


def _packument(shelf: Shelf, name: str, *, reduced: bool) -> Response:
    versions = shelf.npm[name]
    documents = {number: _version(name, version) for number, version in versions.items()}
    if reduced or ABBREVIATED in request.headers.get("Accept", ""):
        kept = _REDUCED_FIELDS if reduced else _ABBREVIATED_FIELDS
        small = {
            number: {key: document[key] for key in kept if key in document} for number, document in documents.items()
        }
        answer: dict[str, Any] = {"name": name, "versions": small}
        if not reduced:
            answer |= {
                "dist-tags": _tags(versions),
                "modified": max(version.published for version in versions.values()),
            }
        return jsonify(answer)
    times = {number: version.published for number, version in versions.items()}
    return jsonify(
        {
            "_id": name,
            "name": name,
            "dist-tags": _tags(versions),
            "versions": documents,
            "time": {"created": min(times.values()), "modified": max(times.values()), **times},
            "maintainers": [{"name": "mara", "email": "mara@acme.example"}],
        }
    )


def _version(name: str, version: NpmVersion) -> dict[str, Any]:
    number = version.manifest["version"]
    scripts = version.manifest.get("scripts")
    document = dict(version.manifest)
    if isinstance(scripts, dict) and _INSTALL_SCRIPTS & scripts.keys():
        document["hasInstallScript"] = True
    document["_id"] = f"{name}@{number}"
    document["_npmUser"] = {"name": "mara", "email": "mara@acme.example"}
    document["dist"] = {
        "tarball": f"{request.url_root}npm/{quote(name, safe='@/')}/-/{npm_filename(name, number)}",
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(version.tarball).digest()).decode(),
        "shasum": hashlib.sha1(version.tarball, usedforsecurity=False).hexdigest(),
    } | version.manifest.get("dist", {})
    return document


def _npm_tarball(shelf: Shelf, name: str, filename: str) -> Response:
    for number, version in shelf.npm.get(name, {}).items():
        if filename == npm_filename(name, number):
            return Response(version.tarball, content_type="application/octet-stream")
    return _npm_missing()


def _npm_missing() -> Response:
    response = jsonify({"error": "Not found"})
    response.status_code = 404
    return response


def _tags(versions: Mapping[str, NpmVersion]) -> dict[str, str]:
    return {"latest": list(versions)[-1]}


def _index_json(name: str, files: Mapping[str, PypiFile]) -> dict[str, Any]:
    return {
        "meta": {"api-version": "1.4", "_last-serial": 1},
        "name": name,
        "project-status": {"status": "active"},
        "files": [
            {
                "filename": filename,
                "url": _file_url(filename, file),
                "hashes": {"sha256": file.sha256},
                "requires-python": ">=3.8",
                "size": len(file.content),
                "upload-time": file.published,
                "yanked": False if file.yanked is None else file.yanked or True,
                "core-metadata": False,
            }
            for filename, file in files.items()
        ],
    }


def _index_html(name: str, files: Mapping[str, PypiFile], *, reduced: bool) -> str:
    links = []
    for filename, file in files.items():
        yanked = "" if reduced or file.yanked is None else f' data-yanked="{html.escape(file.yanked)}"'
        address = html.escape(f"{_file_url(filename, file)}#sha256={file.sha256}")
        links.append(f'<a href="{address}"{yanked}>{html.escape(filename)}</a><br>')
    return "\n".join(
        ["<!DOCTYPE html>", f"<html><head><title>{html.escape(name)}</title></head><body>", *links, "</body>"]
    )


def _file_url(filename: str, file: PypiFile) -> str:
    return f"../../files/{file.sha256}/{quote(filename)}"  # relative, as many mirrors write it


class _Quiet(WSGIRequestHandler):
    """Handles requests without a log."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (werkzeug's name)
        """Say nothing."""
