"""`lineproof models`: what there is, adding a pack, and whether it works."""

from pathlib import Path

import pytest

from lineproof.decision.policy import policy_names
from tests.fakes.model_pack import NAME, small_embedder, small_fields, write_pack

# Each runs the real command in a process of its own; the parts of it have quicker tests elsewhere.
pytestmark = pytest.mark.long

SHIPPED = "yunet-2023mar-sface-2021dec-int8bq"
ITEMS = [
    *("manifest", "licence", "detector_file", "embedder_file", "loads"),
    *("detector_runs", "embedder_runs", "embedder_tells_apart"),
]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "small")


def verdicts(ran) -> dict[str, str]:
    """What became of each item of the only pack that was checked with --json."""
    (checked,) = ran.json["packs"]
    return {item["item"]: item["verdict"] for item in checked["items"]}


def test_list_shows_the_shipped_pack_its_calibration_and_whose_policies_use_it(lineproof, tmp_path):
    ran = lineproof("models", "list", "--record", tmp_path / "record", "--json")
    assert ran.code == 0, ran
    assert ran.json["policies_without"] == []
    (pack,) = ran.json["packs"]
    assert (pack["name"], pack["origin"], pack["dimensions"]) == (SHIPPED, "shipped", 128)
    assert pack["used_by"] == list(policy_names())
    assert pack["licence"].startswith("YuNet: MIT.")
    assert len(pack["calibration"]["points"]) == 4
    assert not (tmp_path / "record").exists(), "looking makes no record"
    shown = lineproof("models", "list", "--record", tmp_path / "record")
    for words in (
        SHIPPED,
        "128 numbers",
        "1e-05",
        "not documented by its authors",
        "cn, generic, in, kr, mx, specimen",
    ):
        assert words in " ".join(shown.out.split())


def test_added_pack_is_listed_and_can_be_checked(lineproof, tmp_path, pack):
    record = ("--record", tmp_path / "record")
    added = lineproof("models", "add", pack, *record, "--json")
    assert added.code == 0, added
    assert added.json == {"name": NAME, "added": True, "folder": str(tmp_path / "record" / "models" / NAME)}
    assert lineproof("models", "add", pack, *record, "--json").json["added"] is False
    listed = lineproof("models", "list", *record, "--json").json["packs"]
    assert [(p["name"], p["origin"], p["used_by"]) for p in listed][1] == (NAME, "added", [])
    checked = lineproof("models", "check", NAME, *record, "--json")
    assert checked.code == 0, checked
    assert list(verdicts(checked)) == ITEMS
    assert set(verdicts(checked).values()) == {"good"}


def test_check_of_the_shipped_pack_says_that_it_is_usable(lineproof, tmp_path):
    ran = lineproof("models", "check", "--record", tmp_path / "record")
    assert ran.code == 0, ran
    for words in (SHIPPED, "the drawn face was found", "128 numbers", "usable"):
        assert words in " ".join(ran.out.split())


def test_folder_can_be_checked_before_it_is_added(lineproof, pack):
    ran = lineproof("models", "check", f"{pack}/", "--json")
    assert ran.code == 0, ran
    assert ran.json["packs"][0]["origin"] == "folder"


def test_check_of_an_exchanged_file_says_which_one_and_tries_nothing_with_it(lineproof, pack):
    (pack / "models" / "embedder.onnx").write_bytes(small_embedder(dimensions=48))
    ran = lineproof("models", "check", f"{pack}/", "--json")
    assert ran.code == 3, ran
    said = verdicts(ran)
    assert (said["embedder_file"], said["detector_file"], said["licence"]) == ("bad", "good", "good")
    assert said["loads"] == said["embedder_runs"] == "not_tried"
    shown = lineproof("models", "check", f"{pack}/")
    assert shown.code == 3
    assert "NOT USABLE" in shown.out
    assert "digest differs" in " ".join(shown.out.split())


def test_check_of_an_embedder_of_another_length_says_both_lengths(lineproof, tmp_path):
    folder = write_pack(tmp_path / "p", embedder=small_embedder(dimensions=48))
    ran = lineproof("models", "check", folder, "--json")
    assert ran.code == 3, ran
    assert verdicts(ran)["embedder_runs"] == "bad"
    assert "48 numbers" in ran.out
    assert verdicts(ran)["embedder_tells_apart"] == "not_tried"


def test_check_of_an_embedder_to_which_everybody_is_everybody_is_not_usable(lineproof, tmp_path):
    """Means and scales so far off that the pixels hardly count."""
    folder = write_pack(tmp_path / "p", small_fields(mean=[9e4, 8e4, 7e4]))
    ran = lineproof("models", "check", folder, "--json")
    assert ran.code == 3, ran
    assert verdicts(ran)["embedder_tells_apart"] == "bad"


def test_pack_that_is_broken_is_listed_with_its_problem_and_makes_check_fail(lineproof, tmp_path):
    models = tmp_path / "record" / "models"
    write_pack(models / NAME, {**small_fields(), "threshold": 0.5})
    listed = lineproof("models", "list", "--record", tmp_path / "record")
    assert listed.code == 0, listed
    assert "threshold is not a key" in " ".join(listed.out.split())
    ran = lineproof("models", "check", "--record", tmp_path / "record", "--json")
    assert ran.code == 3, ran
    assert [pack["ok"] for pack in ran.json["packs"]] == [True, False]


def test_what_cannot_be_added_is_refused_in_one_sentence(lineproof, tmp_path, pack):
    record = ("--record", tmp_path / "record")
    lineproof("models", "add", tmp_path / "nowhere", *record).refuses("pack.toml", "cannot be read")
    (pack / "LICENCE.txt").write_text("another licence")
    lineproof("models", "add", pack, *record).refuses(NAME, "LICENCE.txt", "digest differs")
    assert not (tmp_path / "record").exists()
    ran = lineproof("models", "add", pack, *record, "--json")
    assert set(ran.json) == {"error", "remedy"}


def test_different_pack_of_the_same_name_is_refused(lineproof, tmp_path, pack):
    record = ("--record", tmp_path / "record")
    assert lineproof("models", "add", pack, *record).code == 0
    other = write_pack(tmp_path / "other", small_fields(mirrored=True))
    lineproof("models", "add", other, *record).refuses("Another model pack", "another name in its pack.toml")


def test_full_disk_leaves_no_half_of_a_pack(lineproof, tmp_path, pack):
    ran = lineproof("models", "add", pack, "--record", tmp_path / "record", most_bytes=1000)
    ran.refuses("cannot be added", "nothing was added")
    assert list((tmp_path / "record" / "models").iterdir()) == []


def test_pack_that_is_not_here_is_refused_and_those_that_are_are_named(lineproof, tmp_path):
    ran = lineproof("models", "check", "nowhere", "--record", tmp_path / "record")
    ran.refuses("'nowhere'", SHIPPED)
    lineproof("models", "check", "./nowhere").refuses("pack.toml")


@pytest.mark.parametrize("arguments", [["models", "add"], ["models", "check", "a", "b"], ["models", "fly"]])
def test_senseless_options_are_a_usage_error(lineproof, arguments):
    assert lineproof(*arguments).code == 2
