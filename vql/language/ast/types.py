"""CREATE, ALTER and DROP of types: enumerations, composite types and domains."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.alterations import ChangeOwner, SetSchema
from vql.language.ast.literals import NOWHERE, Span, TypeName


@dataclass(frozen=True, slots=True)
class CreateEnum:
    """CREATE TYPE name AS ENUM (labels)."""

    name: tuple[str, ...]
    labels: tuple[str, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CreateRange:
    """CREATE TYPE name AS RANGE (options): each a name and what is said of it, of the subtype a type."""

    name: tuple[str, ...]
    options: tuple[tuple[str, TypeName | tuple[str, ...]], ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class AddLabel:
    """ALTER TYPE name ADD VALUE label, at the end or beside a `neighbour`."""

    name: tuple[str, ...]
    label: str
    if_not_exists: bool = False
    neighbour: str | None = None
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class RenameLabel:
    """ALTER TYPE name RENAME VALUE label TO new_label."""

    name: tuple[str, ...]
    label: str
    new_label: str


@dataclass(frozen=True, slots=True)
class RenameType:
    """ALTER TYPE name RENAME TO new_name, or where `is_domain` ALTER DOMAIN."""

    name: tuple[str, ...]
    new_name: str
    is_domain: bool = False


@dataclass(frozen=True, slots=True)
class DropType:
    """DROP TYPE, or where `is_domain` DROP DOMAIN."""

    names: tuple[tuple[str, ...], ...]
    if_exists: bool = False
    cascade: bool = False
    is_domain: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of a composite type."""

    name: str
    type: TypeName


@dataclass(frozen=True, slots=True)
class CreateRowType:
    """CREATE TYPE name AS (fields)."""

    name: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class DropAttribute:
    """DROP ATTRIBUTE name."""

    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class RetypeAttribute:
    """ALTER ATTRIBUTE name TYPE type."""

    name: str
    type: TypeName


@dataclass(frozen=True, slots=True)
class RenameAttribute:
    """RENAME ATTRIBUTE name TO new_name."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AlterRowType:
    """ALTER TYPE name, of a composite type; an `Attribute` is added."""

    name: tuple[str, ...]
    actions: tuple[Attribute | DropAttribute | RetypeAttribute | RenameAttribute, ...]


@dataclass(frozen=True, slots=True)
class AlterTypeOwner:
    """ALTER TYPE name SET SCHEMA or OWNER TO, or where `is_domain` ALTER DOMAIN."""

    name: tuple[str, ...]
    action: SetSchema | ChangeOwner
    is_domain: bool = False


@dataclass(frozen=True, slots=True)
class DomainRule:
    """What a domain says of its values: CHECK of a condition as `text`, or without one NOT NULL."""

    name: str = ""
    text: str = ""
    is_validated: bool = True


@dataclass(frozen=True, slots=True)
class CreateDomain:
    """CREATE DOMAIN name AS type."""

    name: tuple[str, ...]
    type: TypeName
    default: str | None = None
    rules: tuple[DomainRule, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class DomainDefault:
    """SET DEFAULT, or without one DROP DEFAULT."""

    default: str | None


@dataclass(frozen=True, slots=True)
class DropDomainRule:
    """DROP CONSTRAINT, or without a name DROP NOT NULL."""

    name: str = ""
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ChangeDomainRule:
    """RENAME CONSTRAINT, or without another name VALIDATE CONSTRAINT."""

    name: str
    new_name: str = ""


@dataclass(frozen=True, slots=True)
class AlterDomain:
    """ALTER DOMAIN name; a `DomainRule` is added."""

    name: tuple[str, ...]
    action: DomainRule | DomainDefault | DropDomainRule | ChangeDomainRule
