"""What a server's certificate says about itself, as notes for a transcript."""

from __future__ import annotations

from cryptography import x509

from relaycheck.engine.naming import printable


def certificate_notes(der: bytes) -> tuple[str, ...]:
    """``certificate-subject …`` and so on, escaped and bounded. One note when it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return (
            f"certificate-subject {printable(certificate.subject.rfc4514_string(), 200)}",
            f"certificate-issuer {printable(certificate.issuer.rfc4514_string(), 200)}",
            f"certificate-names {printable(_names(certificate), 500)}",
            f"certificate-from {certificate.not_valid_before_utc.isoformat()}",
            f"certificate-until {certificate.not_valid_after_utc.isoformat()}",
        )
    except (
        ValueError,
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        return (f"certificate-unreadable {printable(str(error), 200)}",)


def _names(certificate: x509.Certificate) -> str:
    """The DNS names and addresses the certificate is for (RFC 5280 §4.2.1.6)."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    names = alternative.get_values_for_type(x509.DNSName)
    addresses = alternative.get_values_for_type(x509.IPAddress)
    return " ".join([*names, *(str(address) for address in addresses)])
