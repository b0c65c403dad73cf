"""stac-api-validator without the internet: the schemas of STAC and GeoJSON come from the copies that pystac carries.

Extensions' schemas are not at hand; what we say in their words is checked by test_stac.py. Run as a program with the validator's own options.
"""

from __future__ import annotations

import re
from importlib.resources import files

import requests
from requests.adapters import BaseAdapter
from stac_api_validator.__main__ import main

SCHEMAS = files("pystac.validation.jsonschemas")
STAC = re.compile(r"https://schemas\.stacspec\.org/(v1\.1\.0)/[a-z-]+/json-schema/([a-z-]+\.json)")


class Shelf(BaseAdapter):
    """Answers requests for schemas from the disk."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        url = (request.url or "").partition("#")[0]
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, url, request
        if match := STAC.fullmatch(url):
            text = (SCHEMAS / "stac-spec" / match[1] / match[2]).read_text()
        elif url.startswith("https://geojson.org/schema/"):
            text = (SCHEMAS / "geojson" / url.rsplit("/", 1)[-1]).read_text()
        elif url.startswith("https://stac-extensions.github.io/"):
            text = "{}"
        else:
            raise requests.ConnectionError(f"no copy of {url}")
        answer._content = text.encode()
        return answer

    def close(self) -> None:
        pass


original = requests.Session.__init__


def with_shelf(self: requests.Session) -> None:
    original(self)
    for prefix in ("https://schemas.stacspec.org/", "https://geojson.org/", "https://stac-extensions.github.io/"):
        self.mount(prefix, Shelf())


if __name__ == "__main__":
    requests.Session.__init__ = with_shelf  # type: ignore[method-assign]
    main()
