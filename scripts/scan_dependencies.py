"""Asks the advisory services about every locked package: pip-audit for requirements.lock, npm audit for the browser application.

A known vulnerability fails the check unless ACCEPTED names it with a reason and a day until which that holds. Where a service cannot be asked (no
network, a registry mirror without advisories) one line says so, and the check does not fail: it must also run on an isolated network.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 90
SERIOUS = frozenset({"high", "critical"})
ACCEPTED: dict[str, tuple[dt.date, str]] = {}
"""Advisory: (until when, why it does not reach us or what is done meanwhile)."""


@dataclass(frozen=True)
class Advisory:
    """One vulnerability of one locked package. pip-audit gives no severity; what it finds counts as serious."""

    id: str
    package: str
    serious: bool
    fixed_in: str


class NotAsked(Exception):  # noqa: N818
    """The service gave no answer that says anything about the packages; the text says what came instead."""


def from_pip_audit(text: str) -> list[Advisory]:
    """Advisories in the JSON report of pip-audit. Raises NotAsked when it is none."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotAsked("no report") from error
    skipped = [package for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):  # a mirror without advisories: pip-audit calls that "no known vulnerabilities"
        raise NotAsked(skipped[0]["skip_reason"] if skipped else "no package in the report")
    return [
        *(Advisory("not audited", package["name"], False, "-") for package in skipped),
        *(
            Advisory(
                found["id"], f"{package['name']} {package['version']}", True, ", ".join(found["fix_versions"]) or "-"
            )
            for package in packages
            for found in package.get("vulns", ())
        ),
    ]


def from_npm_audit(text: str) -> list[Advisory]:
    """Advisories in the JSON report of npm audit. Raises NotAsked when it is none."""
    try:
        vulnerable: dict[str, Any] = json.loads(text)["vulnerabilities"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotAsked("no report") from error
    return [
        Advisory(
            str(cause.get("url", cause.get("source"))).rpartition("/")[2],
            f"{name} {entry.get('range', '')}".strip(),
            cause.get("severity") in SERIOUS,
            str(entry.get("fixAvailable")),
        )
        for name, entry in vulnerable.items()
        for cause in entry.get("via", ())
        if isinstance(cause, dict)  # a plain name only points to another entry
    ]


def run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise NotAsked(type(error).__name__) from error
    if not done.stdout.strip():
        raise NotAsked((done.stderr.strip().splitlines() or ["no report"])[-1][:120])
    return done.stdout


def pip_audit() -> list[Advisory]:
    return from_pip_audit(
        run(
            [
                sys.executable, "-m", "pip_audit", "--requirement", "requirements.lock", "--require-hashes", "--disable-pip",
                "--progress-spinner", "off", "--timeout", "10", "--format", "json",
            ]
        )
    )  # fmt: skip


def npm_audit() -> list[Advisory]:
    return from_npm_audit(run(["scripts/web.sh", "audit"]))


def refused(found: Iterable[Advisory], today: dt.date) -> list[Advisory]:
    """Those that must not stay: serious, and not accepted, or accepted only until a day that has passed."""
    return [
        advisory
        for advisory in found
        if advisory.serious and not (advisory.id in ACCEPTED and ACCEPTED[advisory.id][0] >= today)
    ]


def report(name: str, ask: Callable[[], list[Advisory]], today: dt.date) -> int:
    """Ask one service, print what it says, return how many advisories must not stay."""
    try:
        found = ask()
    except NotAsked as error:
        sys.stdout.write(f"{name}: the advisory service cannot be asked from here ({error}); NOT CHECKED\n")
        return 0
    bad = refused(found, today)
    for advisory in found:
        mark = "REFUSED" if advisory in bad else "noted"
        sys.stdout.write(f"{name}: {mark}: {advisory.package}: {advisory.id} (fixed in {advisory.fixed_in})\n")
    sys.stdout.write(f"{name}: asked; {len(found)} known, {len(bad)} refused\n")
    return len(bad)


def main() -> int:
    today = dt.datetime.now(dt.UTC).date()
    return 1 if report("pip-audit", pip_audit, today) + report("npm audit", npm_audit, today) else 0


if __name__ == "__main__":
    sys.exit(main())
