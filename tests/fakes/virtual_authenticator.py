"""A device of a browser's own that makes sure of its user, and holds passkeys; it is Chromium's."""

from typing import Any


def give_authenticator(page: Any) -> None:
    """Let a page of Chromium make passkeys and use them, as if its user confirmed each time."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
