"""The desk at which every procedure is tried."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof.ports import Services

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@pytest.fixture
def desk(services: Services, tmp_path: Path) -> "Desk":
    """An empty record with its staff enrolled, and everything outside it in a test's hand."""
    from tests.flows.desk import Desk

    return Desk.opened(services, tmp_path)
