"""Which channels there are is said by the environment; what names none is refused by its variable's name."""

from pathlib import Path

import pytest

from lineproof import wiring
from lineproof.errors import Malformed
from lineproof.line.delivery import Channel
from lineproof.vault.file import open_vault

VARIABLES = ("LINEPROOF_SMTP", "LINEPROOF_SMTP_FROM", "LINEPROOF_SMTP_PASSWORD_FILE", "LINEPROOF_SMS_HOOK")
MAIL = {"LINEPROOF_SMTP": "smtps://mail.example", "LINEPROOF_SMTP_FROM": "notices@operator.example"}
HOOK = {"LINEPROOF_SMS_HOOK": "https://sms.example/send"}


@pytest.fixture
def channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Gives the channels of an environment."""

    def wired(**environment: str) -> set[Channel]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return set(wiring._channels(open_vault(tmp_path / "vault")))

    return wired


def test_without_a_word_in_the_environment_there_is_no_channel(channels):
    assert channels() == set()


def test_each_channel_is_there_by_its_own_word(channels):
    assert channels(**MAIL) == {Channel.EMAIL}
    assert channels(**HOOK) == {Channel.SMS}
    assert channels(**MAIL, **HOOK) == {Channel.EMAIL, Channel.SMS}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"LINEPROOF_SMTP": "smtps://mail.example"}, "LINEPROOF_SMTP_FROM is no e-mail address"),
        ({**MAIL, "LINEPROOF_SMTP_FROM": "nobody"}, "LINEPROOF_SMTP_FROM is no e-mail address"),
        ({**MAIL, "LINEPROOF_SMTP": "mail.example"}, "LINEPROOF_SMTP names no mail server"),
        ({**MAIL, "LINEPROOF_SMTP": "smtps://a@mail.example"}, "there is no password"),
        ({**MAIL, "LINEPROOF_SMTP_PASSWORD_FILE": "/gone"}, "PASSWORD_FILE names cannot be read"),
        ({"LINEPROOF_SMS_HOOK": "http://sms.example"}, "LINEPROOF_SMS_HOOK is not the address"),
    ],
)
def test_what_names_no_channel_is_refused_by_the_name_of_its_variable(
    channels, environment: dict[str, str], named: str
):
    with pytest.raises(Malformed, match=named):
        channels(**environment)


def test_password_is_read_from_a_file_that_nobody_else_can_read(channels, tmp_path: Path):
    file = tmp_path / "password"
    file.write_text("secret\n")
    named = {
        **MAIL,
        "LINEPROOF_SMTP": "smtps://a@mail.example",
        "LINEPROOF_SMTP_PASSWORD_FILE": str(file),
    }
    file.chmod(0o640)
    with pytest.raises(Malformed, match="read by others"):
        channels(**named)
    file.chmod(0o600)
    assert channels(**named) == {Channel.EMAIL}
