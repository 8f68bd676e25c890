"""Objects of a database in a store: S3, Google Cloud, Azure, or a folder. No other module imports obstore.

A URL is `s3://bucket/path`, `gs://`, `az://` or `file:///path`; credentials and endpoints are those of the
environment, as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL. An object that is there is whole: stores show one when
all of it has come. Names are never used for something else later, so a request that is sent again, because
nobody knows whether it came through, does no harm.

What decides who writes (`vql.storage.bucket.journal`) needs a store that does not overwrite what must be new:
`require_conditions` tries that. No state but the store's; shared by threads.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from vql.deadline import check_deadline
from vql.errors import NotSupportedError, OperationalError
from vql.naming import BUCKETS
from vql.storage.files.blobfile import TEMPORARY, disk_error

EXTRA_HINT = "pip install 'vqldb[cloud]'"
RETRIES_MAX, RETRY_S_MAX, REQUEST_S_MAX = 6, 30, 60
CHUNK_BYTES = 8 << 20


class StoredObject(NamedTuple):
    """What a listing says of an object: how large it is, and when it was stored, in seconds since 1970."""

    bytes: int
    stored_s: float


def place_of_url(url: str) -> tuple[str, str]:
    """Return the URL of a store and the path of a database in it. Raises 0A000 of what is no bucket, 58P01 of
    one that names no database."""
    if not url.startswith(BUCKETS):
        raise NotSupportedError(
            f"{url} is no bucket that VQL knows",
            hint=f"The URL of a bucket begins with one of {', '.join(BUCKETS)}.",
        )
    split: SplitResult = urlsplit(url)
    path = split.path.strip("/")
    if not path or not split.netloc and split.scheme != "file":
        raise OperationalError(
            f"{url} names no database", hint=f"as {split.scheme}://bucket/shoes", sqlstate="58P01"
        )
    return f"{split.scheme}://{split.netloc}/", path


class Objects:
    """The objects below one URL."""

    def __init__(self, url: str) -> None:
        """Raises 0A000 where obstore is not there, 58P01, 58030, 55000 after a fork."""
        try:
            import obstore
            from obstore import exceptions, store
        except ImportError:
            raise NotSupportedError("a database in a bucket needs obstore", hint=EXTRA_HINT) from None
        root, self._path = place_of_url(url)
        if first_user() != os.getpid():  # their threads are the parent's: a call would wait for ever
            raise OperationalError(
                "this process was forked from one that has opened a database in a bucket",
                hint="start it anew, as multiprocessing does by spawn or forkserver",
                sqlstate="55000",
            )
        self.url = url.rstrip("/")
        self._obstore, self._errors = obstore, exceptions
        options: dict[str, Any] = {}
        if root.startswith("file:"):
            made: Any = store.LocalStore("/", mkdir=False)
        else:
            options["client_options"] = {
                "timeout": timedelta(seconds=REQUEST_S_MAX), "allow_http": _allows_http()
            }  # fmt: skip
            options["retry_config"] = {
                "max_retries": RETRIES_MAX, "retry_timeout": timedelta(seconds=RETRY_S_MAX)
            }  # fmt: skip
            require_allowed()
            with self._answered("open"):
                made = store.from_url(root, **options)
        self._store = made

    def put(self, name: str, source: Path) -> None:
        """Store a file under a name that has not been used for another one. Raises 58030."""
        with self._answered(name):
            self._obstore.put(self._store, self._at(name), source)

    def put_bytes(self, name: str, data: bytes) -> None:
        """Store bytes as `put` does."""
        with self._answered(name):
            self._obstore.put(self._store, self._at(name), data)

    def read(self, name: str) -> bytes:
        """Return an object. Raises FileNotFoundError, 58030."""
        with self._answered(name):
            return bytes(self._obstore.get(self._store, self._at(name)).bytes())

    def fetch(self, name: str, target: Path) -> int:
        """Write an object into a file, which has its name once it is whole; return its bytes. Raises
        FileNotFoundError, 53100, 58030."""
        temporary = target.with_suffix(TEMPORARY)
        try:
            with self._answered(name):
                stream = self._obstore.get(self._store, self._at(name)).stream(min_chunk_size=CHUNK_BYTES)
                with open(temporary, "wb") as file:
                    for chunk in stream:
                        check_deadline()
                        file.write(chunk)
                    os.fsync(file.fileno())
            temporary.rename(target)
            return target.stat().st_size
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def stored(self, prefix: str = "") -> dict[str, StoredObject]:
        """Return what there is below a prefix, by name. Raises 58030."""
        found, start = {}, len(self._path) + 1
        with self._answered(prefix):
            for some in self._obstore.list(self._store, prefix=f"{self._path}/{prefix}"):
                for each in some:
                    at = each["last_modified"].timestamp()
                    found[each["path"][start:]] = StoredObject(each["size"], at)
        return found

    def remove(self, name: str) -> None:
        """Remove an object, if it is there. Raises 58030."""
        try:
            with self._answered(name):
                self._obstore.delete(self._store, self._at(name))
        except FileNotFoundError:
            pass

    def require_conditions(self) -> None:
        """Raise 0A000 where the store overwrites an object that must be new: two writers could then both
        take themselves for the only one."""
        name, overwrites = f"probe-{secrets.token_hex(8)}", True
        try:
            with self._answered("a probe"):
                self._obstore.put(self._store, self._at(name), b"1", mode="create")
                self._obstore.put(self._store, self._at(name), b"2", mode="create")
        except self._errors.AlreadyExistsError:
            overwrites = False
        except FileNotFoundError as error:
            raise OperationalError(
                f"{self.url}: there is no such bucket", hint="VQL makes none", sqlstate="58P01"
            ) from error
        if overwrites:
            raise NotSupportedError(
                f"the store of {self.url} overwrites objects that must be new (it ignores If-None-Match)",
                hint="keep the database in a store that honours conditional writes, as S3, or in a folder",
            )
        self.remove(name)

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"

    @contextmanager
    def _answered(self, name: str) -> Iterator[None]:
        """Turn errors of the store into ours."""
        try:
            yield
        except (self._errors.NotFoundError, FileNotFoundError) as error:
            if isinstance(error, OSError) and error.filename is not None:  # of ours, not of the store
                raise disk_error(error, Path(error.filename)) from error
            raise FileNotFoundError(f"{self.url}/{name} is missing") from error
        except self._errors.AlreadyExistsError:
            raise
        except (self._errors.UnauthenticatedError, self._errors.PermissionDeniedError) as error:
            raise OperationalError(
                f"{self.url}: the store refuses {name}: {_first_line(error)}",
                hint="give credentials by the environment, as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                sqlstate="58030",
            ) from error
        except self._errors.BaseError as error:
            raise OperationalError(
                f"{self.url}: the store does not answer for {name}: {_first_line(error)}", sqlstate="58030"
            ) from error
        except OSError as error:
            raise disk_error(error, Path(name)) from error


@cache
def first_user() -> int:
    """Return the id of the process that has used obstore and slatedb first, of this one and its parents."""
    return os.getpid()


def _allows_http() -> bool:
    """Whether an endpoint may be one without TLS, by the variable that SlateDB looks at, too."""
    return os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true")


def require_allowed() -> None:
    """Raise 58030 where the endpoint is one without TLS, and nobody has allowed that."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
    if endpoint.startswith("http://") and not _allows_http():
        raise OperationalError(
            f"the endpoint {endpoint} has no TLS", hint="AWS_ALLOW_HTTP=true allows that", sqlstate="58030"
        )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
