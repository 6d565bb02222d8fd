"""The replica's certificate authority: one leaf a host, made when first asked for."""

import ssl
from pathlib import Path

import trustme

_KEY_NAME = "replica-ca.key"


class Authority:
    """Signs for any host name. The CA lives in `folder` and is taken up again when it is there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "replica-ca.pem"
        self._ca = self._load_or_make(folder / _KEY_NAME)
        self._contexts: dict[str, ssl.SSLContext] = {}

    def context(self, host: str) -> ssl.SSLContext:
        """A server context with a leaf for `host`."""
        found = self._contexts.get(host)
        if found is None:
            found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            found.set_alpn_protocols(["http/1.1"])
            self._ca.issue_cert(host).configure_cert(found)
            self._contexts[host] = found
        return found

    def _load_or_make(self, key_file: Path) -> trustme.CA:
        if self.ca_file.exists() and key_file.exists():
            return trustme.CA.from_pem(self.ca_file.read_bytes(), key_file.read_bytes())
        made = trustme.CA(organization_name="Disway replica")
        made.cert_pem.write_to_path(self.ca_file)
        key_file.touch(mode=0o600)
        made.private_key_pem.write_to_path(key_file)
        return made
