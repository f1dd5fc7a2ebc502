"""One digest over every model that a booth has loaded: it stands in the log's entry of every decision.

Each model was checked against its own digest when it was loaded; this says which ones they were.
"""

import hashlib

from lineproof.booth.examine import Kit
from lineproof.imaging.mrz_networks import model_card
from lineproof.imaging.printed_text import DETECTOR, RECOGNISER

_ZONE_NETWORKS = ("finder", "reader", "teller")


def models_digest(kit: Kit) -> str:
    """Give SHA-256, hexadecimal, over lines of name and digest: pack, zone's networks, print's models."""
    named = [("pack " + kit.models.pack.name, kit.models.pack.digest)]
    named += [(name, str(model_card(name)["sha256"])) for name in _ZONE_NETWORKS]
    if kit.printed is not None:
        named += [DETECTOR, RECOGNISER]
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in named).encode()).hexdigest()
