"""How soon an entry is published: as the policy pack says, and whoever serves is told when it is not."""

import io
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lineproof.ports import Services
from lineproof.terms import StaffName, StaffRole
from lineproof.tiles.directory import TileFolder
from tests.fakes.holders import NOW


def a_policy(services: Services, seconds: int) -> Services:
    """Give services under a pack that has entries published within so many seconds."""
    log = replace(services.policy.log, publish_within_s=seconds)
    return replace(services, policy=replace(services.policy, log=log))


@pytest.fixture
def with_an_entry(services: Services, tmp_path: Path) -> Services:
    """A record with one entry, of NOW, whose log has no name; entries are to be published within 60 s."""
    from django.core.management import call_command

    from lineproof.registry.flows.enrol_staff import enrol_staff

    call_command("flush", verbosity=0, interactive=False)
    enrol_staff(services, StaffName("vic"), StaffRole.REVIEWER, public_key=None, now=NOW)
    return a_policy(replace(services, tiles=TileFolder(tmp_path / "late")), 60)


def told_at(services: Services, seconds: float, told: str = "", *, names: bool = False) -> tuple[str, str]:
    """Publish so many seconds after NOW; give what publishing says, and what it wrote."""
    from lineproof.web.publishing import publish_once

    with redirect_stderr(io.StringIO()) as written:
        said = publish_once(services, names=names, told=told, clock=lambda: NOW + timedelta(seconds=seconds))
    return said, written.getvalue()


def test_entry_that_waits_longer_than_the_pack_says_is_told_once(with_an_entry: Services):
    assert told_at(with_an_entry, 0) == ("", "")
    assert told_at(with_an_entry, 60) == ("", "")
    said, written = told_at(with_an_entry, 61)
    assert said == written
    assert written == (
        "lineproof: an entry waits to be published for longer than the 60 s of the policy pack specimen. "
        "Name the log: lineproof log origin NAME\n"
    )
    assert told_at(with_an_entry, 600, said) == (said, "")


def test_entries_that_are_published_do_not_wait(with_an_entry: Services):
    said, _ = told_at(with_an_entry, 0)
    assert told_at(with_an_entry, 3600, said, names=True) == ("", "")
    assert told_at(with_an_entry, 7200, said) == ("", "")


def test_lateness_is_told_with_what_keeps_the_log_from_being_published(
    with_an_entry: Services, tmp_path: Path
):
    told_at(with_an_entry, 0, names=True)
    from lineproof.registry.flows.enrol_staff import enrol_staff

    enrol_staff(with_an_entry, StaffName("wim"), StaffRole.REVIEWER, public_key=None, now=NOW)
    (tmp_path / "late" / "tile" / "0" / "000.p" / "2").mkdir()  # in the way
    said, _ = told_at(with_an_entry, 50)
    assert "the log is not published" in said
    assert "waits" not in said
    said, written = told_at(with_an_entry, 61, said)
    assert said == written
    assert "the log is not published" in said
    assert "See whether the disk has room." in said


@pytest.mark.parametrize(("within", "every"), [(5, 2.5), (8, 4), (10, 5), (60, 5), (86_400, 5)])
def test_publisher_looks_twice_within_the_packs_time_and_every_five_seconds_at_least(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within: int, every: float
):
    from lineproof.web import publishing

    def pause(seconds: float) -> None:
        assert seconds == every
        raise SystemExit

    monkeypatch.setattr(publishing.time, "sleep", pause)
    with pytest.raises(SystemExit):
        publishing.keep_published(
            a_policy(replace(services, tiles=TileFolder(tmp_path / "log")), within), names=True
        )
