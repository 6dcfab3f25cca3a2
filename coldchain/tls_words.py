"""What a failed TLS handshake means for the person who has to repair it. Pure: an error's own numbers are handed in.

The numbers are OpenSSL's X509_V_ERR_* (x509_vfy.h), as Python's ssl.SSLCertVerificationError.verify_code gives them.
"""

from typing import Final

_BY_CODE: Final = {
    9: "the broker's certificate is not valid yet: this machine's clock is probably wrong",
    10: "the broker's certificate has expired, or this machine's clock is wrong: coldchain pki renew makes a new one",
    18: "the broker shows a certificate of its own making: name the site's CA in mqtt.ca",
    19: "the broker's certificate comes from another CA: name the site's own ca.crt in mqtt.ca",
    20: "the broker's certificate comes from another CA: name the site's own ca.crt in mqtt.ca",
    23: "the broker's certificate has been revoked",
    62: "the broker's certificate is for another host: use the name in it, or make one with --host",
    64: "the broker's certificate is for another address: use the name in it, or make one with --host",
}
_BY_TEXT: Final = (
    ("certificate required", "the broker asks for a certificate: set mqtt.cert and mqtt.key"),
    ("unknown ca", "the broker does not know the CA of our certificate: both must come from one site CA"),
    ("certificate expired", "our certificate has expired: coldchain pki renew makes a new one"),
    ("certificate revoked", "our certificate has been revoked"),
    ("wrong version number", "the broker speaks no TLS on this port: 8883 is usual for mqtts"),
    ("record layer failure", "the broker speaks no TLS on this port: 8883 is usual for mqtts"),
)


def tls_trouble(error: BaseException | None) -> str | None:
    """Say what a failed handshake means and what to do; None if this is no error of TLS that we know."""
    code = getattr(error, "verify_code", None)
    if isinstance(code, int) and code in _BY_CODE:
        return _BY_CODE[code]
    text = str(error).lower().replace("_", " ")
    return next((meaning for words, meaning in _BY_TEXT if words in text), None)
