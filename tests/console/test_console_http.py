"""The console's HTTP: who is let in, what is refused; and its lanes, which a browser shows badly."""

from __future__ import annotations

import json
import threading
from http.client import HTTPConnection, HTTPResponse

import numpy as np
import pytest
from colours import COLOURS, vector

from vql.console.embedding import embedding_of, load_embedding
from vql.console.lanes import LANES_MAX, Lane, Lanes
from vql.console.projection import principal
from vql.console.search import moment_of, with_short_vectors
from vql.console.server import BODY_BYTES_MAX, ConsoleServer
from vql.errors import Error
from vql.link.embedded import EmbeddedLink
from vql.shell.main import main
from vql.shell.opening import opened_link


def ask(
    console: ConsoleServer, path: str, given: object = None, body: bytes | None = None, **headers: str
) -> HTTPResponse:
    """Ask as somebody with the cookie, unless told otherwise."""
    connection = HTTPConnection("127.0.0.1", console.server_port, timeout=60)
    sent = {
        "Cookie": f"vql-console-{console.server_port}={console.token}",
        "Content-Type": "application/json",
        "X-Console-Page": "test",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    data = json.dumps(given).encode() if given is not None else body
    connection.request("GET" if data is None else "POST", path, data, sent)
    return connection.getresponse()


def called(console: ConsoleServer, name: str, **given: object) -> dict:
    """Return the answer of a call."""
    return json.load(ask(console, f"/call/{name}", given))


def test_the_page_comes_with_the_token_and_sets_a_cookie(console):
    answer = ask(console, f"/?token={console.token}", Cookie="")
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "http" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ask(console, "/").status == 200


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/cell?answer=1&row=0&column=0"])
def test_without_the_token_nothing_is_shown(console, path):
    assert ask(console, path, Cookie="").status == 403
    assert ask(console, path, Cookie=f"vql-console-{console.server_port}=wrong").status == 403


def test_calls_need_the_cookie_and_come_from_here(console):
    assert ask(console, "/call/tables", {}, Cookie="").status == 403
    assert ask(console, "/call/tables", {}, Origin="https://example.com").status == 403
    assert ask(console, "/call/tables", {}, Origin=f"http://127.0.0.1:{console.server_port}").status == 200
    for origin in ("null", "http://127.0.0.1:1", "http://localhost", "http://["):
        assert ask(console, "/call/tables", {}, Origin=origin).status == 403


def test_names_that_were_made_to_mean_this_machine_are_refused(console):
    for path, given in (("/", None), ("/static/main.js", None), ("/call/tables", {})):
        assert ask(console, path, given, Host="example.com").status == 421
        assert ask(console, path, given, Host="localhost:9").status == 200
        assert ask(console, path, given, Host="[").status == 421


def test_what_is_no_call_is_refused(console):
    assert ask(console, "/call/tables", body=b"{", Content_Type="application/json").status == 400
    assert ask(console, "/call/tables", body=b"[1]").status == 400
    assert ask(console, "/call/tables", body=b"{}", Content_Type="text/plain").status == 400
    assert ask(console, "/call/nothing", {}).status == 404
    assert ask(console, "/nothing").status == 404
    big = str(BODY_BYTES_MAX + 1)
    assert ask(console, "/call/tables", body=b"{}", Content_Length=big).status == 413
    answer = called(console, "run")
    assert answer["error"]["sqlstate"] == "22023"


@pytest.mark.parametrize(
    "wrong",
    [
        {"filters": [5]}, {"filters": 5}, {"limit": float("inf")}, {"limit": "x"}, {"metric": "none"},
        {"like": {"picture": "!"}},
    ],
)  # fmt: skip
def test_what_is_asked_badly_is_answered(console, wrong):
    question = {"schema": "public", "table": "things", "column": "vec", **wrong}
    assert called(console, "search", **question)["error"]["sqlstate"] == "22023"


def test_a_row_that_is_not_there_is_nothing_to_search_by(console):
    question = {"schema": "public", "table": "things", "column": "vec"}
    found = called(console, "search", **question)
    like = {"answer": found["answer"], "row": 99_999}
    assert called(console, "search", **question, like=like)["error"]["sqlstate"] == "22023"


@pytest.mark.parametrize(
    "name", ["../server.py", "..%2fserver.py", "nothing.js", "", "style.css/", "a" * 5000 + ".js"]
)
def test_only_the_pages_own_files_are_sent(console, name):
    assert ask(console, f"/static/{name}").status == 404


def test_a_cell_is_sent_whole_and_as_nobodys_document(console):
    given = called(console, "run", sql="SELECT picture, note FROM things WHERE id = 2")["answers"][0]
    place = f"/cell?page=test&lane=editor&answer={given['answer']}&row=0&column="
    picture = ask(console, f"{place}0")
    assert picture.headers["Content-Type"] == "image/png" and picture.read().startswith(b"\x89PNG")
    assert picture.headers["Content-Security-Policy"].startswith("sandbox")
    assert ask(console, f"{place}1").read() == b"n" * 400
    assert ask(console, f"{place}2").status == 404
    assert ask(console, f"{place}x").status == 404
    assert ask(console, f"{place}0".replace("page=test", "page=other")).status == 404


def test_an_error_has_its_place_in_the_whole_text(console):
    error = called(console, "run", sql="SELECT 1; SELECT 2; SELECT nothing")["error"]
    assert (error["sqlstate"], error["position"]) == ("42703", 28)


def test_explain_has_the_place_in_what_was_typed(console):
    error = called(console, "explain", sql="SELECT nothing")["error"]
    assert (error["sqlstate"], error["position"]) == ("42703", 8)


def test_explain_runs_nothing(console):
    called(console, "run", sql="CREATE TABLE untouched (a int)")
    error = called(console, "explain", sql="SELECT 1; INSERT INTO untouched VALUES (1)")["error"]
    assert error["sqlstate"] == "42601"
    assert called(console, "run", sql="TABLE untouched")["answers"][0]["total"] == 0


def test_a_statement_of_a_transaction_that_is_over_does_not_run_by_itself(console):
    called(console, "run", sql="CREATE TABLE blocked (a int)")
    assert called(console, "run", sql="BEGIN; INSERT INTO blocked VALUES (1)", block="I")["status"] == "T"
    assert called(console, "hello")["status"] == "T"
    console.calls.lanes.close()  # as after a long pause
    for name in ("run", "explain"):
        answer = called(console, name, sql="INSERT INTO blocked VALUES (2)", block="T")
        assert (answer["error"]["sqlstate"], answer["status"]) == ("25P03", "I")
    assert called(console, "run", sql="TABLE blocked", block="I")["answers"][0]["total"] == 0


def test_a_key_is_found_whatever_its_table_is_called(console):
    called(console, "run", sql="CREATE TABLE attrelid (id int PRIMARY KEY, v vector(2))")
    assert called(console, "facets", schema="public", table="attrelid", column="v")["key"] == "id"


# ---------------------------------------------------------------- lanes


def lane_of(shop) -> Lane:
    return Lane(lambda: opened_link(str(shop)))


def sleeping(lane: Lane) -> tuple[threading.Thread, list[Error]]:
    """Begin work that sleeps, and return once it does."""
    errors: list[Error] = []
    begun = threading.Event()

    def work() -> None:
        try:
            lane.work(lambda turn: (begun.set(), turn.ask("SELECT pg_sleep(3600)")), replaces=False)
        except Error as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    return thread, errors


def test_a_newer_question_takes_the_place_of_an_older(shop):
    lane = lane_of(shop)
    thread, errors = sleeping(lane)
    # The older may just be about to begin its statement: then it does not.
    assert lane.work(lambda turn: turn.rows("SELECT 1"), replaces=True) == [["1"]]
    thread.join()
    assert [error.sqlstate for error in errors] == ["57014"]
    lane.close()


def test_the_editor_runs_one_statement_at_a_time(shop):
    lane = lane_of(shop)
    thread, errors = sleeping(lane)
    with pytest.raises(Error) as refused:
        lane.work(lambda turn: turn.ask("SELECT 1"), replaces=False)
    assert refused.value.sqlstate == "55006"
    while thread.is_alive():
        lane.cancel()
        thread.join(0.05)
    assert [error.sqlstate for error in errors] == ["57014"]
    assert not lane.cancel()
    lane.close()


def test_a_lane_whose_server_is_gone_opens_another(shop):
    lane = lane_of(shop)

    def lost(turn):
        raise Error("the server is gone", sqlstate="08006")

    with pytest.raises(Error):
        lane.work(lost, replaces=False)
    assert lane.work(lambda turn: turn.rows("SELECT 2"), replaces=False) == [["2"]]
    lane.close()


def test_of_many_pages_one_in_a_transaction_is_kept(shop):
    lanes = Lanes(lambda: opened_link(str(shop)))
    first = lanes.lane("0", "editor")
    first.work(lambda turn: turn.ask("BEGIN"), replaces=False)
    for number in range(LANES_MAX):
        lanes.lane(str(number), "look")
    assert lanes.lane("0", "editor") is first and first.status == "T"
    lanes.close()


def test_of_many_pages_the_longest_idle_is_closed(shop):
    lanes = Lanes(lambda: opened_link(str(shop)))
    first = lanes.lane("0", "look")
    for number in range(LANES_MAX):
        lanes.lane(str(number), "look")
    assert lanes.lane("0", "look") is first
    lanes.lane("one more", "look")
    assert lanes.lane("0", "look") is not first
    lanes.close()


# ---------------------------------------------------------------- parts


def test_a_text_over_a_folder_is_run_as_a_server_runs_it(shop):
    link = opened_link(str(shop))
    assert isinstance(link, EmbeddedLink)
    link.run("CREATE TABLE one (a int PRIMARY KEY); INSERT INTO one VALUES (1)")
    with pytest.raises(Error):
        link.run("INSERT INTO one VALUES (2); INSERT INTO one VALUES (1)")
    assert link.run("SELECT count(*) FROM one")[0].rows[0] == ["1"]
    assert [answer.tag for answer in link.run("BEGIN; INSERT INTO one VALUES (3)")] == ["BEGIN", "INSERT 0 1"]
    assert link.status == "T"
    with pytest.raises(Error):
        link.run("SELECT nothing")
    assert link.status == "E"
    link.run("ROLLBACK; DROP TABLE one")
    link.close()


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("", ""), ("12", "VERSION 12"), ("Version 12", "VERSION 12"), ("snapshot 'a b'", "SNAPSHOT 'a b'"),
        ("2026-01-01 12:00", "'2026-01-01 12:00'"), ("it's", "'it''s'"),
    ],
)  # fmt: skip
def test_moments_are_versions_snapshots_or_times(typed, moment):
    assert moment_of(typed) == moment


def test_long_vectors_are_short_in_statements():
    assert with_short_vectors("x <-> '[1.5,2,3,4,5,6]' y") == "x <-> '[1.5,2,3,4,… 6 numbers]' y"
    assert with_short_vectors("'[1,2,3]' '[1,2,3,4,... 5 numbers]'") == "'[1,2,3]' '[1,2,3,4,... 5 numbers]'"


def test_principal_components_are_those_of_numpy():
    generator = np.random.default_rng(3)
    vectors = (generator.standard_normal((400, 30)) * np.geomspace(9, 0.1, 30)).astype(np.float32)
    places, shares = principal(vectors)
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    expected = left[:, :2] * sizes[:2]
    assert np.allclose(np.abs(places), np.abs(expected), atol=1e-2)
    assert np.allclose(shares, sizes[:2] ** 2 / (sizes**2).sum(), atol=1e-3)
    assert principal(vectors[:1])[0].tolist() == [[0, 0]]


def test_an_embedding_is_named_by_module_and_function():
    assert embedding_of(load_embedding("colours:embed"), "red") == pytest.approx(vector(COLOURS["red"]))
    for name in ("colours", "colours:nothing", "nothing_there:embed"):
        with pytest.raises(Error) as refused:
            load_embedding(name)
        assert refused.value.sqlstate == "22023"
    with pytest.raises(Error) as failed:
        embedding_of(load_embedding("colours:embed"), "plaid")
    assert failed.value.sqlstate == "38000"


def test_the_command_refuses_what_is_not_there(tmp_path, capsys):
    assert main(["console", str(tmp_path / "nothing"), "--no-browser"]) == 1
    assert "there is no database" in capsys.readouterr().err
