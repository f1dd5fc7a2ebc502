"""Drawn people to measure."""

import pytest

from tests.fakes.drawn_people import DrawnPeople, draw_people


@pytest.fixture(scope="session")
def drawn_people(tmp_path_factory: pytest.TempPathFactory) -> DrawnPeople:
    """Thirteen drawn people with two photographs each."""
    return draw_people(tmp_path_factory.mktemp("people"))
