"""The words beside the entries of a document, in English and in other languages of the Latin script."""

# ruff: noqa: RUF001 - Turkish has a dotless letter

from dataclasses import dataclass
from datetime import date
from enum import Enum

import numpy as np

from lineproof.specimen.fields import SPECIMEN_STATE, DocumentFields
from lineproof.specimen.kinds import DocumentKind


class Entry(Enum):
    """What is printed on a document, by its English label."""

    TYPE = "Type"
    CODE = "Code"
    NUMBER = "Document No."
    SURNAME = "Surname"
    GIVEN_NAMES = "Given names"
    NATIONALITY = "Nationality"
    BORN_ON = "Date of birth"
    SEX = "Sex"
    PLACE_OF_BIRTH = "Place of birth"
    ISSUED_ON = "Date of issue"
    EXPIRES_ON = "Date of expiry"
    PERSONAL_NUMBER = "Personal No."
    AUTHORITY = "Authority"
    ADDRESS = "Address"
    HEIGHT = "Height"
    EYES = "Colour of eyes"
    VALID_FROM = "From"
    VALID_UNTIL = "Until"
    ENTRIES = "Number of entries"
    STAY = "Duration of stay"
    PASSPORT_NUMBER = "Passport No."
    ISSUED_AT = "Issued in"


# In the order of Entry.
_WORDS = {
    "la": ("Typus", "Signum", "Numerus", "Cognomen", "Praenomina", "Natio", "Dies natalis", "Sexus",
           "Locus natalis", "Datum", "Valet usque ad", "Numerus personalis", "Auctoritas", "Domicilium",
           "Statura", "Color oculorum", "Ab", "Ad", "Numerus ingressuum", "Mora", "Numerus itineris",
           "Datum in"),
    "fr": ("Type", "Code", "N° du document", "Nom", "Prénoms", "Nationalité", "Date de naissance", "Sexe",
           "Lieu de naissance", "Date de délivrance", "Date d'expiration", "N° personnel", "Autorité",
           "Adresse", "Taille", "Couleur des yeux", "Du", "Au", "Nombre d'entrées", "Durée du séjour",
           "N° du passeport", "Délivré à"),
    "de": ("Typ", "Code", "Dokument-Nr.", "Name", "Vornamen", "Staatsangehörigkeit", "Geburtsdatum",
           "Geschlecht", "Geburtsort", "Ausstellungsdatum", "Gültig bis", "Personenkennzahl", "Behörde",
           "Anschrift", "Größe", "Augenfarbe", "Vom", "Bis", "Anzahl der Einreisen", "Aufenthaltsdauer",
           "Reisepass-Nr.", "Ausgestellt in"),
    "es": ("Tipo", "Código", "N.º de documento", "Apellidos", "Nombres", "Nacionalidad",
           "Fecha de nacimiento", "Sexo", "Lugar de nacimiento", "Fecha de expedición",
           "Fecha de caducidad", "N.º personal", "Autoridad", "Domicilio", "Estatura", "Color de ojos",
           "Desde", "Hasta", "Número de entradas", "Duración de la estancia", "N.º de pasaporte",
           "Expedido en"),
    "it": ("Tipo", "Codice", "N. del documento", "Cognome", "Nome", "Cittadinanza", "Data di nascita",
           "Sesso", "Luogo di nascita", "Data di rilascio", "Data di scadenza", "N. personale", "Autorità",
           "Residenza", "Statura", "Colore degli occhi", "Dal", "Al", "Numero di ingressi",
           "Durata del soggiorno", "N. del passaporto", "Rilasciato a"),
    "pl": ("Typ", "Kod", "Numer dokumentu", "Nazwisko", "Imiona", "Obywatelstwo", "Data urodzenia", "Płeć",
           "Miejsce urodzenia", "Data wydania", "Data ważności", "Numer osobisty", "Organ wydający",
           "Adres", "Wzrost", "Kolor oczu", "Od", "Do", "Liczba wjazdów", "Czas pobytu", "Numer paszportu",
           "Wydano w"),
    "fi": ("Tyyppi", "Koodi", "Asiakirjan nro", "Sukunimi", "Etunimet", "Kansalaisuus", "Syntymäaika",
           "Sukupuoli", "Syntymäpaikka", "Antopäivä", "Voimassa", "Henkilötunnus", "Viranomainen",
           "Osoite", "Pituus", "Silmien väri", "Alkaen", "Asti", "Maahantulojen määrä", "Oleskelun kesto",
           "Passin nro", "Antopaikka"),
    "tr": ("Tür", "Kod", "Belge No", "Soyadı", "Adı", "Uyruğu", "Doğum tarihi", "Cinsiyeti", "Doğum yeri",
           "Veriliş tarihi", "Geçerlilik tarihi", "Kişi No", "Veren makam", "Adresi", "Boyu", "Göz rengi",
           "Başlangıç", "Bitiş", "Giriş sayısı", "Kalış süresi", "Pasaport No", "Verildiği yer"),
}  # fmt: skip
_STATES = {"la": "Utopia", "fr": "Utopie", "de": "Utopien", "es": "Utopía", "it": "Utopia", "pl": "Utopia",
           "fi": "Utopia", "tr": "Ütopya"}  # fmt: skip
_TITLES = {
    "la": ("Litterae itineris", "Charta identitatis", "Charta officialis", "Visum"),
    "fr": ("Passeport", "Carte d'identité", "Carte officielle", "Visa"),
    "de": ("Reisepass", "Personalausweis", "Dienstausweis", "Visum"),
    "es": ("Pasaporte", "Documento de identidad", "Tarjeta oficial", "Visado"),
    "it": ("Passaporto", "Carta d'identità", "Tessera ufficiale", "Visto"),
    "pl": ("Paszport", "Dowód osobisty", "Karta urzędowa", "Wiza"),
    "fi": ("Passi", "Henkilökortti", "Virkakortti", "Viisumi"),
    "tr": ("Pasaport", "Kimlik kartı", "Resmî kart", "Vize"),
}
_ENGLISH_TITLES = ("Passport", "Identity card", "Official card", "Visa")
_TITLE_OF = {
    DocumentKind.PASSPORT: 0, DocumentKind.CARD_FRONT: 1, DocumentKind.CARD_BACK: 1,
    DocumentKind.OFFICIAL_CARD: 2, DocumentKind.VISA_A: 3, DocumentKind.VISA_B: 3,
}  # fmt: skip
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FRENCH_MONTHS = ("JAN", "FÉV", "MARS", "AVR", "MAI", "JUIN", "JUIL", "AOÛT", "SEPT", "OCT", "NOV", "DÉC")


class DateForm(Enum):
    """How a date is printed; the first is the one Doc 9303-3, section 3.8, describes."""

    MONTH = "12 AUG 1974"
    TWO_MONTHS = "12 AUG/AOÛT 74"
    POINTS = "12.08.1974"
    STROKES = "12/08/1974"
    SPACES = "12 08 1974"
    HYPHENS = "1974-08-12"

    def of(self, day: date) -> str:
        """Write a date in this form."""
        month = _MONTHS[day.month - 1]
        match self:
            case DateForm.MONTH:
                return f"{day.day:02d} {month} {day.year}"
            case DateForm.TWO_MONTHS:
                french = _FRENCH_MONTHS[day.month - 1]
                return (
                    f"{day.day:02d} {month if month == french else f'{month}/{french}'} {day.year % 100:02d}"
                )
            case DateForm.HYPHENS:
                return day.isoformat()
            case _:
                between = {DateForm.POINTS: ".", DateForm.STROKES: "/", DateForm.SPACES: " "}[self]
                return between.join((f"{day.day:02d}", f"{day.month:02d}", f"{day.year:04d}"))


@dataclass(frozen=True, slots=True)
class Wording:
    """In which languages a document speaks, and how it writes dates and labels.

    english_first: English before the other language. numbered: labels carry numbers. capitals: they are
    in capitals. separator: between the two languages.
    """

    language: str
    english_first: bool
    numbered: bool
    capitals: bool
    separator: str
    dates: DateForm

    def label(self, entry: Entry, number: int, *, both: bool = True) -> str:
        """Give an entry's label, in both languages or in the first; number: its place on the page."""
        other = _WORDS[self.language][list(Entry).index(entry)]
        text = self._joined(entry.value, other, both=both)
        return f"{number}. {text}" if self.numbered else text

    def title(self, kind: DocumentKind) -> tuple[str, str]:
        """Give the name of a kind of document, in the language that comes first and in the other."""
        place = _TITLE_OF[kind]
        both = (_ENGLISH_TITLES[place], _TITLES[self.language][place])
        return both if self.english_first else (both[1], both[0])

    def state(self) -> str:
        """Give the name of the state in the language that comes first."""
        return "Utopia" if self.english_first else _STATES[self.language]

    def _joined(self, english: str, other: str, *, both: bool) -> str:
        first, second = (english, other) if self.english_first else (other, english)
        text = first if first == second or not both else f"{first}{self.separator}{second}"
        return text.upper() if self.capitals else text


def draw_wording(rng: np.random.Generator) -> Wording:
    """Choose a wording."""
    return Wording(
        language=tuple(_WORDS)[rng.integers(len(_WORDS))],
        english_first=bool(rng.random() < 0.6),
        numbered=bool(rng.random() < 0.3),
        capitals=bool(rng.random() < 0.2),
        separator=(" / ", "/", " · ", " - ")[rng.integers(4)],
        dates=tuple(DateForm)[rng.choice(6, p=(0.4, 0.15, 0.15, 0.1, 0.1, 0.1))],
    )


def value_of(entry: Entry, fields: DocumentFields, *, kind: DocumentKind, wording: Wording) -> str:
    """Give what is printed for an entry; empty where the document has nothing there."""
    usual = {DocumentKind.PASSPORT: "P", DocumentKind.VISA_A: "V", DocumentKind.VISA_B: "V"}.get(kind, "I")
    utopian = fields.nationality == SPECIMEN_STATE
    values = {
        Entry.TYPE: fields.document_code or usual,
        Entry.CODE: fields.issuer,
        Entry.NUMBER: fields.number,
        Entry.SURNAME: fields.surname.upper(),
        Entry.GIVEN_NAMES: fields.given_names.upper(),
        Entry.NATIONALITY: "UTOPIAN" if utopian and wording.english_first else fields.nationality,
        Entry.BORN_ON: wording.dates.of(fields.born_on),
        Entry.SEX: fields.sex,
        Entry.PLACE_OF_BIRTH: fields.place_of_birth.upper(),
        Entry.ISSUED_ON: wording.dates.of(fields.issued_on),
        Entry.EXPIRES_ON: wording.dates.of(fields.expires_on),
        Entry.PERSONAL_NUMBER: fields.personal_number,
        Entry.AUTHORITY: fields.authority.upper(),
        Entry.ADDRESS: fields.address,
        Entry.HEIGHT: f"{fields.height_cm / 100:.2f} m" if fields.height_cm else "",
        Entry.EYES: fields.eyes.upper(),
        Entry.VALID_FROM: wording.dates.of(fields.issued_on),
        Entry.VALID_UNTIL: wording.dates.of(fields.expires_on),
        Entry.ENTRIES: fields.entries,
        Entry.STAY: f"{fields.stay_days}" if fields.stay_days else "",
        Entry.PASSPORT_NUMBER: fields.passport_number,
        Entry.ISSUED_AT: fields.place_of_birth.upper(),
    }
    return values[entry]
