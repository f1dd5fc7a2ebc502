"""What a notice must contain: what happened, what the holder can do, and how to object."""

from dataclasses import dataclass
from enum import Enum


class NoticeKind(Enum):
    """The notices of this version."""

    LINE_REGISTERED = "line_registered"
    DOCUMENT_LINKED = "document_linked"
    DOCUMENT_CONTESTED = "document_contested"
    DATA_ERASED = "data_erased"


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The sentences of a notice; none may be empty. A notice that needs no act has no deadline."""

    subject: str
    happened: str
    remedy: str
    objection: str

    def __post_init__(self) -> None:
        """Refuse a notice that leaves out what the law wants said."""
        if not all((self.subject, self.happened, self.remedy, self.objection)):
            raise ValueError("a notice says what happened, what to do and how to object")

    @property
    def text(self) -> str:
        """Give the body as one text of three paragraphs."""
        return f"{self.happened}\n\n{self.remedy}\n\n{self.objection}"


_OBJECTION = "If this was not you, say so at any counter. It costs nothing."

NOTICES: dict[NoticeKind, NoticeText] = {
    NoticeKind.LINE_REGISTERED: NoticeText(
        "A line was registered in your name",
        "A line was registered in your name after your document was verified.",
        "Nothing needs to be done if you asked for it. You can see it among your lines.",
        _OBJECTION,
    ),
    NoticeKind.DOCUMENT_LINKED: NoticeText(
        "A document was linked to you",
        "A further identity document was linked to the lines you hold.",
        "Nothing needs to be done if you asked for it.",
        _OBJECTION,
    ),
    NoticeKind.DOCUMENT_CONTESTED: NoticeText(
        "A document of yours was presented by somebody else",
        "A document bound to you was also presented by another holder. Your lines stay as they are.",
        "A person is looking at it and will ask you if anything is needed.",
        "You can bring the document to any counter and have it settled there.",
    ),
    NoticeKind.DATA_ERASED: NoticeText(
        "What need not be kept about you was erased",
        "At your request, everything about you that need not be kept was erased. It cannot be brought back.",
        "Nothing needs to be done. What is kept, until when and why was told with the answer to it.",
        "If you did not ask for it, or think that more must go, say so at any counter. It costs nothing.",
    ),
}
