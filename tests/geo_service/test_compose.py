"""The container files: valid by the published schema, without secrets, and calling commands that exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
import yaml
from distributed.cli import dask_scheduler, dask_worker

from geo_service.cli import app
from geo_service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")


def compose(environment: dict[str, str]) -> dict[str, Any]:
    """The compose file with its variables filled in as compose does; KeyError for one that is required and missing."""

    def value(match: re.Match[str]) -> str:
        name, kind, text = match.groups()
        if environment.get(name):
            return environment[name]
        if kind == "-":
            return str(text)
        raise KeyError(name)

    parsed: dict[str, Any] = yaml.safe_load(
        VARIABLE.sub(value, (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    )
    return parsed


SECRETS = {
    "GEO_DB_PASSWORD": "0f" * 32,
    "GEO_SECRET_KEY": "8f3b1c7d9e2a4f60b5c8d1e7a3f92b46",
    "GEO_PERSONAL_KEY": "c4" * 32,
}


CLUSTER = {"scheduler": dask_scheduler.main, "tiles": dask_worker.main}
"""Services of the profile `dask` and what they run."""


def command_line(arguments: list[str]) -> None:
    """Parse `geo-service arguments…` without running it; raises for an unknown command or option."""
    group = typer.main.get_command(app)
    context = group.make_context("geo-service", list(arguments), resilient_parsing=False)
    rest = [*context._protected_args, *context.args]
    _, command, rest = group.resolve_command(context, rest)  # type: ignore[attr-defined]
    assert command is not None
    command.make_context(command.name or "", rest, parent=context)


def test_the_file_is_valid_by_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(compose(SECRETS))


def test_database_service_and_worker_are_there() -> None:
    services = compose(SECRETS)["services"]
    assert set(services) == {"db", "service", "worker", *CLUSTER}
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped"
    for name in ("service", "worker"):
        assert services[name]["build"] == "."
        assert services[name]["depends_on"]


def test_there_is_no_default_secret() -> None:
    for name in SECRETS:
        with pytest.raises(KeyError, match=name):
            compose({other: value for other, value in SECRETS.items() if other != name})
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.match(r"\s+\w*(PASSWORD|SECRET|KEY|TOKEN)\w*:", line):
            assert ":?" in line, line


def test_the_environment_makes_valid_production_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = compose(SECRETS)["services"]["service"]["environment"]
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))
    settings = Settings.load()
    assert settings.production
    assert settings.database_url == f"postgresql://geo:{SECRETS['GEO_DB_PASSWORD']}@db:5432/geo"
    known = {f"GEO_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL"}
    assert set(environment) <= known


def test_only_this_machine_reaches_the_published_port() -> None:
    services = compose(SECRETS)["services"]
    assert services["service"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in services["db"]


@pytest.mark.parametrize("name", CLUSTER)
def test_the_cluster_comes_on_request_with_commands_that_exist(name: str) -> None:
    """Whoever reaches a scheduler can run code on its workers."""
    service = compose(SECRETS)["services"][name]
    assert service["profiles"] == ["dask"] and service["networks"] == ["cluster"]
    assert not {"ports", "environment"} & service.keys()
    command = CLUSTER[name]
    assert service["entrypoint"] == ["python", "-m", command.callback.__module__]
    command.make_context(name, list(service["command"]))


def test_runs_are_handed_to_the_cluster_where_the_images_and_work_folders_are(monkeypatch: pytest.MonkeyPatch) -> None:
    services = compose(SECRETS | {"GEO_DASK": "tcp://scheduler:8786"})["services"]
    for name, value in services["worker"]["environment"].items():
        monkeypatch.setenv(name, str(value))
    assert Settings.load().dask == services["tiles"]["command"][0]
    assert services["tiles"]["volumes"] == services["worker"]["volumes"]
    assert services["tiles"]["networks"][0] in services["worker"]["networks"]


@pytest.mark.parametrize("name", ["service", "worker"])
def test_compose_runs_commands_that_exist(name: str) -> None:
    service = compose(SECRETS)["services"][name]
    command_line(service["command"])
    program, *arguments = service["healthcheck"]["test"][1:]
    assert program == "geo-service"
    command_line(arguments)


def test_the_service_is_started_by_the_command_of_make_run() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "geo-service up" in makefile
    assert compose(SECRETS)["services"]["service"]["command"][0] == "up"


def dockerfile() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [
        (word, rest) for line in lines if line and not line.startswith("#") for word, _, rest in [line.partition(" ")]
    ]


def test_the_image_copies_files_that_exist_and_does_not_run_as_root() -> None:
    instructions = dockerfile()
    assert [rest for word, rest in instructions if word == "USER"] == ["geo"]
    for word, rest in instructions:
        if word == "COPY" and "--from" not in rest:
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists(), source


def test_the_image_starts_a_command_that_exists() -> None:
    commands = {word: rest for word, rest in dockerfile() if word in ("ENTRYPOINT", "CMD", "HEALTHCHECK")}
    assert json.loads(commands["ENTRYPOINT"]) == ["geo-service"]
    command_line(json.loads(commands["CMD"]))
    program, *arguments = json.loads(commands["HEALTHCHECK"].partition(" CMD ")[2])
    assert program == "geo-service"
    command_line(arguments)


def test_an_unknown_command_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such"):
        command_line(["fly"])
    with pytest.raises(Exception, match="No such option"):
        command_line(["up", "--fast"])


def test_the_image_gets_no_local_files() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    assert "geo_service/web/node_modules" in ignored
