"""Secrets kept in a database: sealed with a key of the installation's own, so that a copy of the data opens nothing."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from balcao.shared.errors import Unavailable

_PURPOSE = b"balcao: secrets kept in a database"


class SealBroken(Unavailable):
    """A stored secret can't be read with this installation's BALCAO_SERVICE_SECRET; it has to be given again."""


class Seal:
    """Seals and opens texts (Fernet: AES-128-CBC with HMAC-SHA256) under a key derived from the service secret."""

    def __init__(self, service_secret: str) -> None:
        # A key of its own: what opens this must prove nothing else.
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(service_secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, text: str) -> str:
        """The text, sealed; twice the same text gives two different seals."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises `SealBroken` when it was sealed under another service secret, or damaged."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken("a stored secret can't be read any more; set it again") from error
