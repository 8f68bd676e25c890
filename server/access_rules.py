"""Who is let in from where, and how it proves who it is: the lines of `--hba-file`, which are those of
PostgreSQL's `pg_hba.conf` (manual, "The pg_hba.conf File").

    # TYPE   DATABASE  USER   ADDRESS       METHOD
    local    all       all                  peer
    host     all       all    127.0.0.1/32  scram-sha-256
    hostssl  shop      app    10.0.0.0/8    cert

The first line that fits a connection decides; where none does it is refused. What PostgreSQL has and is not
here is an error that names the line, so that no rule is taken for another. Immutable.
"""

from __future__ import annotations

import ipaddress
import pwd
import re
import socket
from collections.abc import Iterator

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, OperationalError

# The supervisor sends the text to its workers in one message.
TEXT_BYTES_MAX = 12 << 10
LOCAL = "local"
TYPES = (LOCAL, "host", "hostssl", "hostnossl")
METHODS = ("trust", "reject", "scram-sha-256", "cert", "peer")
CLIENT_CERTIFICATES = ("verify-ca", "verify-full")
# Words that stand for more than themselves, where they are not quoted; these alone are here.
ALL, SAME_USER = "all", "sameuser"
KEYWORDS = frozenset({"sameuser", "samerole", "samegroup", "replication", "samehost", "samenet"})
FIELD = re.compile(r'(?:"[^"]*"|[^\s"#])+')
PART = re.compile(r'"([^"]*)"|([^",]+)')
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Arrival:
    """A client at the door: whom it says it is, which database it wants, where it comes from (LOCAL by the
    Unix socket, "" where that is not known), the name in its certificate, where it has shown one that is
    good, and the number of who it is to this machine, where the Unix socket tells."""

    user: str
    database: str
    address: str
    is_encrypted: bool
    certificate_name: str | None = None
    user_id: int | None = None

    @property
    def is_local(self) -> bool:
        """Whether it comes by the Unix socket."""
        return self.address == LOCAL


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One line; no names and no network are all."""

    line: int
    type: str
    databases: tuple[str, ...]
    is_own_database: bool  # that which is called as the user is one of them
    users: tuple[str, ...]
    network: Network | None
    method: str
    client_certificate: str = ""

    def fits(self, arrival: Arrival) -> bool:
        """Whether the rule is about a client."""
        if (self.type == LOCAL) != arrival.is_local:
            return False
        if self.type in ("hostssl", "hostnossl") and arrival.is_encrypted != (self.type == "hostssl"):
            return False
        is_own = self.is_own_database and arrival.database == arrival.user
        if (self.databases or self.is_own_database) and not (is_own or arrival.database in self.databases):
            return False
        if self.users and arrival.user not in self.users:
            return False
        if self.network is None:
            return True
        address = _address(arrival.address)
        return address is not None and address in self.network

    def shown_network(self) -> tuple[str | None, str | None]:
        """Return the address and the mask."""
        if self.network is None:
            return None if self.type == LOCAL else ALL, None
        return str(self.network.network_address), str(self.network.netmask)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """All lines, in order."""

    rules: tuple[AccessRule, ...]

    @staticmethod
    def parse(text: str, has_tls: bool, has_authority: bool) -> AccessRules:
        """Read a file. Raises 22023, naming the line."""
        if len(text.encode()) > TEXT_BYTES_MAX:
            raise InvalidParameterValue(f"more than {TEXT_BYTES_MAX} bytes")
        found = []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                rule = _rule(number, line)
                if rule is not None:
                    _require_tls(rule, has_tls, has_authority)
                    found.append(rule)
            except ValueError as error:
                raise InvalidParameterValue(f"line {number}: {error}") from None
        return AccessRules(tuple(found))

    def listed(self, path: str) -> list[tuple[object, ...]]:
        """Return the rows of pg_hba_file_rules, of the file of a path."""
        return [
            (
                number, path, rule.line, rule.type,
                [*[SAME_USER] * rule.is_own_database, *rule.databases] or [ALL],
                list(rule.users) or [ALL], *rule.shown_network(), rule.method,
                [f"clientcert={rule.client_certificate}"] if rule.client_certificate else None, None,
            )
            for number, rule in enumerate(self.rules, 1)
        ]  # fmt: skip

    def method_for(self, arrival: Arrival) -> str:
        """Return how a client has to prove who it is: trust, or scram-sha-256. Asks the machine
        who a peer is, which may take its time. Raises 28000."""
        rule = next((rule for rule in self.rules if rule.fits(arrival)), None)
        if rule is None or rule.method == "reject":
            said = "no entry of the access rules for" if rule is None else "the access rules reject"
            encrypted = "SSL encryption" if arrival.is_encrypted else "no encryption"
            host = f"[{LOCAL}]" if arrival.is_local else arrival.address
            raise OperationalError(
                f'{said} host "{host}", user "{arrival.user}", database "{arrival.database}", {encrypted}',
                sqlstate="28000",
            )
        if rule.client_certificate and arrival.certificate_name is None:
            raise OperationalError("connection requires a valid client certificate", sqlstate="28000")
        if rule.client_certificate == "verify-full" and arrival.certificate_name != arrival.user:
            raise OperationalError(
                f'certificate authentication failed for user "{arrival.user}"', sqlstate="28000"
            )
        if rule.method == "peer" and system_user(arrival.user_id) != arrival.user:
            raise OperationalError(f'peer authentication failed for user "{arrival.user}"', sqlstate="28000")
        return "trust" if rule.method in ("cert", "peer") else rule.method


def system_user(user_id: int | None) -> str | None:
    """Return what this machine calls a user, None where nobody is called so."""
    try:
        return None if user_id is None else pwd.getpwuid(user_id).pw_name
    except KeyError:
        return None


def _rule(number: int, line: str) -> AccessRule | None:
    """Read a line; None where it says nothing. Raises ValueError."""
    fields = list(_fields(line))
    if not fields:
        return None
    type_, *rest = fields
    if type_ not in TYPES:
        raise ValueError(f'connection type "{type_}" is not supported, but {", ".join(TYPES)}')
    is_local = type_ == LOCAL
    if len(rest) < (3 if is_local else 4):
        address = "" if is_local else ", ADDRESS"
        raise ValueError(f"TYPE, DATABASE, USER{address} and METHOD are wanted")
    databases, users = _names(rest[0]), _names(rest[1])
    is_own_database = (SAME_USER, False) in databases
    network, behind = (None, 2) if is_local else _network(rest[2], rest[3])
    if len(rest) <= behind:
        raise ValueError("METHOD is wanted behind the mask")
    method, options = rest[behind], rest[behind + 1 :]
    if method not in METHODS:
        raise ValueError(f'method "{method}" is not supported, but {", ".join(METHODS)}')
    if method == "peer" and not (is_local and hasattr(socket, "SO_PEERCRED")):
        raise ValueError("peer is for local, on systems that tell who is there (SO_PEERCRED)")
    return AccessRule(
        number, type_, _listed(databases, (SAME_USER,)), is_own_database, _listed(users, ()), network, method,
        _client_certificate(method, options),
    )  # fmt: skip


def _fields(line: str) -> Iterator[str]:
    place = 0
    while place < len(line):
        if line[place].isspace():
            place += 1
            continue
        if line[place] == "#":
            return
        found = FIELD.match(line, place)
        if found is None:
            raise ValueError("a quotation mark is not closed")
        yield found[0]
        place = found.end()


def _names(field: str) -> list[tuple[str, bool]]:
    """Return the names of a list, and whether each is quoted."""
    return [(bare or quoted, not bare) for quoted, bare in PART.findall(field)]


def _listed(names: list[tuple[str, bool]], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names themselves, none where all are meant. Raises ValueError for words that are not
    here."""
    for name, is_quoted in names:
        if not is_quoted and name not in known and (name in KEYWORDS or name[0] in "+@/"):
            raise ValueError(f'"{name}" is not supported')
    if (ALL, False) in names:
        return ()
    return tuple(name for name, is_quoted in names if is_quoted or name not in known)


def _network(field: str, behind: str) -> tuple[Network | None, int]:
    """Return a network, None for all, and which field is behind it: a mask may be one of its own."""
    if field == ALL:
        return None, 3
    try:
        if "/" in field:
            return ipaddress.ip_network(field, strict=False), 3
        ipaddress.ip_address(field)
    except ValueError:
        raise ValueError(f'"{field}" is no address: names of hosts are not supported') from None
    try:
        return ipaddress.ip_network(f"{field}/{behind}", strict=False), 4
    except ValueError:
        raise ValueError(
            f'behind an address a mask is wanted: "{field}/32", or "{field} 255.255.255.255"'
        ) from None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address of a client, None where it is not known: that is in no network."""
    if not text:
        return None
    found = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return found if mapped is None else mapped


def _client_certificate(method: str, options: list[str]) -> str:
    found = "verify-full" if method == "cert" else ""
    for option in options:
        name, _, value = option.partition("=")
        if name != "clientcert" or value not in CLIENT_CERTIFICATES:
            raise ValueError(f'option "{option}" is not supported, but clientcert=verify-ca and verify-full')
        if method != "cert":
            found = value
        elif value != "verify-full":
            raise ValueError("the method cert is clientcert=verify-full")
    return found


def _require_tls(rule: AccessRule, has_tls: bool, has_authority: bool) -> None:
    """Raise ValueError where a rule wants what the server has no files for."""
    if rule.type == "hostssl" and not has_tls:
        raise ValueError("hostssl needs --tls-cert or --tls-self-signed")
    if rule.client_certificate and rule.type != "hostssl":
        raise ValueError("certificates of clients are for hostssl")
    if rule.client_certificate and not has_authority:
        raise ValueError("certificates of clients need --tls-ca, which they are verified by")
