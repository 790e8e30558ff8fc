"""A small Grafana on a port of its own: folders, walls, one data source, annotations, and the troubles a test gives it.

It does what Grafana 13's source and documents say of these calls. With a contract each request and answer is judged by
it; `faults` holds what was found.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.sinks.grafana_contract import Contract

TOKEN = "glsa_" + "x" * 32
Answer = tuple[int, Any]


class GrafanaDouble:
    """What it holds; `troubles` are answers given before anything is looked at, in turn."""

    def __init__(self, contract: Contract | None) -> None:
        self.contract = contract
        self.folders: dict[str, str] = {}
        self.walls: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, str] = {"ioc-influx": "influxdb"}
        self.source_names: set[str] = set()
        self.health: Answer = (200, {"status": "OK", "message": "datasource is working"})
        self.playlists: list[dict[str, Any]] = []
        self.rules: dict[str, dict[str, Any]] = {}
        self.marks: list[dict[str, Any]] = []
        self.troubles: list[tuple[int, Any, dict[str, str]]] = []
        self.lost: set[str] = set()
        """Methods whose next answer is lost after the deed was done."""
        self.seen: list[str] = []
        self.faults: list[str] = []

    def answer(self, method: str, target: str, body: Any) -> Answer:
        """Do what is asked."""
        parts = urlsplit(target)
        steps = [unquote(step) for step in parts.path.removeprefix("/api/").split("/")]
        match method, steps:
            case "GET", ["folders", uid]:
                return self._found(self.folders.get(uid), {"uid": uid, "title": self.folders.get(uid)})
            case "POST", ["folders"]:
                if body["title"] in self.folders.values():
                    return 409, {"message": "a folder with the same name already exists in the current location"}
                self.folders[body["uid"]] = body["title"]
                return 200, {"uid": body["uid"], "title": body["title"]}
            case "GET", ["datasources", "uid", uid]:
                return self._found(self.sources.get(uid), {"uid": uid, "type": self.sources.get(uid)})
            case "GET", ["datasources", "uid", _, "health"]:
                return self.health
            case "POST", ["dashboards", "db"]:
                return self._save(body)
            case "GET", ["annotations"]:
                wanted = set(parse_qs(parts.query).get("tags", []))
                return 200, [mark for mark in self.marks if wanted <= set(mark["tags"])]
            case "POST", ["annotations"]:
                self.marks.append({"id": len(self.marks) + 1, "timeEnd": body["time"], **body})
                return 200, {"id": len(self.marks), "message": "Annotation added"}
            case "PATCH", ["annotations", number]:
                self.marks[int(number) - 1].update(body)
                return 200, {"message": "Annotation patched"}
        return self._site(method, steps, parse_qs(parts.query), body)

    def _site(self, method: str, steps: list[str], asked: dict[str, list[str]], body: Any) -> Answer:
        """What stands beside the walls."""
        match method, steps:
            case "POST", ["datasources"]:
                if body["name"] in self.source_names:
                    return 409, {"message": "data source with the same name already exists"}
                self.sources[body["uid"]] = body["type"]
                self.source_names.add(body["name"])
                stored = {name: value for name, value in body.items() if name != "secureJsonData"}
                return 200, {"id": 7, "message": "Datasource added", "name": body["name"], "datasource": stored}
            case "GET", ["dashboards", "uid", uid]:
                there = self.walls.get(uid)
                return self._found(there, {"dashboard": there, "meta": {}})
            case "GET", ["playlists"]:
                wanted_name = asked.get("query", [""])[0].lower()
                shown = [{k: one[k] for k in ("uid", "name", "interval")} for one in self.playlists]
                return 200, [one for one in shown if wanted_name in one["name"].lower()]
            case "POST", ["playlists"]:
                self.playlists.append({"uid": f"pl{len(self.playlists)}", **body})
                return 200, {k: self.playlists[-1][k] for k in ("uid", "name", "interval")}
            case "PUT", ["playlists", uid]:
                (one,) = (one for one in self.playlists if one["uid"] == uid)
                one.update(body)
                return 200, {k: one[k] for k in ("uid", "name", "interval")}
            case "GET", ["v1", "provisioning", "alert-rules", uid]:
                return self._found(self.rules.get(uid), self.rules.get(uid))
            case "POST", ["v1", "provisioning", "alert-rules"]:
                if body["uid"] in self.rules:
                    return 409, {"message": "rule with this uid exists"}
                self.rules[body["uid"]] = body
                return 201, body
            case "PUT", ["v1", "provisioning", "alert-rules", uid]:
                self.rules[uid] = body
                return 200, body
        return 404, {"message": "Not found"}

    def _found(self, there: object, answer: Any) -> Answer:
        return (200, answer) if there is not None else (404, {"message": "not found"})

    def _save(self, body: Any) -> Answer:
        wall = body["dashboard"]
        there = self.walls.get(wall["uid"])
        if there is not None and not body.get("overwrite"):
            return 412, {"status": "version-mismatch", "message": "The dashboard has been changed by someone else"}
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        self.walls[wall["uid"]] = {**wall, "folder": body["folderUid"], "given": list(wall)}
        version = (there or {}).get("version", 0) + 1
        self.walls[wall["uid"]]["version"] = version
        url = f"/d/{wall['uid']}/wall"
        saved = {"id": 1, "uid": wall["uid"], "url": url, "status": "success", "version": version, "slug": "wall"}
        return 200, {**saved, "title": wall["title"]}


@contextmanager
def served(grafana: GrafanaDouble) -> Iterator[str]:
    """Its address while it listens."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            grafana.seen.append(f"{self.command} {self.path}")
            more: dict[str, str] = {}
            if grafana.troubles:
                status, said, more = grafana.troubles.pop(0)
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, said = 401, {"message": "Invalid API key"}
            else:
                status, said = grafana.answer(self.command, self.path, body)
                if grafana.contract is not None:
                    grafana.faults.extend(grafana.contract.faults(self.command, self.path, body, status, said))
            if self.command in grafana.lost:
                grafana.lost.discard(self.command)
                self.close_connection = True
                return
            content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the library looks for these names

        def log_message(self, *_args: object) -> None:
            """Nothing: pytest shows what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
