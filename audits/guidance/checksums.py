"""Numbers that prove themselves: identifiers whose check digits a random text rarely satisfies."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

_IBAN_LENGTHS = range(15, 35)
_CARD_LENGTHS = range(13, 20)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_NHS_WEIGHTS = range(10, 1, -1)
_BSN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def _digits(text: str) -> str:
    return re.sub(r"[ .\-/]", "", text)


def luhn(text: str) -> bool:
    """Check the last digit of a row of digits by Luhn's formula (ISO/IEC 7812)."""
    total = 0
    for place, sign in enumerate(reversed(text)):
        value = int(sign) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the formula's own
    return total % 10 == 0


def card(text: str) -> bool:
    """Payment card number: 13 to 19 digits, Luhn, and the first digit of a card scheme."""
    digits = _digits(text)
    return (
        digits.isascii()
        and digits.isdigit()
        and len(digits) in _CARD_LENGTHS
        and digits[0] in "23456"
        and luhn(digits)
    )


def iban(text: str) -> bool:
    """Bank account by ISO 13616: two letters, two digits, and 1 modulo 97."""
    plain = _digits(text).upper()
    if len(plain) not in _IBAN_LENGTHS or not re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]+", plain):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def nhs_number(text: str) -> bool:
    """Patient number of the English health service: ten digits, modulo 11."""
    digits = _digits(text)
    if not re.fullmatch("[0-9]{10}", digits):
        return False
    check = -sum(int(d) * w for d, w in zip(digits, _NHS_WEIGHTS, strict=False)) % 11
    return check == int(digits[9])


def bsn(text: str) -> bool:
    """Dutch citizen number: nine digits whose weighted sum is a multiple of 11."""
    digits = _digits(text)
    if not re.fullmatch("[0-9]{9}", digits) or digits == "000000000":
        return False
    return sum(int(d) * w for d, w in zip(digits, _BSN_WEIGHTS, strict=True)) % 11 == 0


def dni(text: str) -> bool:
    """Spanish identity number: eight digits, or a letter and seven, and the letter they give."""
    plain = _digits(text).upper()
    if not re.fullmatch("[XYZ0-9][0-9]{7}[A-Z]", plain):
        return False
    number = int(plain[:8].translate(str.maketrans("XYZ", "012")))
    return plain[8] == _DNI_LETTERS[number % 23]


def nir(text: str) -> bool:
    """French social security number: thirteen digits and their complement modulo 97."""
    plain = re.sub(r"\s", "", text).upper().replace("2A", "19").replace("2B", "18")
    if not re.fullmatch("[1-4][0-9]{14}", plain):
        return False
    return 97 - int(plain[:13]) % 97 == int(plain[13:])


def tax_id(text: str) -> bool:
    """German tax number: eleven digits, one of them double or triple, by ISO 7064 mod 11,10."""
    digits = _digits(text)
    if not re.fullmatch("[1-9][0-9]{10}", digits):
        return False
    most = max(digits[:10].count(sign) for sign in set(digits[:10]))
    if most not in (2, 3):
        return False
    product = 10
    for sign in digits[:10]:
        total = (int(sign) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def personnummer(text: str) -> bool:
    """Swedish personal number: a date, three digits and Luhn."""
    found = re.fullmatch(
        r"(?:[0-9]{2})?([0-9]{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278][0-9]|[39][01]))[-+]?([0-9]{4})",
        text.strip(),
    )
    return found is not None and luhn(found[1] + found[2])


# UK and US numbers carry no check digit; their form excludes what was never given out.
_NINO = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?(?:\d{2} ?){3}[A-D]",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")


def nino(text: str) -> bool:
    """National insurance number of the United Kingdom, by its form."""
    return _NINO.fullmatch(text.strip()) is not None


def ssn(text: str) -> bool:
    """Social security number of the United States, written with dashes."""
    return _SSN.fullmatch(text.strip()) is not None


NATIONAL_IDS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "NHS number": nhs_number,
        "UK national insurance number": nino,
        "US social security number": ssn,
        "Dutch BSN": bsn,
        "Spanish DNI/NIE": dni,
        "French NIR": nir,
        "German tax ID": tax_id,
        "Swedish personnummer": personnummer,
    }
)
