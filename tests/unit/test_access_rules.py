"""The lines of `--hba-file`: which one decides, and which are refused."""

from __future__ import annotations

import os
import pwd

import pytest

from vql.errors import Error
from vql.server.access_rules import AccessRules, Arrival

RULES = """
# TYPE  DATABASE        USER        ADDRESS                     METHOD
host    all             evil        all                         reject   # whoever that is
hostssl shop,"all"      app         10.0.0.0/8                  cert
hostssl shop            app         192.168.1.0 255.255.255.0   scram-sha-256 clientcert=verify-ca
host    sameuser,more   all         127.0.0.1/32                trust
hostnossl all           "all",app   ::1/128                     scram-sha-256
local   shop            all                                     peer
local   all             app                                     scram-sha-256
"""


def method(user, database, address, is_encrypted=False, name=None, user_id=None):
    """Return how a client has to prove who it is, or the error it gets."""
    rules = AccessRules.parse(RULES, has_tls=True, has_authority=True)
    try:
        return rules.method_for(Arrival(user, database, address, is_encrypted, name, user_id))
    except Error as error:
        assert error.sqlstate == "28000"
        return error.message


def test_the_first_line_that_fits_decides():
    assert "reject" in method("evil", "evil", "127.0.0.1")
    assert method("app", "app", "127.0.0.1") == "trust"
    assert method("any", "more", "127.0.0.1", True) == "trust"
    assert method("app", "shop", "::1") == "scram-sha-256"
    assert method("all", "shop", "::1") == "scram-sha-256"
    assert method("all", "more", "::ffff:127.0.0.1") == "trust"


def test_what_no_line_is_about_is_refused():
    assert method("other", "shop", "::1") == (
        'no entry of the access rules for host "::1", user "other", database "shop", no encryption'
    )
    assert "SSL encryption" in method("app", "shop", "::1", True)
    assert "no entry" in method("app", "shop", "127.0.0.1")
    assert "no entry" in method("app", "shop", "")


def test_who_comes_by_the_unix_socket_is_who_the_machine_says():
    own = os.getuid()
    assert method(pwd.getpwuid(own).pw_name, "shop", "local", user_id=own) == "trust"
    assert method("other", "shop", "local", user_id=own) == 'peer authentication failed for user "other"'
    assert method("other", "shop", "local").startswith("peer authentication failed")
    assert method("app", "all", "local") == "scram-sha-256"
    assert method("other", "more", "local") == (
        'no entry of the access rules for host "[local]", user "other", database "more", no encryption'
    )


def test_certificates_are_of_who_shows_them():
    assert method("app", "all", "10.1.2.3", True, "app") == "trust"
    assert method("app", "shop", "10.1.2.3", True, "other").startswith("certificate authentication failed")
    assert method("app", "shop", "10.1.2.3", True).startswith(
        "connection requires a valid client certificate"
    )
    assert method("app", "shop", "192.168.1.9", True, "other") == "scram-sha-256"
    assert "no entry" in method("app", "shop", "10.1.2.3", False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hostgssenc all all all trust", 'connection type "hostgssenc"'),
        ("local all all", "TYPE, DATABASE, USER and METHOD are wanted"),
        ("local all all 127.0.0.1/32 trust", 'method "127.0.0.1/32" is not supported'),
        ("local all all peer map=x", 'option "map=x"'),
        ("local all all cert", "are for hostssl"),
        ("host all all all peer", "peer is for local"),
        ("host all all", "are wanted"),
        ("host all all 127.0.0.1/32", "are wanted"),
        ("host all all 127.0.0.1/32 md5", 'method "md5"'),
        ("host all all 127.0.0.1 trust", "a mask is wanted"),
        ("host all all 127.0.0.1 255.255.255.255", "METHOD is wanted"),
        ("host all all 300.0.0.0/8 trust", "is no address"),
        ("host all all example.org trust", "names of hosts"),
        ("host all +group all trust", '"+group" is not supported'),
        ("host samerole all all trust", '"samerole" is not supported'),
        ("host replication all all trust", '"replication" is not supported'),
        ('host "all all all trust', "quotation mark"),
        ("host all all all scram-sha-256 map=x", 'option "map=x"'),
        ("host all all all cert", "are for hostssl"),
        ("hostssl all all all cert clientcert=verify-ca", "is clientcert=verify-full"),
    ],
)
def test_what_is_not_there_is_an_error_with_its_line(line, said):
    with pytest.raises(Error) as raised:
        AccessRules.parse(f"# first\n\n{line}\n", has_tls=True, has_authority=True)
    assert raised.value.sqlstate == "22023"
    assert raised.value.message.startswith("line 3: ") and said in raised.value.message


def test_files_that_rules_need_are_named():
    for line, has_tls, said in (
        ("hostssl all all all trust", False, "--tls-cert"),
        ("hostssl all all all cert", True, "--tls-ca"),
    ):
        with pytest.raises(Error, match=said):
            AccessRules.parse(line, has_tls=has_tls, has_authority=False)
