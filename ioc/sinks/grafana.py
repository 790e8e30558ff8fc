"""Grafana through its HTTP API: walls, their folder, whether their data source is there, a mark for each alert.

grafana-api is used by its inner door alone (`g.api`): of its named calls some speak an API that Grafana 13 no longer
has, and none encodes tags. What may go better the next time is tried again here, a whole deed at a time, because every
deed looks first at what is there: a mark whose answer was lost is found and not made twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import orjson
from grafana_api.grafana_face import GrafanaFace
from pydantic import SecretStr

from ioc.alerts.alert import Transition
from ioc.alerts.sentence import sentence
from ioc.errors import Permanent, Retryable
from ioc.events.envelope import clip
from ioc.words import Lang

MARK: Final = "ioc-alert"
"""Tag of every mark: walls show what bears it (`dashboards/wall.py`)."""
MARK_ID: Final = "ioc-id:"
"""Begin of the tag that names the alert."""
ATTEMPTS = 3
LONGEST_WAIT_S = 30.0
"""A `Retry-After` beyond this is not waited for: a person stands before the terminal."""
TIMEOUT_S = 10.0
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
CONFLICTS = {"version-mismatch": "grafana_version", "name-exists": "grafana_name"}
"""What `status` says in an answer 412 -> our code."""
REFUSALS: Mapping[int, str] = {401: "grafana_denied", 403: "grafana_forbidden", 404: "grafana_missing"}
T = TypeVar("T")


class Grafana:
    """One Grafana, reached with the token of a service account (role Editor). Every call blocks.

    All raise Retryable where Grafana does not answer or is in trouble even after `ATTEMPTS`, Permanent where a person
    must act: token, permission, conflict, an address that is no Grafana.
    """

    def __init__(
        self,
        url: str,
        token: SecretStr,
        *,
        verify: bool | str = True,
        wait: Callable[[float], None] = time.sleep,
        org: int | None = None,
    ) -> None:
        """`url` is the base address, also one with a path; `verify` a file of certificates to trust; `org` its number."""
        self.url = url.rstrip("/")
        try:
            parts, port = urlsplit(self.url), urlsplit(self.url).port
        except ValueError:
            raise Permanent("grafana_url", url=clip(url, 100)) from None
        host = parts.hostname
        if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query:
            raise Permanent("grafana_url", url=clip(url.rpartition("@")[2], 100))
        self._wait = wait
        self._api: Any = GrafanaFace(
            auth=token.get_secret_value(),
            host=f"[{host}]" if ":" in host else host,
            port=port,
            url_path_prefix=f"{parts.path.strip('/')}/".lstrip("/"),
            protocol=parts.scheme,
            verify=verify,
            timeout=TIMEOUT_S,
        ).api
        if org is not None:
            self._api.s.headers["X-Grafana-Org-Id"] = str(org)
        # The library reads an error's text as if it were JSON; the answer is judged before it gets there.
        self._api.s.hooks["response"].append(self._judge)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close idle connections."""
        self._api.s.close()

    def folder(self, uid: str, title: str) -> None:
        """Make the folder where it is not there; its title stays what people made of it."""

        def deed() -> None:
            if self._get(f"/folders/{quote(uid, safe='')}") is None:
                self._api.POST("/folders", json={"uid": uid, "title": title})

        self._again(deed)

    def source(self, uid: str, kind: str) -> str:
        """Look whether a data source is there and of that kind; "" where it is well, else what Grafana says of it."""

        def deed() -> str:
            found = self._get(f"/datasources/uid/{quote(uid, safe='')}")
            if found is None or found.get("type") != kind:
                raise Permanent("grafana_source", uid=uid, kind=kind, found=(found or {}).get("type", "-"))
            try:
                said = self._api.GET(f"/datasources/uid/{quote(uid, safe='')}/health")
            except Permanent as error:
                if error.code != "grafana_refused":
                    raise
                return str(error.values["detail"])
            return "" if said.get("status") == "OK" else clip(str(said.get("message", said)), 200)

        return self._again(deed)

    def push(self, dashboard: Mapping[str, Any], folder: str, message: str) -> str:
        """Put a dashboard into a folder in the place of the one with its uid; the address where it is seen."""
        # An id or a version of another Grafana would meet a stranger in this one.
        model = {name: value for name, value in dashboard.items() if name not in ("id", "version")}
        body = {"dashboard": model, "folderUid": folder, "overwrite": True, "message": message}
        seen = self._again(lambda: str(self._api.POST("/dashboards/db", json=body)["url"]))
        # A path from the root of the host: it holds the prefix where Grafana stands behind one.
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{seen}"

    def tell(self, transition: Transition, lang: Lang) -> None:
        """Make the mark of an alert that is open, once; close it where it has ended. Trials and replays leave none."""
        one = transition
        if one.shadow or one.replay or one.emit != "alert":
            return
        tags = [one.domain, one.severity, *(["drill"] if one.drill else [])]
        if one.status == "firing":
            text = f"{one.title.get(lang, one.rule)}: {sentence(one, lang)}"
            self.open_mark(one.alert_id, one.opened_at, clip(text, 500), tags)
        else:
            self.close_mark(one.alert_id, one.at)

    def open_mark(self, alert_id: str, at_ms: int, text: str, tags: list[str]) -> int:
        """Make the mark of an alert, or find the one that is there; its number."""

        def deed() -> int:
            found = self._marks(alert_id)
            if found:
                return min(int(mark["id"]) for mark in found)
            body = {"time": at_ms, "text": text, "tags": [MARK, f"{MARK_ID}{alert_id}", *tags]}
            return int(self._api.POST("/annotations", json=body)["id"])

        return self._again(deed)

    def close_mark(self, alert_id: str, at_ms: int) -> bool:
        """Give the mark of an alert its end; False where there is none."""

        def deed() -> bool:
            found = self._marks(alert_id)
            for mark in found:
                if mark.get("timeEnd") != at_ms:
                    self._api.PATCH(f"/annotations/{int(mark['id'])}", json={"timeEnd": at_ms})
            return bool(found)

        return self._again(deed)

    def _marks(self, alert_id: str) -> list[dict[str, Any]]:
        """Marks that bear both tags; looked at once more here, in case a filter is passed over."""
        tags = {MARK, f"{MARK_ID}{alert_id}"}
        asked = urlencode([*(("tags", tag) for tag in sorted(tags)), ("limit", "10"), ("type", "annotation")])
        return [mark for mark in self._api.GET(f"/annotations?{asked}") if tags <= set(mark.get("tags") or ())]

    def _get(self, path: str) -> Any:
        """What stands there, None where nothing does."""
        try:
            return self._api.GET(path)
        except Permanent as error:
            if error.code == "grafana_missing":
                return None
            raise

    def _again(self, deed: Callable[[], T]) -> T:
        for left in reversed(range(ATTEMPTS)):
            try:
                return self._done(deed)
            except Retryable as error:
                if not left:
                    raise
                self._wait(min(error.retry_after, LONGEST_WAIT_S))
        raise AssertionError  # the last attempt returns or raises

    def _done(self, deed: Callable[[], T]) -> T:
        try:
            return deed()
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            # No JSON, or JSON of another shape: something else listens there. requests' own complaints of an
            # address are ValueErrors too, and all of its errors are OSErrors.
            raise Permanent("grafana_other", url=self.url, detail=type(error).__name__) from error
        except OSError as error:
            raise Retryable("grafana_unreachable", url=self.url, detail=type(error).__name__) from error

    def _judge(self, answer: Any, **_options: object) -> None:
        """Called by requests with every answer: those that are errors become ours."""
        status = int(answer.status_code)
        if status < HTTPStatus.BAD_REQUEST:
            return
        said = _said(answer.content)
        detail = clip(str(said.get("message", "") or answer.reason), 200)
        values = {"url": self.url, "detail": detail, "status": status}
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in LATER:
            raise Retryable("grafana_failing", retry_after=_asked(answer.headers.get("Retry-After")), **values)
        if status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
            raise Permanent(CONFLICTS.get(str(said.get("status")), "grafana_name"), **values)
        code = REFUSALS.get(status, "grafana_refused")
        raise Permanent(code, **values)


def _said(raw: bytes) -> Mapping[str, Any]:
    """The JSON object of an error; none where it is a page of a proxy."""
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _asked(retry_after: str | None) -> float:
    """Seconds that Grafana asks for; 1 where it says nothing, or a date."""
    text = (retry_after or "").strip()
    return max(1.0, float(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1.0
