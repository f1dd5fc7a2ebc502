"""What is applied for, as a value that can be sealed into a case until people have decided."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lineproof.decision.organisation import Organisation
from lineproof.document.fields import IdentityDocument
from lineproof.line.porting import OperatorName
from lineproof.line.request import LineRequest
from lineproof.registry.personal import Json
from lineproof.terms import AccessId, HolderId, Iccid, LineKind, Msisdn, SessionId


@dataclass(frozen=True, slots=True)
class RegisterApplication:
    """A line in the name of the holder of a document.

    terms_version: of the contract's terms, which the applicant accepted; "" where nobody said so.
    from_operator: where its number is to come from; None for a number of ours. permit_until: the last day of
    a permit to stay that an agent has seen; None without one. for_minor: a minor uses it, whose guardian the
    applicant is, as an agent has seen. organisation: for which the applicant signs, as an agent has seen.
    """

    document: IdentityDocument
    request: LineRequest
    terms_version: str = ""
    from_operator: OperatorName | None = None
    permit_until: date | None = None
    for_minor: bool = False
    organisation: Organisation | None = None


@dataclass(frozen=True, slots=True)
class LinkApplication:
    """A further document for a holder."""

    document: IdentityDocument
    holder: HolderId


@dataclass(frozen=True, slots=True)
class VerifyApplication:
    """To be known as the holder of a document, for a procedure that rests on it. permit_until: as above."""

    document: IdentityDocument
    session: SessionId
    permit_until: date | None = None


Application = RegisterApplication | LinkApplication | VerifyApplication


def to_json(application: Application) -> Json:
    """Give an application as flat JSON, to be sealed."""
    document = application.document
    flat: Json = {
        "kind": document.kind,
        "issuer": document.issuer,
        "number": document.number,
        "surname": document.surname,
        "given_names": document.given_names,
        "nationality": document.nationality,
        "born_on": _day(document.born_on),
        "sex": document.sex,
        "expires_on": document.expires_on.isoformat(),
        "personal_number": document.personal_number,
    }
    match application:
        case LinkApplication():
            flat["link_to_holder"] = str(application.holder)
        case VerifyApplication():
            flat["verified_in_session"] = str(application.session)
            flat["permit_until"] = _day(application.permit_until)
        case RegisterApplication():
            flat["line_kind"] = application.request.kind.value
            flat["line"] = application.request.name
            flat["detail"] = application.request.detail
            flat["terms"] = application.terms_version
            flat["permit_until"] = _day(application.permit_until)
            if application.for_minor:
                flat["for_minor"] = "yes"
            if application.organisation is not None:
                flat["organisation"] = application.organisation.name
                flat["register"] = application.organisation.register
                flat["register_number"] = application.organisation.number
            if application.from_operator is not None:
                flat["from_operator"] = application.from_operator.text
    return flat


def from_json(flat: Json) -> Application:
    """Read back what `to_json` gave."""
    permit_until = _read_day(flat.get("permit_until"))
    document = IdentityDocument(
        kind=flat["kind"] or "",
        issuer=flat["issuer"] or "",
        number=flat["number"] or "",
        surname=flat["surname"] or "",
        given_names=flat["given_names"] or "",
        nationality=flat["nationality"] or "",
        born_on=_read_day(flat["born_on"]),
        sex=flat["sex"] or "",
        expires_on=date.fromisoformat(flat["expires_on"] or ""),
        personal_number=flat["personal_number"] or "",
    )
    link_to = flat.get("link_to_holder")
    if link_to is not None:
        return LinkApplication(document, HolderId(UUID(link_to)))
    session = flat.get("verified_in_session")
    if session is not None:
        return VerifyApplication(document, SessionId(UUID(session)), permit_until)
    line, detail, operator = flat["line"] or "", flat["detail"] or "", flat.get("from_operator")
    mobile = flat["line_kind"] == LineKind.MOBILE.value
    return RegisterApplication(
        document,
        LineRequest(Msisdn.parse(line), Iccid.parse(detail))
        if mobile
        else LineRequest(AccessId.parse(line, detail)),
        terms_version=flat.get("terms") or "",
        from_operator=None if operator is None else OperatorName.parse(operator),
        permit_until=permit_until,
        for_minor=flat.get("for_minor") is not None,
        organisation=_read_organisation(flat),
    )


def _read_organisation(flat: Json) -> Organisation | None:
    name = flat.get("organisation")
    return None if name is None else Organisation(name, flat["register"] or "", flat["register_number"] or "")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
