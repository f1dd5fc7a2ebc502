"""Play incidents, each on a record that is empty at its start, and judge what the log shows of them."""

import importlib
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from lineproof.line.delivery import Channel
from lineproof.ports import Services
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.queries.log import read_given_origin, verify_log
from lineproof.registry.queries.log_keys import read_log_keys
from lineproof.simulate.attacks.scene import Scene, SimulatedChannel
from lineproof.simulate.attacks.told import INCIDENTS, Incident, LogShows, Told
from lineproof.simulate.examiner import SimulatedExaminer
from lineproof.simulate.network import SimulatedNetwork
from lineproof.simulate.world import World
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.reading import verify_published
from lineproof.transparency.monitor import Monitor

# A Wednesday, at noon.
START = datetime(2026, 7, 1, 12, tzinfo=UTC)


def incident_called(name: str) -> Incident:
    """Give the incident of a name in `INCIDENTS`."""
    incident = importlib.import_module(INCIDENTS[name]).INCIDENT
    if not isinstance(incident, Incident):
        raise TypeError(f"{INCIDENTS[name]}.INCIDENT is no incident")
    return incident


def play(incident: Incident, services: Services, folder: Path) -> Told:
    """Play one incident on an open record, and give how it went.

    services: of a record that was made for this: everything in it is deleted first. folder: where its log is
    published; a folder of its own is made in it.
    """
    call_command("flush", verbosity=0, interactive=False)
    channels = {channel: SimulatedChannel() for channel in (Channel.EMAIL, Channel.SMS)}
    booth, network = SimulatedExaminer(), SimulatedNetwork()
    tiles = TileFolder(folder / incident.name)
    services = replace(services, examiner=booth, network=network, tiles=tiles, messages=dict(channels))
    world = World(services, booth, network, START, random.Random(incident.name))  # noqa: S311 -- repeatable, guards nothing
    scene = Scene(world, channels, world.enrol_agent("ada"))
    incident.run(scene)
    told = Told(incident, tuple(scene.steps), tuple(scene.won), _log_shows(scene))
    connection.close()
    return told


def _log_shows(scene: Scene) -> LogShows:
    """Publish the log, verify what is published, and have a monitor judge it, which has nothing else."""
    services = scene.services
    publish_log(services)
    if services.tiles is None:
        raise AssertionError("the scene publishes its log")
    keys = [one.key for one in read_log_keys(services.keys, read_given_origin())]
    watching = Monitor(at=scene.world.now)
    found = verify_published(services.tiles, keys=keys, visit=watching.add)
    report = watching.finish()
    unjudged = [f"{count} entries of {name} were not judged" for name, count in report.not_judged.items()]
    return LogShows(
        found.entries,
        (*verify_log().problems, *found.problems),
        (*(f"{one.rule.value}: {one.what}" for one in report.findings), *unjudged),
    )
