"""The languages that notices are written in, by their tags (BCP 47, RFC 5646)."""

from enum import Enum
from typing import Self


class Language(Enum):
    """A language that every notice has its sentences in. English is the source; the others are ours."""

    ENGLISH = "en"
    HINDI = "hi"
    KOREAN = "ko"
    SPANISH = "es"
    CHINESE = "zh-Hans"
    ARABIC = "ar"

    @classmethod
    def of(cls, tag: str) -> Self:
        """Give the language of a tag such as "es-MX"; English where there is none of ours.

        What is nearest is taken by the primary subtag: "zh-TW" is answered in simplified characters.
        """
        primary = tag.strip().lower().replace("_", "-").split("-")[0]
        return next((one for one in cls if one.value.split("-")[0] == primary), cls("en"))

    @property
    def is_right_to_left(self) -> bool:
        """Tell whether it is written from right to left."""
        return self is Language.ARABIC
