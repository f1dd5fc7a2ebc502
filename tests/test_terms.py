"""Identifiers: parsed once, valid ever after."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Malformed
from lineproof.terms import AccessId, EmailAddress, Iccid, Msisdn, StaffName, luhn_digit

DIGITS = st.text(string.digits, min_size=1, max_size=30)
SIM_BODIES = st.from_regex(r"89[0-9]{16,17}", fullmatch=True)
NUMBERS = st.from_regex(r"\+[1-9][0-9]{4,14}", fullmatch=True)
ACCOUNTS = st.from_regex(r"[a-z0-9][a-z0-9._@\-]{2,63}", fullmatch=True)


@given(NUMBERS)
def test_number_in_international_form_is_read_as_it_is(text: str):
    assert Msisdn.parse(text).text == text


@given(NUMBERS, st.data())
def test_number_is_the_same_however_it_is_spaced(text: str, data: st.DataObject):
    gaps = data.draw(
        st.lists(st.sampled_from(["", " ", "-", ".", "\u00a0", "("]), min_size=len(text), max_size=len(text))
    )
    spaced = "".join(character + gap for character, gap in zip(text, gaps, strict=True))
    assert Msisdn.parse(spaced) == Msisdn.parse(text)


@given(st.text(max_size=20))
def test_whatever_is_read_as_a_number_is_one(text: str):
    try:
        number = Msisdn.parse(text).text
    except Malformed:
        return
    assert number[0] == "+"
    assert number[1:].isascii()
    assert number[1:].isdigit()
    assert 5 <= len(number) - 1 <= 15


@pytest.mark.parametrize(
    "text",
    ["", "+", "999555001001", "+0999555001", "+9995", "+9995550010011234", "+99955a001001", "++999555001"],
)
def test_what_is_not_an_international_number_is_refused_with_an_example(text: str):
    with pytest.raises(Malformed, match=r"\+999555001001"):
        Msisdn.parse(text)


@pytest.mark.parametrize("text", ["+٩٩٩٥٥٥٠٠١٠٠١", "+999555001001\n1x", "+999⁵55001001"])
def test_digits_of_other_scripts_are_no_number(text: str):
    with pytest.raises(Malformed):
        Msisdn.parse(text)


@pytest.mark.parametrize(
    ("digits", "check"), [("7992739871", "3"), ("0", "0"), ("453201511283036", "6"), ("18", "2")]
)
def test_luhn_digit_is_the_published_one(digits: str, check: str):
    assert luhn_digit(digits) == check


@given(DIGITS)
def test_luhn_digit_makes_the_sum_a_multiple_of_ten(digits: str):
    """Summed from the right as ISO/IEC 7812-1 annex B describes it, in another way than the product does."""
    whole = digits + luhn_digit(digits)
    doubled = [sum(map(int, str(2 * int(digit)))) for digit in whole[-2::-2]]
    assert (sum(doubled) + sum(map(int, whole[-1::-2]))) % 10 == 0


@given(SIM_BODIES)
def test_sim_number_with_its_right_check_digit_is_read(body: str):
    text = body + luhn_digit(body)
    assert Iccid.parse(text).text == text
    assert Iccid.parse(f"{text[:4]} {text[4:8]}-{text[8:]}").text == text


@given(SIM_BODIES, st.integers(1, 9))
def test_sim_number_with_any_other_check_digit_is_refused(body: str, off: int):
    wrong = str((int(luhn_digit(body)) + off) % 10)
    with pytest.raises(Malformed, match="SIM"):
        Iccid.parse(body + wrong)


@given(SIM_BODIES, st.integers(2, 17), st.integers(1, 9))
def test_sim_number_with_one_digit_mistyped_is_refused(body: str, place: int, off: int):
    text = body + luhn_digit(body)
    mistyped = text[:place] + str((int(text[place]) + off) % 10) + text[place + 1 :]
    with pytest.raises(Malformed):
        Iccid.parse(mistyped)


@pytest.mark.parametrize(
    "text", ["", "89", "8" * 19, "79" + "0" * 17, "89" + "0" * 16, "89" + "0" * 19, "89999x99955500100103"]
)
def test_what_is_not_a_sim_number_is_refused(text: str):
    with pytest.raises(Malformed, match="SIM"):
        Iccid.parse(text)


@given(ACCOUNTS, st.text(string.ascii_letters + " ,0123456789", min_size=5, max_size=200))
def test_account_and_address_are_read(account: str, address: str):
    if len(" ".join(address.split())) < 5:
        return
    access = AccessId.parse(f" {account.upper()} ", address)
    assert access == AccessId(account, " ".join(address.split()))
    assert AccessId.parse(access.account, access.address) == access


@pytest.mark.parametrize("account", ["", "ab", ".abc", "a b c", "a" * 65, "añb", "a/b/c", "a\nbc"])
def test_what_is_not_an_account_is_refused(account: str):
    with pytest.raises(Malformed, match="account"):
        AccessId.parse(account, "12 Quay Street")


@pytest.mark.parametrize(
    "address", ["", "1 Q", "   1   ", "x" * 201, "12 Quay\x00 Street", "12 Quay\u202e Street"]
)
def test_what_is_not_an_address_is_refused(address: str):
    with pytest.raises(Malformed, match="address"):
        AccessId.parse("bo.brannoch", address)


@pytest.mark.parametrize("text", ["ab", "a" * 40, "Ada", "a.b-c_d", "0a"])
def test_short_plain_name_is_a_name_for_staff(text: str):
    assert StaffName.parse(text).text == text


@pytest.mark.parametrize("text", ["", "a", "a" * 41, ".ab", "-ab", "a/b", "a b", "../ab", "ab\n", "éa"])
def test_name_that_could_be_a_path_or_an_option_is_refused(text: str):
    with pytest.raises(Malformed, match="staff"):
        StaffName.parse(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("alice@example.org", "alice@example.org"),
        ("  Alice.Quay+line@Sub.EXAMPLE.org ", "Alice.Quay+line@sub.example.org"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("o'brien_{1}@3.example", "o'brien_{1}@3.example"),
        (f"{'a' * 64}@{'b' * 63}.example", f"{'a' * 64}@{'b' * 63}.example"),
    ],
)
def test_address_for_mail_is_read_its_domain_in_small_letters(text: str, read: str):
    assert EmailAddress.parse(text).text == read
    assert EmailAddress.parse(text).domain == read.split("@")[1]


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "alice", "alice@", "@example.org", "alice@example", "a b@example.org", "a@b@example.org"),
        *(".a@example.org", "a.@example.org", "a..b@example.org", '"a b"@example.org', "a@[192.0.2.1]"),
        *("a@192.0.2.1", "a@-example.org", "a@example-.org", "a@example..org", "a@.example.org"),
        *("älice@example.org", "a@bücher.example", "a@example.org\nBcc: b@example.org", "a\r@example.org"),
        *(f"{'a' * 65}@example.org", f"a@{'b' * 64}.example", f"a@{'b.' * 126}example", "<a@example.org>"),
        *("a@example.org,b@example.org", "a@example.org>", "a@exam ple.org"),
    ],
)
def test_what_is_no_address_for_mail_is_refused_and_not_quoted(text: str):
    with pytest.raises(Malformed) as refused:
        EmailAddress.parse(text)
    assert "lice" not in str(refused.value)


@given(st.text(max_size=80))
def test_whatever_is_read_as_an_address_for_mail_is_one_word_of_ascii(text: str):
    try:
        address = EmailAddress.parse(text).text
    except Malformed:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' ,;:<>()[]"\\')
    assert address.count("@") == 1
