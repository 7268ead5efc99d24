"""Who an account name or SID is, in whatever language the server speaks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from relaycheck.engine.connectors.model import Party, Principal

# Well-known SIDs: [MS-DTYP] §2.4.2.4; those of "MS Exchange" are listed on learn.microsoft.com "Exchange permissions
# reference".
_EXCHANGE = "S-1-9-1419165041-1139599005-3936102811-1022490595-"
_SIDS = {
    "S-1-5-7": Party.ANONYMOUS,
    "S-1-1-0": Party.EVERYONE,
    "S-1-5-11": Party.AUTHENTICATED,
    _EXCHANGE + "10": Party.PARTNERS,
    _EXCHANGE + "21": Party.HUB,
    _EXCHANGE + "22": Party.EDGE,
    _EXCHANGE + "23": Party.EXTERNALLY_SECURED,
    _EXCHANGE + "24": Party.LEGACY,
}
_SID = re.compile(r"S-1-\d{1,15}(?:-\d{1,10}){1,15}", re.IGNORECASE)
_AUTHORITIES = (
    "NT AUTHORITY",
    "NT-AUTORITÄT",
    "AUTORITE NT",
    "AUTORITÉ NT",
    "AUTORIDAD NT",
    "AUTORITÀ NT",
    "AUTORIDADE NT",
    "NT INSTANS",
    "NT-INSTANS",
    "NT-MYNDIGHED",
    "NT-MYNDIGHET",
    "NT-HALLINTA",
    "ZARZĄDZANIE NT",
    "NT-AUTORITA",
    "NT HATÓSÁG",
    "AUTORITATE NT",
    "NT YETKİLİSİ",
)
_ANONYMOUS = (
    "ANONYMOUS LOGON",
    "ANONYMOUS-ANMELDUNG",
    "ANONYME ANMELDUNG",
    "OUVERTURE DE SESSION ANONYME",
    "CONNEXION ANONYME",
    "INICIO DE SESIÓN ANÓNIMO",
    "ACCESSO ANONIMO",
    "LOGON ANÔNIMO",
    "LOGON ANÓNIMO",
    "INÍCIO DE SESSÃO ANÓNIMO",
    "ANONIEME AANMELDING",
    "ANONYM INLOGGNING",
    "ANONYMT LOGON",
    "ANONYM PÅLOGGING",
    "ANONYYMI KIRJAUTUMINEN",
    "LOGOWANIE ANONIMOWE",
    "ANONYMNÍ PŘIHLÁŠENÍ",
    "ANONYMNÉ PRIHLÁSENIE",
    "NÉVTELEN BEJELENTKEZÉS",
    "AUTENTIFICARE ANONIMĂ",
    "ANONİM OTURUM AÇMA",
    "ANONIMNA PRIJAVA",
    "АНОНИМНЫЙ ВХОД",
    "АНОНІМНИЙ ВХІД",
    "ΑΝΩΝΥΜΗ ΣΥΝΔΕΣΗ",
    "匿名登录",
    "匿名登入",
    "匿名ログオン",
    "익명 로그온",
)
_EVERYONE = (
    "EVERYONE",
    "JEDER",
    "TOUT LE MONDE",
    "TODOS",
    "TUTTI",
    "IEDEREEN",
    "ALLA",
    "ALLE",
    "KAIKKI",
    "WSZYSCY",
    "MINDENKI",
    "HERKES",
    "ВСЕ",
    "VŠICHNI",
)
_AUTHENTICATED = (
    "AUTHENTICATED USERS",
    "AUTHENTIFIZIERTE BENUTZER",
    "UTILISATEURS AUTHENTIFIÉS",
    "USUARIOS AUTENTIFICADOS",
    "USUARIOS AUTENTICADOS",
    "UTENTI AUTENTICATI",
    "USUÁRIOS AUTENTICADOS",
    "UTILIZADORES AUTENTICADOS",
    "GEVERIFIEERDE GEBRUIKERS",
    "AUTENTISERADE ANVÄNDARE",
    "GODKENDTE BRUGERE",
    "GODKJENTE BRUKERE",
    "TODENNETUT KÄYTTÄJÄT",
    "UŻYTKOWNICY UWIERZYTELNIENI",
    "HITELESÍTETT FELHASZNÁLÓK",
    "KIMLIĞI DOĞRULANMIŞ KULLANICILAR",
    "ПРОШЕДШИЕ ПРОВЕРКУ",
)
_IN_MS_EXCHANGE = {
    "hub transport servers": Party.HUB,
    "edge transport servers": Party.EDGE,
    "externally secured servers": Party.EXTERNALLY_SECURED,
    "legacy exchange servers": Party.LEGACY,
    "partner servers": Party.PARTNERS,
    "partners": Party.PARTNERS,
}
_IN_A_DOMAIN = {
    "exchange servers": Party.EXCHANGE_SERVERS,
    "exchangelegacyinterop": Party.LEGACY,
}
_NAMES = ((_ANONYMOUS, Party.ANONYMOUS), (_AUTHENTICATED, Party.AUTHENTICATED), (_EVERYONE, Party.EVERYONE))


def _fold(text: str) -> str:
    """Case and accents away, so that every spelling of one name meets."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def _mangled(name: str) -> re.Pattern[str] | None:
    """``name`` as a console with the wrong code page may print it: each accented letter is one to three other
    characters.
    """
    if sum(letter.isascii() for letter in name) * 10 < len(name) * 7 or name.isascii():
        return None
    return re.compile("".join(re.escape(c) if c.isascii() else r"[^A-Za-z\\]{1,3}" for c in name), re.IGNORECASE)


_EXACT = {_fold(name): party for names, party in _NAMES for name in names}
_MANGLED = tuple((shape, party) for names, party in _NAMES for name in names if (shape := _mangled(name)))
_AUTHORITY = frozenset(_fold(name) for name in _AUTHORITIES)
_AUTHORITY_MANGLED = tuple(shape for name in _AUTHORITIES if (shape := _mangled(name)))


@lru_cache(maxsize=4096)
def identify(name: str, sid: str = "") -> Principal:
    """The principal an export names. A SID decides where there is one, in either argument; names only where there is
    none.
    """
    name = name.strip()[:400]
    known = sid.strip() or name
    if _SID.fullmatch(known):
        known = known.upper()
        return Principal(_SIDS.get(known) or _by_name(name), name or known, known)
    return Principal(_by_name(name), name)


def _by_name(name: str) -> Party:
    domain, backslash, local = name.rpartition("\\")
    folded = _fold(local)
    if _fold(domain) == "ms exchange":
        return _IN_MS_EXCHANGE.get(folded, Party.NAMED)
    if backslash and not _is_authority(domain):
        return _IN_A_DOMAIN.get(folded, Party.NAMED)
    found = _EXACT.get(folded)
    if found is None and _may_be_mangled(local):
        found = next((party for shape, party in _MANGLED if shape.fullmatch(local)), None)
    if backslash and found is None and "anonym" in folded:
        return Party.ANONYMOUS  # nobody can create accounts in that authority: only the language is unknown
    return found or _IN_A_DOMAIN.get(folded, Party.NAMED)


def _is_authority(domain: str) -> bool:
    if _fold(domain) in _AUTHORITY:
        return True
    return _may_be_mangled(domain) and any(shape.fullmatch(domain) for shape in _AUTHORITY_MANGLED)


def _may_be_mangled(text: str) -> bool:
    return "?" in text or not text.isascii()
