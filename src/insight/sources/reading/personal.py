"""Which columns look as if they identify a person, by their names: such columns are not read unasked."""

import re
import unicodedata
from itertools import pairwise

_WORDS = (
    "email mail mailadresse phone telephone telefon telefonnummer tel telefono mobile mobil mobilnummer handy fax cell "
    "cellphone surname lastname firstname fullname forename vorname nachname familienname rufname maiden ssn passport "
    "iban address addresses adresse anschrift street strasse straße hausnummer username login kundenname cardholder "
    "karteninhaber prenom prénom apellido apellidos correo direccion dirección nric dni postaladdress ipaddress pan "
    "sozialversicherungsnummer ausweisnummer kontoinhaber"
)
_PAIRS = (
    "first name|last name|full name|middle name|given name|family name|customer name|client name|member name|user name|"
    "person name|contact name|holder name|account holder|card number|card no|credit card|national id|tax id|id card|"
    "social security|soc sec|ip address|house number|e mail|cell number|contact number|kunden name|buyer name|"
    "cust name|cust nm|client nm|caller name"
)
_CHINESE = (
    "姓名|名字|手机|手機|电话|電話|邮箱|郵箱|电子邮件|電子郵件|地址|住址|身份证|身分證|证件号|證件號|护照|護照|卡号|卡號|"
    "微信|联系人|聯絡人|联系方式|客户名|客戶名|会员名|會員名|收货人|收件人|用户名|氏名|お名前|電話番号|携帯|住所|メール"
)
# A store has an address and a consent to e-mail is no e-mail.
_NOT_OF_A_PERSON = (
    "store shop branch merchant product item supplier vendor company filiale filial produkt artikel opt optin optout "
    "consent consented allowed permission permitted einwilligung newsletter flag type service services verified domain "
    "sent campaign count has is channel kind status device model brand plan subscribed marketing loyalty membership"
)
_NOT_OF_A_PERSON_CHINESE = (
    "门店|門店|店铺|店舗|門市|商户|商戶|商品|产品|產品|公司|供应商|同意|是否|会员卡|會員卡|会員カード"
)


def looks_personal(column: str, *, of_customers: bool = False) -> bool:
    """Say whether a column's name is that of a person's name, contact, address or document.

    Parameters
    ----------
    column
        The name as delivered, in English, German, French, Spanish, Chinese or Japanese.
    of_customers
        Whether each row is a customer; then a plain ``name`` is a person's.

    Examples
    --------
    >>> [looks_personal(name) for name in ("E-Mail", "custPhoneNo", "客户姓名", "Straße")]
    [True, True, True, True]
    >>> [looks_personal(name) for name in ("email_opt_in", "product_name", "store address", "會員卡號")]
    [False, False, False, False]
    """
    plain = unicodedata.normalize("NFKC", column)
    if re.search(_CHINESE, plain):
        return not re.search(_NOT_OF_A_PERSON_CHINESE, plain)
    words = words_of(plain)
    if set(_NOT_OF_A_PERSON.split()) & set(words):
        return False
    pairs = {" ".join(pair) for pair in pairwise(words)}
    joined = {pair.replace(" ", "") for pair in pairs}
    plain_name = of_customers and words in (["name"], ["names"])
    return plain_name or bool(set(_WORDS.split()) & {*words, *joined}) or bool(set(_PAIRS.split("|")) & pairs)


def words_of(column: str) -> list[str]:
    """Split a column's name into lower-case words.

    Examples
    --------
    >>> words_of("InvoiceNo"), words_of("unit_price (EUR)"), words_of("CUST-ID2")
    (['invoice', 'no'], ['unit', 'price', 'eur'], ['cust', 'id', '2'])
    """
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d])(?=\d)", " ", column)
    return [word.lower() for word in re.split(r"[\W_]+", spaced) if word]
