"""Know the labels that documents print beside their fields, in the languages of many issuers.

A label says of which kind the text beside it is, and only that makes a difference sure: the date under
"Date of birth" is the date of birth, any other may be that of issue. So a label that could be of two kinds,
or that two kinds share, is none.
"""

import re
from enum import Enum
from functools import cache

from lineproof.document.transliteration import without_marks


class PrintedField(Enum):
    """The printed fields that the machine readable zone repeats: ICAO Doc 9303-4, table 1 and figure 4."""

    SURNAME = "surname"
    GIVEN_NAMES = "given_names"
    NUMBER = "number"
    BORN_ON = "born_on"
    EXPIRES_ON = "expires_on"


# Parts of labels, without spaces, marks or signs: spaces are the first thing that a reading loses.
_LABELS = {
    PrintedField.SURNAME: (
        *("surname", "lastname", "familyname", "primaryidentifier", "apellido", "nachname", "familienname"),
        *("cognome", "apelido", "achternaam", "nazwisko", "soyadi", "фамилия", "прізвище", "prijmeni"),
        *("efternavn", "efternamn", "sukunimi", "numedefamilie", "prezime", "priezvisko"),
    ),
    PrintedField.GIVEN_NAMES: (
        *("givenname", "forename", "firstname", "secondaryidentifier", "prenom", "nombre", "vorname"),
        *("voornam", "nomeproprio", "imiona", "imie", "імя", "имя", "jmeno", "fornavn", "fornamn"),
        *("etunimet", "prenume", "adiname", "adigiven"),
    ),
    PrintedField.NUMBER: (
        *("passportno", "passportnumber", "passportnr", "passeportno", "nodupasseport", "ndupasseport"),
        *("documentno", "documentnumber", "cardno", "cardnumber", "passnr", "reisepassnr", "ausweisnummer"),
        *("pasaporteno", "numpasaporte", "nodepasaporte", "passaporton", "numeropassaporto", "paspoortnr"),
        *("numerpaszportu", "nrpaszportu", "documentnummer", "pasaportno", "номерпаспорта", "паспорт№"),
        *("numdesoporte", "numerdowodu", "serino", "numerodocumento", "numerododocumento"),
    ),
    PrintedField.BORN_ON: (
        *("dateofbirth", "birthdate", "datedenaissance", "fechadenacimiento", "geburtsdatum"),
        *("geburtstag", "datadinascita", "datadenascimento", "geboortedatum", "dataurodzenia"),
        *("dogumtarihi", "датарождения", "датанародження", "datumnarozeni", "fodselsdato", "fodelsedatum"),
        *("syntymaaika", "dataderodjenja", "datanasterii", "datumrodenja"),
    ),
    PrintedField.EXPIRES_ON: (
        *("dateofexpiry", "dateofexpiration", "expirydate", "expirationdate", "validuntil", "expiresurlet"),
        *("datedexpiration", "fechadecaducidad", "fechadevencimiento", "validohasta", "validezhasta"),
        *("gultigbis", "datadiscadenza", "datadevalidade", "validoate", "geldigtot", "datawaznosci"),
        *("terminwaznosci", "gecerliliktarihi", "songecerlilik", "срокдействия", "действителендо"),
        *("датазакінчення", "platnostdo", "gyldigtil", "giltigttill", "viimeinenvoimassa", "dataexpirarii"),
    ),
}  # fmt: skip
# Labels of other fields that have a part in common with those, or stand beside such a text.
_OTHER = (
    *("placeofbirth", "lieudenaissance", "lugardenacimiento", "geburtsort", "luogodinascita", "naturalidade"),
    *("geboorteplaats", "miejsceurodzenia", "dogumyeri", "месторождения", "birthname", "nomdenaissance"),
    *("geburtsname", "dateofissue", "dateofissuance", "datededelivrance", "fechadeexpedicion"),
    *("ausstellungsdatum", "datadirilascio", "datadeemissao", "datavanafgifte", "datawydania"),
    *("datumvanafgifte", "verilistarihi", "датавыдачи", "authority", "personalno", "personalnumber"),
    *("nationality", "signature", "placeofissue", "previous", "spouse", "father", "mother", "husband"),
)  # fmt: skip
# Short labels count only as a word of their own, and where no longer one is found.
_SHORT = {
    "nom": PrintedField.SURNAME,
    "name": PrintedField.SURNAME,
    "naam": PrintedField.SURNAME,
    "adi": PrintedField.GIVEN_NAMES,
    "nome": PrintedField.GIVEN_NAMES,
}
_LONGEST_TEXT = 80
_WORD = re.compile(r"[^\W\d_]+")


def label_in(text: str) -> PrintedField | None:
    """Say of which field a text is the label; None for no label, another field's, or one that two share."""
    words = _words(text)
    joined = "".join(words)
    if any(part in joined for part in _others()):
        return None
    fields = {field for part, field in _parts().items() if part in joined}
    if not fields:
        fields = {_SHORT[word] for word in words if word in _SHORT}
    return fields.pop() if len(fields) == 1 else None


def is_label(text: str) -> bool:
    """Say whether a text holds any label that is known here, of whichever field."""
    words = _words(text)
    joined = "".join(words)
    return any(word in _SHORT for word in words) or any(part in joined for part in (*_others(), *_parts()))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(without_marks(text[:_LONGEST_TEXT]))]


@cache
def _parts() -> dict[str, PrintedField]:
    return {"".join(_words(part)): field for field, parts in _LABELS.items() for part in parts}


@cache
def _others() -> tuple[str, ...]:
    return tuple("".join(_words(part)) for part in _OTHER)
