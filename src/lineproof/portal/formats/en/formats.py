"""How a day is written in English: as letters write it. Other languages have Django's own formats."""

DATE_FORMAT = "j F Y"
