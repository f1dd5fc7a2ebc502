"""What browser tests of several modules have: the pages as they are served, and browsers before a camera."""

from tests.browser.serving import opened, serving

__all__ = ["opened", "serving"]
