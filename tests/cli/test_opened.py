"""A pack of one's own is taken wherever a command says that it takes one."""

import click
import pytest
from click.testing import CliRunner

from lineproof.cli import options
from lineproof.cli.main import COMMANDS, lineproof
from lineproof.errors import NotFound


def leaves(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    """List a command, or those of a group, by what is typed."""
    if isinstance(command, click.Group):
        return [
            leaf
            for each in command.list_commands(click.Context(command))
            if (found := command.get_command(click.Context(command), each)) is not None
            for leaf in leaves(found, f"{name} {each}")
        ]
    return [(name, command)]


ALL = [
    leaf
    for name in COMMANDS
    if (command := lineproof.get_command(click.Context(lineproof), name)) is not None
    for leaf in leaves(command, name)
]
WITH_PACK = {
    name: command
    for name, command in ALL
    if any("FILE" in (each.metavar or "") and each.name == "policy" for each in command.params)
}
SESSION, NUMBER = "4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11", "+999555001001"


def test_some_commands_take_a_pack():
    assert len(WITH_PACK) > 20


@pytest.mark.parametrize("name", ["lines surrender", "port late", "port due", "sim due", "transfer due"])
def test_pack_that_is_no_file_is_not_found_and_said_so(name: str, tmp_path):
    """Before, some took its name for one that comes with Lineproof, and said that there is none."""
    command, missing = WITH_PACK[name], tmp_path / "mine.toml"
    arguments = [NUMBER, "--session", SESSION] if name == "lines surrender" else []
    ran = CliRunner().invoke(
        command, [*arguments, "--policy", str(missing), "--record", str(tmp_path / "record")]
    )
    assert isinstance(ran.exception, NotFound)
    assert "mine.toml cannot be read" in ran.exception.what
    assert not (tmp_path / "record").exists()


def test_options_of_who_presents_themselves_are_the_same_for_every_command():
    wanted = ["document", "capture", "way", "attended_by", "policy", "record", "as_json"]
    assert [each.name for each in dict(ALL)["verify"].params] == wanted
    papers = ["permit_until", "for_organisation", "register_name", "register_number"]
    assert [each.name for each in dict(ALL)["holders verify"].params] == [*wanted, *papers]
    assert set(wanted) < {each.name for each in dict(ALL)["port in"].params}


def test_options_come_in_the_order_in_which_they_are_told():
    @click.command()
    @options.on_a_record
    def some(policy: str, record: object, as_json: bool) -> None:
        """Do nothing."""

    assert [each.name for each in some.params] == ["policy", "record", "as_json"]
