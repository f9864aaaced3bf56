"""The certificate that the mail doors show, read again when its files change."""

import os
import ssl
from pathlib import Path

import structlog

_log = structlog.get_logger()

Stamp = tuple[tuple[int, int, int], ...]


class CertificateUnusable(Exception):
    """The certificate or its key can't be read, or they don't belong together; the text says why."""


class Certificate:
    """A certificate with its key. A pair that becomes unusable leaves the last good one in use, and is logged."""

    def __init__(self, certificate: str, key: str) -> None:
        """Raises `CertificateUnusable`. `key` may be empty: then it stands in the certificate's file."""
        self._files = (Path(certificate), Path(key or certificate))
        self._stamp = self._now()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """For the next handshake, from what the files hold now."""
        stamp = self._now()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._context = self._load()
                _log.info("smtp.certificate_changed")
            except CertificateUnusable as error:
                _log.error("smtp.certificate_unusable", reason=str(error))
        return self._context

    def _now(self) -> Stamp:
        try:
            found = [os.stat(file) for file in self._files]
        except OSError:
            return ()
        return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            # A key with a password is refused; without this OpenSSL would ask for it on the terminal.
            context.load_cert_chain(*self._files, password=lambda: "")
        except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
            raise CertificateUnusable(f"{self._files[0]}, {self._files[1]}: {error}") from error
        return context
