"""What the advisory services say is understood; silence is said aloud and fails nothing."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from scripts import scan_dependencies
from scripts.scan_dependencies import Advisory, NotAsked, from_npm_audit, from_pip_audit, refused, report

TODAY = dt.date(2026, 11, 22)
PIP = {
    "dependencies": [
        {"name": "good", "version": "1.0", "vulns": []},
        {"name": "skipped", "skip_reason": "not there"},
        {"name": "bad", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": ["CVE-1"]}]},
    ],
    "fixes": [],
}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "left": {"name": "left", "range": "<2", "fixAvailable": True, "via": ["right"]},
        "right": {
            "name": "right", "range": "<=1.0.0", "fixAvailable": False,
            "via": [{"source": 7, "url": "https://advisories.test/GHSA-a-b-c", "severity": "high", "title": "x"},
                    {"source": 8, "url": "https://advisories.test/GHSA-low", "severity": "low", "title": "y"}],
        },
    },
}  # fmt: skip


def test_pip_audit_is_understood() -> None:
    assert from_pip_audit(json.dumps(PIP)) == [
        Advisory("not audited", "skipped", False, "-"),
        Advisory("PYSEC-1", "bad 2.0", True, "2.1"),
    ]


def test_npm_audit_is_understood() -> None:
    found = from_npm_audit(json.dumps(NPM))
    assert [(a.id, a.package, a.serious) for a in found] == [
        ("GHSA-a-b-c", "right <=1.0.0", True),
        ("GHSA-low", "right <=1.0.0", False),
    ]


@pytest.mark.parametrize(
    "text", ["", "not json", '{"dependencies": []}', "[]", "{}", '{"message": "request failed", "error": {}}', "null"]
)
def test_anything_else_means_that_nobody_was_asked(text: str) -> None:
    for understand in (from_pip_audit, from_npm_audit):
        with pytest.raises(NotAsked):
            understand(text)


def test_an_index_that_knows_no_package_has_not_been_asked() -> None:
    report_ = {"dependencies": [{"name": "a", "skip_reason": "not found"}, {"name": "b", "skip_reason": "not found"}]}
    with pytest.raises(NotAsked, match="not found"):
        from_pip_audit(json.dumps(report_))


def test_a_known_vulnerability_fails_unless_accepted_until_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    found = from_npm_audit(json.dumps(NPM))
    assert [a.id for a in refused(found, TODAY)] == ["GHSA-a-b-c"]
    monkeypatch.setattr(scan_dependencies, "ACCEPTED", {"GHSA-a-b-c": (TODAY, "not reached")})
    assert refused(found, TODAY) == []
    assert [a.id for a in refused(found, TODAY + dt.timedelta(days=1))] == ["GHSA-a-b-c"]


def test_the_report_says_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    def silent() -> list[Advisory]:
        raise NotAsked("no network")

    assert report("one", silent, TODAY) == 0
    assert report("two", lambda: from_pip_audit(json.dumps(PIP)), TODAY) == 1
    assert capsys.readouterr().out.splitlines() == [
        "one: the advisory service cannot be asked from here (no network); NOT CHECKED",
        "two: noted: skipped: not audited (fixed in -)",
        "two: REFUSED: bad 2.0: PYSEC-1 (fixed in 2.1)",
        "two: asked; 2 known, 1 refused",
    ]


def test_both_services_are_asked_and_one_bad_answer_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []
    answers = {"pip_audit": json.dumps(PIP), "audit": "no answer"}

    def run(command: list[str]) -> str:
        commands.append(command)
        return next(answer for word, answer in answers.items() if word in command)

    monkeypatch.setattr(scan_dependencies, "run", run)
    assert scan_dependencies.main() == 1
    answers["pip_audit"] = "no answer either"
    assert scan_dependencies.main() == 0
    assert len(commands) == 4
    assert capsys.readouterr().out.count("NOT CHECKED") == 3
