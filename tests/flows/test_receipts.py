"""Each decision and line has a receipt for its party, once published: checked by the file a court reads."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from lineproof.errors import NotFound
from lineproof.terms import Way
from lineproof.tiles.directory import TileFolder

if TYPE_CHECKING:
    from lineproof.transparency.receipt_file import PartyReceipt
    from tests.flows.desk import Desk


@pytest.fixture
def publishing(desk: "Desk", tmp_path: Path) -> "Desk":
    desk.services = replace(desk.services, tiles=TileFolder(tmp_path / "log"))
    return desk


def publish(desk: "Desk") -> None:
    from lineproof.registry.flows.publish_log import publish_log

    publish_log(desk.services)


def receipt_of(desk: "Desk", about: UUID) -> "PartyReceipt":
    from lineproof.registry.queries.receipts import read_receipt

    return read_receipt(desk.services, about)


def checked(receipt: "PartyReceipt", folder: Path) -> tuple[int, str]:
    """Unpack the archive and do what its READ-ME says, with the key that was trusted."""
    with zipfile.ZipFile(BytesIO(receipt.packed())) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    (command,) = [line for line in (folder / "READ-ME.txt").read_text().splitlines() if "python v" in line]
    arguments = command.replace("KEY", receipt.key.text).split()[1:]
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout


def test_holder_shows_that_their_line_was_registered_and_which(publishing: "Desk", tmp_path: Path):
    done = publishing.register()
    assert done.line is not None
    publish(publishing)
    code, said = checked(receipt_of(publishing, done.line), tmp_path / "line")
    assert (code, said[:6]) == (0, "PROVEN")
    assert '"identifier":"+999555001001"' in said
    code, said = checked(receipt_of(publishing, done.decision_id), tmp_path / "decision")
    assert (code, said[:6]) == (0, "PROVEN")
    assert str(done.decision_id) in said


def test_who_was_refused_by_people_has_a_receipt_of_it_with_its_reasons(publishing: "Desk", tmp_path: Path):
    from tests.flows.desk import RHEA, SOL

    refused = publishing.refuse(publishing.referred(), RHEA, SOL)
    assert refused.decision_id is not None
    publish(publishing)
    receipt = receipt_of(publishing, refused.decision_id)
    entry = json.loads(receipt.entry)
    assert (entry["kind"], entry["outcome"], len(entry["by"])) == ("case_decided", "refused_by_people", 2)
    code, said = checked(receipt, tmp_path / "refused")
    assert (code, '"reasons":["' in said) == (0, True)
    assert "rhea" not in said


def test_who_was_not_verified_has_a_receipt_without_having_a_line(publishing: "Desk", tmp_path: Path):
    from lineproof.decision.finding import Check, failed
    from lineproof.decision.reasons import ReasonCode

    expired = failed(Check.DOCUMENT_IN_DATE, ReasonCode.DOCUMENT_EXPIRED)
    done = publishing.register(publishing.present(way=Way.COUNTER, instead=[expired]))
    assert done.line is None
    publish(publishing)
    assert checked(receipt_of(publishing, done.decision_id), tmp_path / "not-verified")[0] == 0


def test_there_is_none_before_it_is_published(publishing: "Desk"):
    from lineproof.registry.queries.receipts import published_among

    publish(publishing)
    done = publishing.register()
    assert done.line is not None
    assert published_among(publishing.services, [done.line]) == frozenset()
    with pytest.raises(NotFound, match="not published"):
        receipt_of(publishing, done.line)
    publish(publishing)
    assert published_among(publishing.services, [done.line, uuid4()]) == {done.line}


def test_there_is_none_of_what_is_not_on_record(publishing: "Desk"):
    publish(publishing)
    with pytest.raises(NotFound, match="no such decision or line"):
        receipt_of(publishing, uuid4())


def test_opening_of_another_entry_is_not_what_this_one_is_about(publishing: "Desk", tmp_path: Path):
    first = publishing.register()
    from tests.flows.desk import a_mobile

    second = publishing.register(publishing.present(), a_mobile("+999555001002"))
    assert first.line is not None
    assert second.line is not None
    publish(publishing)
    mine, other = receipt_of(publishing, first.line), receipt_of(publishing, second.line)
    for swapped in (replace(mine, salt=other.salt, record=other.record), replace(mine, salt=other.salt)):
        code, said = checked(swapped, tmp_path / swapped.salt.hex()[:8] / str(len(swapped.record)))
        assert (code, "not about" in said) == (1, True)


def test_receipt_goes_with_the_data_that_it_would_show(publishing: "Desk"):
    from datetime import timedelta

    from tests.flows.desk import NOW

    done = publishing.register()
    assert done.line is not None
    assert done.holder is not None
    publish(publishing)
    assert receipt_of(publishing, done.line)
    publishing.end_lines(done.holder, until=NOW + timedelta(seconds=1))
    publishing.erase(done.holder, now=NOW + timedelta(days=400))
    with pytest.raises(NotFound, match="erased"):
        receipt_of(publishing, done.line)
