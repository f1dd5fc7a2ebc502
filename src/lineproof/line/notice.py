"""What a notice must contain: what happened, what the holder can do, and how to object.

These sentences, in English, are the source; `wording` has them in the other languages.
"""

from dataclasses import dataclass
from enum import Enum


class NoticeKind(Enum):
    """The notices there are. RESTRICTION, SUSPENSION and TERMINATION announce what follows their deadline."""

    LINE_REGISTERED = "line_registered"
    DOCUMENT_LINKED = "document_linked"
    DOCUMENT_CONTESTED = "document_contested"
    DOCUMENT_SETTLED = "document_settled"
    DATA_ERASED = "data_erased"
    SIM_REPLACEMENT_ASKED = "sim_replacement_asked"
    SIM_REPLACED = "sim_replaced"
    SIM_REPLACEMENT_STOPPED = "sim_replacement_stopped"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_ACCEPTED = "transfer_accepted"
    LINE_TRANSFERRED = "line_transferred"
    TRANSFER_ENDED = "transfer_ended"
    PORT_OUT_ASKED = "port_out_asked"
    PORT_OUT_ENDED = "port_out_ended"
    LINE_PORTED_OUT = "line_ported_out"
    LINE_DISPUTED = "line_disputed"
    DISPUTE_RECEIVED = "dispute_received"
    DISPUTE_DECIDED = "dispute_decided"
    LINE_SURRENDERED = "line_surrendered"
    LINE_IMPORTED = "line_imported"
    REGISTRATION_ENDS = "registration_ends"
    RESTRICTION = "restriction"
    SUSPENSION = "suspension"
    TERMINATION = "termination"
    LINE_RESTRICTED = "line_restricted"
    LINE_SUSPENDED = "line_suspended"
    LINE_TERMINATED = "line_terminated"
    LINE_RESTORED = "line_restored"
    CORRECTION_EXTENDED = "correction_extended"
    APPEAL_RECEIVED = "appeal_received"
    APPEAL_DECIDED = "appeal_decided"
    PORT_IN_REFUSED = "port_in_refused"
    PORT_IN_LATE = "port_in_late"
    CONTACT_CHANGED = "contact_changed"
    PASSKEYS_CHANGED = "passkeys_changed"
    LINE_TAKEN_OVER = "line_taken_over"
    SIGNATORY_CHANGED = "signatory_changed"


class NoticeState(Enum):
    """Whether a notice reached its holder. GIVEN: on record and on the holder's page, and on its way.

    UNDELIVERED: every attempt that the policy asks for has failed, or its deadline came first. It is final:
    whoever reads it later was not told in time. `delivery` has the table.
    """

    GIVEN = "given"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The sentences of a notice; none may be empty but wrong. A notice that needs no act has no deadline.

    wrong: of a correction, its cause, where that is told.
    """

    subject: str
    happened: str
    remedy: str
    objection: str
    wrong: str = ""

    def __post_init__(self) -> None:
        """Refuse a notice that leaves out what the law wants said."""
        if not all((self.subject, self.happened, self.remedy, self.objection)):
            raise ValueError("a notice says what happened, what to do and how to object")

    @property
    def text(self) -> str:
        """Give the body as one text, a paragraph for each sentence."""
        return "\n\n".join(filter(None, (self.happened, self.wrong, self.remedy, self.objection)))


# What is told of a correction that has a cause, and what of it is to be put right.
OF_CORRECTION = frozenset(
    {
        NoticeKind.RESTRICTION,
        NoticeKind.SUSPENSION,
        NoticeKind.TERMINATION,
        NoticeKind.LINE_RESTRICTED,
        NoticeKind.LINE_SUSPENDED,
        NoticeKind.LINE_TERMINATED,
        NoticeKind.CORRECTION_EXTENDED,
    }
)
# Where the cause is not told: to a line that others may read, and once the correction was erased.
_ELSE = "If something else is wrong, they tell you at any counter what it is, and what helps."
_OBJECTION = "If this was not you, say so at any counter. It costs nothing."

NOTICES: dict[NoticeKind, NoticeText] = {
    NoticeKind.LINE_REGISTERED: NoticeText(
        "A line was registered in your name",
        "A line was registered in your name after your document was verified.",
        "Nothing needs to be done if you asked for it. You can see it among your lines. Where a time is "
        "given here, it is registered until then: to keep it longer, show your document again.",
        _OBJECTION,
    ),
    NoticeKind.REGISTRATION_ENDS: NoticeText(
        "The registration of your line ends soon",
        "Your line is registered until the time given here. It is not cut by that alone: if anything is to "
        "be done to it, you are told before, and have time to act.",
        "To keep it, show your document at any counter, or by face. If you have a permit to stay longer, "
        "show it at a counter.",
        "If you think that the time is wrong, say so at any counter. It costs nothing.",
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
    NoticeKind.DOCUMENT_SETTLED: NoticeText(
        "It was settled whose a document is",
        "Two people settled what was unclear about a document, or about who you are. Your lines stay.",
        "Ask at any counter what was settled and why. If you are asked to come, bring your documents.",
        "If you think that it is wrong, appeal at any counter. Somebody else decides. It costs nothing.",
    ),
    NoticeKind.DATA_ERASED: NoticeText(
        "What need not be kept about you was erased",
        "At your request, everything about you that need not be kept was erased. It cannot be brought back.",
        "Nothing needs to be done. What is kept, until when and why was told with the answer to it.",
        "If you did not ask for it, or think that more must go, say so at any counter. It costs nothing.",
    ),
    NoticeKind.SIM_REPLACEMENT_ASKED: NoticeText(
        "Another SIM card was asked for",
        "Another SIM card was asked for, for your line. It is switched on at the time given here, and not "
        "before.",
        "Nothing needs to be done if you asked for it.",
        "If this was not you, say so before then, at any counter: the card is not switched on.",
    ),
    NoticeKind.SIM_REPLACED: NoticeText(
        "Your line is on another SIM card",
        "Your line was moved to another SIM card. For some days it cannot be taken to another operator or "
        "passed on.",
        "Nothing needs to be done if you asked for it. The old card does not work any more.",
        _OBJECTION,
    ),
    NoticeKind.SIM_REPLACEMENT_STOPPED: NoticeText(
        "The other SIM card is not switched on",
        "The other SIM card that was asked for is not switched on. Your line stays on the card it is on.",
        "Nothing needs to be done. If you do need another card, ask for it again.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
    NoticeKind.TRANSFER_OFFERED: NoticeText(
        "A line is offered for transfer",
        "A line that you hold, or that somebody wants to pass on to you, was offered for transfer. It "
        "works as before.",
        "If you are to receive it, accept by the time given here. If you do not, it stays where it is.",
        "If you do not want it, say so at any counter, whether you hold the line or are to receive it. It "
        "costs nothing.",
    ),
    NoticeKind.TRANSFER_ACCEPTED: NoticeText(
        "A transfer was accepted",
        "The transfer of a line was accepted by both. The line changes hands at the time given here, and "
        "not before.",
        "Nothing needs to be done if you want it.",
        "Until then either of you can take it back, at any counter. It costs nothing.",
    ),
    NoticeKind.LINE_TRANSFERRED: NoticeText(
        "A line changed hands",
        "A line was transferred from one holder to another, who were both verified.",
        "Nothing needs to be done. From now on it stands among the lines of its new holder alone. Where a "
        "time is given here, it is registered in their name until then.",
        _OBJECTION,
    ),
    NoticeKind.TRANSFER_ENDED: NoticeText(
        "A transfer was ended",
        "The transfer of a line was ended. The line stays with its holder, and works as before.",
        "Nothing needs to be done. It can be offered again.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
    NoticeKind.PORT_OUT_ASKED: NoticeText(
        "Your number is to go to another operator",
        "Somebody asked that your number be taken to another operator.",
        "Nothing needs to be done if you asked for it.",
        "If this was not you, say so before the time given here, at any counter: the number stays.",
    ),
    NoticeKind.PORT_OUT_ENDED: NoticeText(
        "Your number stays",
        "Your number is not taken to another operator. Your line works as before.",
        "Nothing needs to be done. If you do want it to go, ask for it again.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
    NoticeKind.LINE_PORTED_OUT: NoticeText(
        "Your number went to another operator",
        "Your number was taken to another operator. The line has ended here.",
        "Nothing needs to be done if you asked for it.",
        _OBJECTION,
    ),
    NoticeKind.LINE_DISPUTED: NoticeText(
        "A line is disputed",
        "Somebody who was verified says that a line you use or hold is registered in the wrong name. It "
        "works as before.",
        "Say by the time given here what you know of it, at any counter, so that you are heard before it "
        "is decided.",
        "Nothing is decided by this. Two people decide and tell you why; you can appeal at any counter.",
    ),
    NoticeKind.DISPUTE_RECEIVED: NoticeText(
        "Your dispute was received",
        "You said that a line in your name is not yours, or that you do not need it. People look into it.",
        "Nothing needs to be done. You are told what is decided by the time given here, and why.",
        "You can take it back at any counter until then. It costs nothing.",
    ),
    NoticeKind.DISPUTE_DECIDED: NoticeText(
        "A dispute was decided",
        "Two people decided the dispute about a line. Their reasons are on your page, and at any counter.",
        "Do what the decision says, if it asks anything of you.",
        "If you think that it is wrong, appeal by the time given here, at any counter. Somebody else "
        "decides. It costs nothing.",
    ),
    NoticeKind.LINE_SURRENDERED: NoticeText(
        "A line was given up",
        "A line in your name was given up. It is switched off, and its number is given to nobody for a "
        "while.",
        "Nothing needs to be done if you asked for it.",
        "If this was not you, say so at any counter: as long as the number is nobody's, the line can be "
        "given back.",
    ),
    NoticeKind.LINE_IMPORTED: NoticeText(
        "A line of yours is on this record",
        "A line in your name was brought in from the records that were kept before. Nothing about it has "
        "changed.",
        "Look whether it is yours. If your identity was not verified when it was registered, you are told "
        "so by itself.",
        _OBJECTION,
    ),
    NoticeKind.RESTRICTION: NoticeText(
        "Calls from your line are to be barred",
        "Something is not right with the registration of your line. Unless it is put right, you cannot "
        "call from it after the time given here. You can be called, and you can call for help.",
        "Show your document at any counter, or by face. If only your verification is missing, this stops as "
        f"soon as you are verified. {_ELSE}",
        "If you think that this is wrong, appeal at any counter: nothing is done while it is open. If you "
        "are abroad, in hospital or cannot come because of a disability, say so, and you have longer.",
    ),
    NoticeKind.SUSPENSION: NoticeText(
        "Your line is to be suspended",
        "Something is not right with the registration of your line. Unless it is put right, it is "
        "suspended after the time given here. You can always call for help, and call us.",
        "Show your document at any counter, or by face. If only your verification is missing, this stops as "
        f"soon as you are verified. {_ELSE}",
        "If you think that this is wrong, appeal at any counter: nothing is done while it is open. If you "
        "are abroad, in hospital or cannot come because of a disability, say so, and you have longer.",
    ),
    NoticeKind.TERMINATION: NoticeText(
        "Your line is to be ended",
        "Something is not right with the registration of your line. Unless it is put right, it ends after "
        "the time given here, and its number may later be given to somebody else.",
        "Show your document at any counter, or by face. If only your verification is missing, the line "
        f"works again as soon as you are verified. {_ELSE}",
        "If you think that this is wrong, appeal at any counter: nothing is done while it is open. If you "
        "are abroad, in hospital or cannot come because of a disability, say so, and you have longer.",
    ),
    NoticeKind.LINE_RESTRICTED: NoticeText(
        "You cannot call from your line",
        "Two people barred calls from your line, since what was wrong with its registration was not put "
        "right in time.",
        "Show your document at any counter, or by face. If only your verification is missing, the line "
        f"works as before as soon as you are verified. {_ELSE}",
        "If you think that this is wrong, appeal at any counter. Somebody else decides. It costs nothing.",
    ),
    NoticeKind.LINE_SUSPENDED: NoticeText(
        "Your line is suspended",
        "Two people suspended your line, since what was wrong with its registration was not put right in "
        "time. You can call for help, and call us.",
        "Show your document at any counter, or by face. If only your verification is missing, the line "
        f"works as before as soon as you are verified. {_ELSE}",
        "If you think that this is wrong, appeal at any counter. Somebody else decides. It costs nothing.",
    ),
    NoticeKind.LINE_TERMINATED: NoticeText(
        "Your line has ended",
        "Two people ended your line, since what was wrong with its registration was not put right in time.",
        "As long as its number is nobody's, it can be given back: show your document at any counter.",
        "If you think that this is wrong, appeal by the time given here, at any counter. Somebody else "
        "decides. It costs nothing.",
    ),
    NoticeKind.LINE_RESTORED: NoticeText(
        "Your line works as before",
        "What was announced or done because of the registration of your line is undone.",
        "Nothing needs to be done.",
        "If something still does not work, say so at any counter. It costs nothing.",
    ),
    NoticeKind.CORRECTION_EXTENDED: NoticeText(
        "You have longer",
        "The time that you have to put right the registration of your line was made longer.",
        "Show your document by the time given here, at any counter, or by face.",
        "If it is still too short, say so at any counter. It costs nothing.",
    ),
    NoticeKind.APPEAL_RECEIVED: NoticeText(
        "An appeal was received",
        "You appealed, or somebody else whom it concerns. Somebody who had no part in the decision looks at "
        "it. Until then nothing more is done.",
        "Nothing needs to be done. You are told what is decided by the time given here, and why.",
        "You can add what you want to be considered, at any counter. It costs nothing.",
    ),
    NoticeKind.APPEAL_DECIDED: NoticeText(
        "An appeal was decided",
        "Somebody who had no part in the decision looked at it. What they decided and why is on your page, "
        "and at any counter.",
        "Do what the decision says, if it asks anything of you.",
        "If you think that it is still wrong, any counter tells you which authority or court you can turn "
        "to.",
    ),
    NoticeKind.PORT_IN_REFUSED: NoticeText(
        "Your number does not come to us",
        "The operator that your number is with did not let it go. It stays there, and the line that was "
        "registered for it here has ended.",
        "Ask that operator why. When it is settled, apply for the line again.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
    NoticeKind.PORT_IN_LATE: NoticeText(
        "Your number has not come to us yet",
        "The operator that your number is with has not let it go in the time that the rules give it. It "
        "works there as before.",
        "Nothing needs to be done here: the line is switched on when that operator lets the number go. You "
        "can ask it why it takes so long.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
    NoticeKind.CONTACT_CHANGED: NoticeText(
        "Where your notices go was changed",
        "An address or a number to which your notices go was added or taken away, by somebody who was "
        "verified as you.",
        "Nothing needs to be done if it was you. Where your notices go is told to you at any counter.",
        _OBJECTION,
    ),
    NoticeKind.PASSKEYS_CHANGED: NoticeText(
        "A passkey to your lines was changed",
        "A passkey that shows the lines in your name was added or taken away, on a page that was opened as "
        "yours.",
        "Nothing needs to be done if it was you. Your page shows which passkeys there are; any can be taken "
        "away there.",
        _OBJECTION,
    ),
    NoticeKind.LINE_TAKEN_OVER: NoticeText(
        "A line was taken over by who uses it",
        "A line that was registered in the wrong name is registered in the name of who uses it now, who was "
        "verified. It works as before.",
        "Nothing needs to be done. From now on it stands among the lines of its new holder alone.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
    NoticeKind.SIGNATORY_CHANGED: NoticeText(
        "Somebody else signs for an organisation's line",
        "A line that is registered for an organisation is in the name of another of its signatories now, who "
        "was verified. It works as before.",
        "Nothing needs to be done. From now on it stands among the lines of its new signatory alone.",
        "If you think that this is wrong, say so at any counter. It costs nothing.",
    ),
}
