"""The objects under one prefix of a bucket: get, put on a condition, list, remove; S3's protocol.

By botocore, an extra (`lineproof[s3]`), imported when the first request is made. It finds the credentials
where it always does: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws, or the machine's role. Of what a
store says of an error only its status and code are told on: the rest may quote what was sent.
"""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lineproof.errors import LineproofError, Malformed, NotFound, NotPermitted, Unavailable

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

# Of silence; for one object altogether; and how often a request is made that fails in passing.
SILENCE_S, OBJECT_S, TRIES = 10, 120, 3
_READ_AT_ONCE = 64 * 1024
_PLACE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[A-Za-z0-9._/-]*))?")
_ENDPOINT = re.compile(
    r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,4}|:[1-5][0-9]{4}|:6[0-4][0-9]{3})?/?"
)
_CODE = re.compile(r"[A-Za-z0-9]{1,64}")
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _PRECONDITION_FAILED = 401, 403, 404, 409, 412


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Where the objects are. prefix: what every key begins with, "" or with / at its end.

    endpoint: the address of a store that is not AWS's; None: what botocore's own settings say.
    """

    bucket: str
    prefix: str
    endpoint: str | None = None

    def __str__(self) -> str:
        """Write it as it is given to us."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Found:
    """What an object is. version: its ETag, as the store wrote it."""

    content: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Headers:
    """What a store is to tell whoever reads an object over http."""

    content_type: str
    caching: str


def parse_bucket_place(text: str, *, endpoint: str | None = None) -> BucketPlace:
    """Read s3://BUCKET/PREFIX, and the address of the store, if it has one. Malformed for anything else."""
    found = _PLACE.fullmatch(text)
    parts = [] if found is None else (found["prefix"] or "").strip("/").split("/")
    if found is None or ".." in found["bucket"] or (parts != [""] and {"", ".", ".."} & set(parts)):
        raise Malformed(
            "The place of a published log in an object store is s3://BUCKET/PREFIX.",
            remedy="A prefix has letters, digits, dots, hyphens and underscores, with / between its parts.",
        )
    if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
        # Not quoted: it may hold a password.
        raise Malformed(
            "The address of an object store is https://HOST or https://HOST:PORT, and nothing else.",
            remedy="Give the bucket in s3://BUCKET/PREFIX, and credentials as AWS_ACCESS_KEY_ID is given.",
        )
    prefix = "/".join(parts)
    return BucketPlace(found["bucket"], f"{prefix}/" if prefix else "", endpoint)


class Bucket:
    """The objects of one place. May be used from several threads, and after a fork.

    Every method raises Unavailable when the store cannot be reached, or botocore is not installed, and
    NotPermitted when it refuses the credentials.
    """

    def __init__(self, place: BucketPlace) -> None:
        """Take the place; nothing is asked of it yet."""
        self.place = place
        self._making = threading.Lock()
        # Of each process its own: two that write to one connection garble what they say.
        self._clients: dict[int, Any] = {}

    def get(self, name: str, most_bytes: int) -> Found:
        """Give an object. NotFound if it is not there, Malformed if it is larger than `most_bytes`."""
        with self._in_use(name):
            answer = self._client().get_object(Bucket=self.place.bucket, Key=self.place.prefix + name)
            # Not `with body`: that gives the stream under it, which does not notice that it ended early.
            with closing(answer["Body"]) as body:
                until, content = time.monotonic() + OBJECT_S, bytearray()
                while part := body.read(_READ_AT_ONCE):
                    content += part
                    if len(content) > most_bytes:
                        raise Malformed(f"{self.place}/{name} is larger than anything that is published.")
                    if time.monotonic() > until:
                        raise self._unusable(f"{name} has no end after {OBJECT_S} s")
        version = answer.get("ETag")
        if not version:
            raise self._unusable(f"it gives {name} no ETag")
        return Found(bytes(content), version)

    def put(self, name: str, content: bytes, headers: Headers, *, replacing: str | None) -> bool:
        """Put an object, whole; False, and nothing is changed, where the condition does not hold.

        replacing: the version that it replaces, which must be the present one; None: there must be none.
        A request whose answer was lost is made again, and may then be told that it does not hold: by itself.
        """
        condition = {"IfNoneMatch": "*"} if replacing is None else {"IfMatch": replacing}
        try:
            with self._in_use(name):
                self._client().put_object(
                    Bucket=self.place.bucket,
                    Key=self.place.prefix + name,
                    Body=content,
                    ContentType=headers.content_type,
                    CacheControl=headers.caching,
                    **condition,
                )
        except (_UnmetError, NotFound):  # NotFound: what was to be replaced is gone
            return False
        return True

    def names(self, beginning: str) -> set[str]:
        """List the names of the objects that begin so."""
        with self._in_use(beginning):
            pages = self._client().get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=self.place.bucket, Prefix=self.place.prefix + beginning)
            keys = [entry["Key"] for page in found for entry in page.get("Contents", ())]
        return {key.removeprefix(self.place.prefix) for key in keys}

    def remove(self, name: str) -> None:
        """Remove an object; where it is gone, nothing changes."""
        with self._in_use(name):
            self._client().delete_object(Bucket=self.place.bucket, Key=self.place.prefix + name)

    def _client(self) -> Any:
        with self._making:
            made = self._clients.get(os.getpid())
            if made is None:
                made = self._clients[os.getpid()] = _make_client(self.place)
            return made

    @contextmanager
    def _in_use(self, name: str) -> Iterator[None]:
        """Make of what botocore raises an error with a sentence."""
        try:
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        except ImportError as error:
            raise Unavailable(
                "The package that speaks to object stores is not installed.",
                remedy="Install it with: pip install 'lineproof[s3]'",
            ) from error
        try:
            yield
        except ClientError as error:
            raise self._refusal(name, error) from None
        except BotoCoreError as error:
            raise self._failure(error) from None

    def _refusal(self, name: str, error: "ClientError") -> LineproofError:
        """Say what a store answered. What it said besides is left out of tracebacks as well."""
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        said = str(error.response.get("Error", {}).get("Code", ""))
        code = said if _CODE.fullmatch(said) else "no code"
        if code == "NoSuchBucket":
            return self._unusable("there is no such bucket")
        if status == _NOT_FOUND:
            return NotFound(f"{name} is not in the published log in {self.place}.")
        if status in (_PRECONDITION_FAILED, _CONFLICT):
            return _UnmetError(f"{self.place}/{name} was in use: HTTP {status} ({code}).", retry_after_s=5)
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            return NotPermitted(
                f"The object store refuses what was asked of {self.place}: HTTP {status} ({code}).",
                remedy="Give credentials that may list, read, write and remove there: "
                "docs/procedures/publish_log.md",
            )
        return self._unusable(f"HTTP {status} ({code})")

    def _failure(self, error: "BotoCoreError") -> LineproofError:
        """Say why there was no answer, by the kind of the error: its text may quote settings."""
        kind = type(error).__name__
        if "Credential" in kind or kind in ("ProfileNotFound", "ConfigNotFound"):
            return NotPermitted(
                f"There are no credentials for {self.place} ({kind}).",
                remedy="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that holds them.",
            )
        return self._unusable(f"it does not answer ({kind})")

    def _unusable(self, why: str) -> Unavailable:
        return Unavailable(
            f"The published log in {self.place} cannot be used: {why}.",
            remedy="Try again; if it stays so, see that the store is up and is the one that is meant.",
            retry_after_s=60,
        )


class _UnmetError(Unavailable):
    """The condition of a request did not hold; or, where it had none, another request was in its way."""


def _make_client(place: BucketPlace) -> Any:
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    config = Config(
        connect_timeout=SILENCE_S,
        read_timeout=SILENCE_S,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        # The content's SHA-256 is under the signature instead; newer checksums many stores do not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"payload_signing_enabled": True, "addressing_style": "path" if place.endpoint else "auto"},
    )
    return Session().create_client("s3", endpoint_url=place.endpoint, config=config)
