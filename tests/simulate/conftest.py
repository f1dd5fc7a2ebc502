"""A record that is empty before and after each test of this folder, and a world in it."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import shipped_policy
from lineproof.line.delivery import Channel
from lineproof.ports import Services
from lineproof.simulate.examiner import SimulatedExaminer
from lineproof.simulate.messages import SimulatedMessages
from lineproof.simulate.network import SimulatedNetwork

if TYPE_CHECKING:
    from lineproof.simulate.world import World


@pytest.fixture(scope="module")
def emptied(opened_record: Services) -> Services:
    """Empty the record once: for tests that undo what they write."""
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    return opened_record


@pytest.fixture
def world(services: Services) -> "World":
    """A world of the specimen state, in the record of this run."""
    from lineproof.simulate.world import World

    booth, network = SimulatedExaminer(), SimulatedNetwork()
    equipped = replace(
        services,
        policy=shipped_policy("specimen"),
        examiner=booth,
        network=network,
        messages={Channel.SMS: SimulatedMessages()},
    )
    return World(equipped, booth, network, datetime(2026, 3, 2, 9, tzinfo=UTC), Random(7))
