"""What a Grafana needs beside walls, pushed through its API: data source, playlist, the alert that history is late.

Everything is looked for first and made only where it is missing or differs, so a push can be repeated. What people
changed in a wall is shown by `wall`, before it is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from ioc.errors import Permanent
from ioc.sinks.grafana import Grafana

OF_GRAFANA = ("id", "version", "schemaVersion", "uid")
"""Keys of a stored wall that Grafana itself gives or raises; they are no difference."""


class GrafanaSite(Grafana):
    """A Grafana that is furnished: the token's service account needs role Editor, to make a data source role Admin."""

    def add_source(self, uid: str, name: str, url: str, database: str, token: SecretStr) -> bool:
        """Make the InfluxDB data source (InfluxQL) where its uid is free; False where it stands, as people made it."""
        secret = token.get_secret_value()
        body = {
            "uid": uid,
            "name": name,
            "type": "influxdb",
            "access": "proxy",
            "url": url,
            "isDefault": False,
            "jsonData": {
                "dbName": database,
                "httpMode": "POST",
                "timeInterval": "10s",
                "httpHeaderName1": "Authorization",
            },
            "secureJsonData": {"httpHeaderValue1": f"Token {secret}"},
        }

        def deed() -> bool:
            if self._get(f"/datasources/uid/{quote(uid, safe='')}") is not None:
                return False
            self._api.POST("/datasources", json=body)
            return True

        return self._again(deed)

    def playlist(self, name: str, walls: Sequence[tuple[str, str]], interval: str = "30s") -> str:
        """A playlist of these walls (uid, title) in this order, found by its name; its uid."""
        items = [
            {"type": "dashboard_by_uid", "value": uid, "order": nth, "title": title}
            for nth, (uid, title) in enumerate(walls, 1)
        ]
        body = {"name": name, "interval": interval, "items": items}

        def deed() -> str:
            found = self._api.GET(f"/playlists?{urlencode({'query': name, 'limit': '100'})}") or []
            same = sorted(str(one["uid"]) for one in found if one.get("name") == name)
            if not same:
                return str(self._api.POST("/playlists", json=body)["uid"])
            uid = same[0]
            self._api.PUT(f"/playlists/{quote(uid, safe='')}", json=body)
            return uid

        return self._again(deed)

    def alert(self, rule: Mapping[str, Any]) -> None:
        """Put an alert rule of Grafana's own in the place of the one with its uid; people may change it afterwards."""
        uid = quote(str(rule["uid"]), safe="")
        free = {"X-Disable-Provenance": "true"}

        def deed() -> None:
            if self._get(f"/v1/provisioning/alert-rules/{uid}") is None:
                self._api.POST("/v1/provisioning/alert-rules", json=dict(rule), headers=free)
            else:
                self._api.PUT(f"/v1/provisioning/alert-rules/{uid}", json=dict(rule), headers=free)

        self._again(deed)

    def wall(self, uid: str) -> Mapping[str, Any] | None:
        """A wall as Grafana has it now; None where it has none."""

        def deed() -> Mapping[str, Any] | None:
            found = self._get(f"/dashboards/uid/{quote(uid, safe='')}")
            return None if found is None else found["dashboard"]

        return self._again(deed)


def api_rules(document: Mapping[str, Any], folder_uid: str) -> list[dict[str, Any]]:
    """Alert rules of a provisioning file (its keys differ from the API's) as the API takes them."""
    try:
        return [
            {
                **rule,
                "ruleGroup": group["name"],
                "folderUID": folder_uid,
                "orgID": int(group.get("orgId", 1)),
            }
            for group in document["groups"]
            for rule in group["rules"]
        ]
    except (KeyError, TypeError) as error:
        raise Permanent("grafana_rules", detail=str(error)) from error


def differences(wanted: Any, found: Any, at: str = "") -> list[str]:
    """Where a stored wall differs from the one that the code makes: paths, those beyond the wanted keys too.

    Grafana may add empty and false values of its own; they are no difference.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        paths = []
        for key in sorted(wanted.keys() | found.keys()):
            if not at and key in OF_GRAFANA:
                continue
            if key not in wanted and not found[key]:
                continue
            paths += differences(wanted.get(key), found.get(key), f"{at}.{key}" if at else key)
        return paths
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [
            path
            for nth, pair in enumerate(zip(wanted, found, strict=True))
            for path in differences(*pair, f"{at}[{nth}]")
        ]
    return [] if wanted == found or (not wanted and not found and not isinstance(wanted, (int, float))) else [at]
