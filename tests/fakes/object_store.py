"""An object store for one run of the tests: a real one, SeaweedFS, on this machine's own address."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from lineproof.tiles.s3 import TileBucket

WEED = Path(__file__).resolve().parents[2] / ".venv" / "peers-seaweedfs" / "bin" / "weed"
# Of the publisher, which writes, and of everybody, who reads the one bucket.
KEY_ID, SECRET, BUCKET, CLOSED_BUCKET = (
    "publisher",
    "secret-of-the-publisher",
    "lineproof-log",
    "lineproof-closed",
)
IDENTITIES = {
    "identities": [
        {
            "name": "publisher",
            "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
            "actions": [
                f"{act}:{name}" for name in (BUCKET, CLOSED_BUCKET) for act in ("Read", "Write", "List")
            ],
        },
        {
            "name": "owner",
            "credentials": [{"accessKey": "owner", "secretKey": "secret-of-the-owner"}],
            "actions": ["Admin"],
        },
        {"name": "anonymous", "actions": [f"Read:{BUCKET}"]},
    ]
}
STARTS_IN_S, TRIES = 30, 3
# Also where the tests themselves are killed.
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
CREDENTIALS = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
# What the machine that tests might have of its own.
OTHERS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class ObjectStore:
    """A running store. endpoint: its address."""

    endpoint: str

    def open(self, folder: Path) -> TileBucket:
        """Open a store of tiles; the same folder gives the same prefix.

        That this store heeds conditions is not tried each time: losing a race takes it a second.
        """
        store = self.open_untried(folder)
        store._heeds_conditions = True
        return store

    def open_untried(self, folder: Path) -> TileBucket:
        return TileBucket(self.place_of(folder), endpoint=self.endpoint)

    def place_of(self, folder: Path) -> str:
        return f"s3://{BUCKET}/{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}/log"

    def address_of(self, folder: Path) -> str:
        """Give the address at which everybody reads what is published."""
        return self.place_of(folder).replace("s3:/", self.endpoint)

    def client(self, key_id: str = KEY_ID, secret: str = SECRET) -> Any:
        """Give a client of its own, to look from outside."""
        from botocore.config import Config
        from botocore.session import Session

        return Session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
        )


def free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running_object_store() -> Iterator[ObjectStore]:
    """Start a store in a folder of its own, with its buckets, and end it."""
    if not WEED.exists():
        pytest.skip("seaweedfs is not there: install it with tools/install-seaweedfs")
    with (
        tempfile.TemporaryDirectory(prefix="seaweedfs-", ignore_cleanup_errors=True) as name,
        ExitStack() as held,
    ):
        folder = Path(name)
        (folder / "s3.json").write_text(json.dumps(IDENTITIES))
        # Another program may take a port before the store does.
        store = first_that_starts(lambda: held.enter_context(started(folder)))
        owner = store.client("owner", "secret-of-the-owner")
        for bucket in (BUCKET, CLOSED_BUCKET):
            owner.create_bucket(Bucket=bucket)
            first_write(owner, bucket)
        owner.close()
        yield store


def first_that_starts(start: Callable[[], ObjectStore]) -> ObjectStore:
    for left in reversed(range(TRIES)):
        try:
            return start()
        except RuntimeError:
            if not left:
                raise
    raise AssertionError


def first_write(client: Any, bucket: str) -> None:
    """Write an object and remove it: a bucket answers HTTP 500 while its volumes are being made."""
    from botocore.exceptions import ClientError

    until = time.monotonic() + STARTS_IN_S
    while True:
        try:
            client.put_object(Bucket=bucket, Key="first", Body=b"")
            client.delete_object(Bucket=bucket, Key="first")
        except ClientError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


@contextmanager
def started(folder: Path) -> Iterator[ObjectStore]:
    data = Path(tempfile.mkdtemp(dir=folder))
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names))
    options = [f"-{name}.port={ports[2 * at]}" for at, name in enumerate(names)]
    options += [f"-{name}.port.grpc={ports[2 * at + 1]}" for at, name in enumerate(names)]
    options += [
        "-s3",
        f"-s3.config={folder / 's3.json'}",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    options += [
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        # A bucket makes its volumes at its first write, seven of them: eight in all are not enough for two.
        "-volume.max=64",
    ]
    said = data / "said"
    with said.open("wb") as out:
        server = subprocess.Popen(
            [*DIES_WITH_US, WEED, "-logtostderr=true", "server", f"-dir={data}", *options],
            stdout=out,
            stderr=out,
            cwd=data,
            env={"PATH": os.environ["PATH"], "HOME": str(data), "TMPDIR": str(data)},
        )
    try:
        store = ObjectStore(f"http://127.0.0.1:{ports[6]}")
        until = time.monotonic() + STARTS_IN_S
        while not answers(store.endpoint):
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"The object store did not start: {said.read_text()[-2000:]}")
            time.sleep(0.1)
        yield store
    finally:
        # Asked to end, it takes its time; what it keeps is thrown away.
        server.kill()
        server.wait()
        for port in ports:
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


def answers(address: str) -> bool:
    try:
        urlopen(f"{address}/{BUCKET}/nothing", timeout=5).close()
    except HTTPError as error:
        with error:
            return error.code in (403, 404)
    except (URLError, OSError):
        return False
    return True
