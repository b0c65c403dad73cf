"""The description of the interface is true: whatever is sent, the answer is one that the OpenAPI document announces.

schemathesis makes requests for every operation of the document, valid ones and broken ones, by boundary values and at random, as a visitor and as somebody
who holds every role, and in sequences in which one answer feeds the next question. Every answer is held to the document: its status, content type, headers
and schema, and none is a failure of the server. The service runs as it does for everybody, behind its own sockets.

GET /live never ends by itself. The streams here end after their greeting, because the test sets their lifetime to nothing (`world.built`); nothing else
about the operation differs, and it is asked like all the others.

`SCHEMATHESIS_EXAMPLES=200` asks more (default 3 random requests an operation, besides the examples and boundary values).
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Response

from geo_service.app import create_app
from geo_service.openapi import FOLLOWS
from geo_service.settings import Settings
from tests.geo_service.accounts.people import OURS
from tests.geo_service.authority.matrix import PLACES
from tests.geo_service.authority.questions import QUESTIONS, Question
from tests.geo_service.authority.world import EVERY_ROLE, Person, World, built

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))
DOCUMENT = create_app(
    Settings(database_url="postgresql://nobody@/nothing", data_dir=Path(gettempdir()) / "none", log_level="error")
).openapi()


ANNOUNCED = [question for question in QUESTIONS if question.path in DOCUMENT["paths"]]
# What makes something, and what is asked about it. Not dossiers: nobody guesses a procedure and a parcel; they are walked in dossiers/test_life.py.
LEADING = "^(" + "|".join(re.escape(path) for path in FOLLOWS if path != "/api/dossiers") + ")"
WALKS = 5 * EXAMPLES
SEEDS = 5
CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {
            "max-examples": EXAMPLES,
            "deterministic": True,
            "with-security-parameters": False,
            "database": "none",
        },
        # A value can be well formed and still not fit the land: a seq that is not there yet, a code that no parcel has. That is a 422.
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "303", "401", "403", "404", "409", "422"]},
            "negative_data_rejection": {
                "expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "5xx"]
            },
        },
    }
)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@schemathesis.serializer("application/jose")
def as_it_is(_context: Any, value: Any) -> bytes:
    """A signed message is text."""
    return str(value).encode()


@contextmanager
def listening(world: World) -> Iterator[str]:
    """The application behind a socket of its own."""
    server = uvicorn.Server(uvicorn.Config(world.app, log_config=None, timeout_graceful_shutdown=2))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        ends = time.monotonic() + 30
        while not server.started and thread.is_alive() and time.monotonic() < ends:
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


class Service:
    """Where the application listens, and who asks."""

    def __init__(self, url: str, world: World) -> None:
        self.url, self.world = url, world
        self.answered: dict[str, set[int]] = defaultdict(set)
        self.everybody = Person("every role", "every-role", world.account(EVERY_ROLE, None, "every-role"))
        world.conn.execute(
            "UPDATE accounts.account SET party_id = %s WHERE id = %s", [world.parties["other"], self.everybody.account]
        )

    def note(self, case: Any, answer: Any) -> None:
        """Remember what an operation answered."""
        self.answered[case.operation.label].add(answer.status_code)

    def visitor(self) -> None:
        """Nobody; the sign-ins that failed are forgiven, so that the next one is heard."""
        self.world.conn.execute("DELETE FROM accounts.attempt")

    def signed_in(self) -> dict[str, str]:
        """The cookie of somebody who holds every role, whatever the last request did to the account."""
        self.visitor()
        conn, account = self.world.conn, self.everybody.account
        conn.execute("UPDATE accounts.account SET disabled = false WHERE id = %s AND disabled", [account])
        held = {
            row["role"]
            for row in conn.execute(
                "SELECT role FROM accounts.assignment WHERE account_id = %s AND ended_at IS NULL", [account]
            )
        }
        for role in set(EVERY_ROLE) - held:
            self.world.assignment(account, role, None)  # type: ignore[arg-type]
        self.world.open(self.everybody)
        return {"Cookie": f"geo_session={self.everybody.secret}"}


@pytest.fixture(scope="module")
def service(databases, reachable_tmp) -> Iterator[Service]:
    url = databases.create()
    folder = reachable_tmp / "schemathesis"
    folder.mkdir()
    with built(url, folder) as world, listening(world) as address:
        yield Service(address, world)
    databases.drop(url)


@SCHEMA.parametrize()
def test_a_visitor_gets_what_is_announced(case: Any, service: Service) -> None:
    service.visitor()
    service.note(case, case.call_and_validate(base_url=service.url))


@SCHEMA.parametrize()
def test_somebody_with_every_role_gets_what_is_announced(case: Any, service: Service) -> None:
    service.note(case, case.call_and_validate(base_url=service.url, headers=service.signed_in()))


@pytest.mark.parametrize(
    "question", ANNOUNCED, ids=lambda question: f"{question.method} {question.path} {question.about}".strip()
)
def test_good_answers_are_as_announced(service: Service, question: Question) -> None:
    """The valid questions of the matrix of authority: what succeeds is in the document too, down to the last member."""
    operation = SCHEMA[question.path][question.method]
    for place in PLACES if question.placed else PLACES[:1]:
        headers = service.signed_in()
        ask = question.build(service.world, service.everybody, place)
        if ask.cookie:
            headers = {"Cookie": ask.cookie}
        answer = httpx.request(
            question.method, service.url + ask.url, headers=headers | OURS | ask.headers, timeout=30, **ask.payload
        )
        assert str(answer.status_code) in operation.definition.raw["responses"], answer.text[:300]
        operation.validate_response(Response.from_any(answer))
        service.answered[operation.label].add(answer.status_code)


def test_answers_that_lead_to_questions(service: Service) -> None:
    """Sequences: a draft is made, read, changed, previewed and given up under the id that the first answer gave.

    The service remembers what earlier walks did, so the same beginning can lead elsewhere. Hypothesis takes that for a fault of the test and stops; what was
    walked until then has been checked, and the next seed goes on.
    """

    steps: dict[str, list[int]] = defaultdict(list)

    class Walk(SCHEMA.include(path_regex=LEADING).as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
            return {"base_url": service.url, "headers": service.signed_in()}

        def after_call(self, response: Any, case: Any) -> None:
            steps[case.operation.label].append(response.status_code)

    walk = settings(
        max_examples=WALKS // SEEDS,
        stateful_step_count=10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for number in range(SEEDS):
        seed(number)(Walk)
        with suppress(FlakyStrategyDefinition):
            Walk.run(settings=walk)
    assert sum(map(len, steps.values())) > 5 * SEEDS
    assert 200 in steps["GET /api/drafts/{draft_id}"], "no walk has read the draft that it made"


def test_every_operation_was_seen_to_succeed(service: Service) -> None:
    """So that what holds of the answers holds of good ones too, not of refusals alone."""
    operations = {one.ok().label for one in SCHEMA.get_all_operations()}
    if operations - service.answered.keys():
        return  # only some were asked this time
    assert {label for label in operations if not any(status < 400 for status in service.answered[label])} == set()
