"""The console in a real browser: what one sees, types and clicks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from browser import CONTROL, SHIFT, Page
from colours import COLOURS, png
from conftest import Serve, look_at

from vql.console.server import ConsoleServer

# The views, and what is true of each when it shows something.
DRAWN = {
    "sql": "document.querySelector('#results table')",
    "search": "document.querySelectorAll('.hit').length",
    "map": "document.getElementById('map-said').innerText.includes('rows of')",
    "status": "document.querySelector('#status h2')",
}
VIEWS = tuple(DRAWN)


def run(page: Page, sql: str) -> None:
    """Type a text into the editor and run it by keys alone."""
    page.evaluate("document.getElementById('sql').select()")
    page.evaluate("document.getElementById('sql').focus()")
    page.write(sql)
    page.press("Enter", CONTROL)
    page.wait(
        "!document.getElementById('run').disabled && document.getElementById('results').childElementCount"
    )


def searching(page: Page) -> None:
    """Go to Search and wait for what it shows first."""
    page.click("#tab-search")
    page.wait("document.querySelectorAll('.hit').length && document.querySelectorAll('.facet').length")


def hits(page: Page) -> list[str]:
    """Return who is found, in order."""
    return page.evaluate("[...document.querySelectorAll('.hit .who strong')].map((each) => each.innerText)")


def found(page: Page, names: list[str]) -> None:
    """Wait until these are found, in this order, and nothing is under way."""
    asked = "[...document.querySelectorAll('.hit .who strong')].map((each) => each.innerText)"
    page.wait(f"JSON.stringify({asked}) === JSON.stringify({json.dumps(names)})")


def test_tables_show_their_columns_indexes_and_rows(page):
    assert "things" in page.text(".tables summary")
    page.click(".tables summary")
    assert "vector(8)" in page.text(".columns") and "price" in page.text(".columns")
    assert "things_pkey" in page.text(".indexes")
    page.click(".tables button")
    page.wait("document.querySelectorAll('#results tbody tr').length === 27")
    assert page.evaluate("document.getElementById('sql').value").startswith("SELECT id, colour")


def test_answers_shorten_vectors_draw_pictures_and_show_null(page):
    run(page, "SELECT id, note, picture, vec, '<b>x</b>' AS t FROM things WHERE id IN (1, 2) ORDER BY id")
    assert page.text("#results .null") == "NULL"
    assert "… 8]" in page.text("#results tbody tr td:nth-child(5)")
    page.wait("document.querySelector('#results img').naturalWidth === 8")
    assert "<b>x</b>" in page.text("#results tbody")
    page.click("#results tbody tr td:nth-child(5) button")
    page.wait("document.getElementById('whole').open")
    assert page.text("#whole pre").count(",") == 7
    page.press("Escape")
    page.wait("!document.getElementById('whole').open")
    assert "2 rows" in page.text("#took")


def test_long_answers_come_in_parts(page):
    run(page, "SELECT n FROM generate_series(1, 450) AS s(n)")
    assert page.count("#results tbody tr") == 200
    assert "200 of 450 rows" in page.text("#results .foot")
    page.click("#results .foot button")
    page.wait("document.querySelectorAll('#results tbody tr').length === 400")
    page.click("#results .foot button")
    page.wait("document.querySelectorAll('#results tbody tr').length === 450")
    assert page.evaluate("document.querySelector('#results .foot button').hidden")


def test_an_error_has_a_caret_at_its_place_and_a_hint(page):
    run(page, "SELECT id;\nSELECT id, colr FROM things")
    page.wait("document.querySelector('#results .error')")
    run(page, "SELECT 1;\nSELECT id, colr FROM things")
    page.wait("document.querySelector('#results .error .caret')?.innerText.includes('LINE 2')")
    line, caret = page.evaluate("document.querySelector('#results .caret').textContent").split("\n")
    assert line.index("colr") == caret.index("^")
    assert "things.colour" in page.text("#results .hint")
    chosen = "const t = document.getElementById('sql'); t.value.slice(t.selectionStart, t.selectionEnd)"
    assert page.evaluate(chosen) == "colr"


def test_a_plan_stands_beside_the_answer(page):
    run(page, "SELECT id FROM things WHERE id = 3")
    page.click("#explain")
    page.wait("document.querySelector('#plan pre')")
    assert "things" in page.text("#plan pre")
    assert page.count("#results table") == 1


def test_a_statement_that_runs_is_cancelled(page):
    page.click("#sql")
    page.write("SELECT pg_sleep(3600)")
    page.press("Enter", CONTROL)
    page.wait("!document.getElementById('cancel').disabled && document.getElementById('took').innerText")
    page.press("Escape")
    page.wait("document.querySelector('#results .error')")
    assert "57014" in page.text("#results .error")


def test_what_runs_when_the_page_goes_is_cancelled(page, console: ConsoleServer):
    lane = console.calls.lanes.lane(page.evaluate("sessionStorage.getItem('vql-page')"), "editor")
    page.evaluate("document.getElementById('sql').select()")
    page.evaluate("document.getElementById('sql').focus()")
    page.write("SELECT pg_sleep(3600)")
    page.press("Enter", CONTROL)
    until(lambda: lane.is_running)
    page.ask("Page.navigate", url="about:blank")
    until(lambda: not lane.is_running)


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that takes a moment."""
    ends_s = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def test_a_transaction_lasts_from_one_statement_to_the_next(page):
    run(page, "CREATE TABLE notes (n int)")
    run(page, "BEGIN")
    page.wait("document.getElementById('block').innerText === 'in a transaction'")
    run(page, "INSERT INTO notes VALUES (7)")
    run(page, "SELECT nothing")
    page.wait("document.getElementById('block').innerText.startsWith('failed')")
    run(page, "ROLLBACK")
    run(page, "SELECT count(*) FROM notes")
    page.wait("document.querySelector('#results td')?.innerText === '0'")
    assert page.evaluate("document.getElementById('block').hidden")
    run(page, "DROP TABLE notes")


def test_a_row_is_searched_for_by_a_click(page):
    searching(page)
    page.click("#hits .hit:nth-child(2) .like")
    page.wait("document.querySelector('#hits .distance')?.innerText === '0'")
    assert hits(page)[:3] == ["id 2", "id 12", "id 22"]
    assert "id 2" in page.text("#liked")
    page.wait("document.getElementById('search-plan').innerText.includes('Recall Measured')")
    assert "1.0000" in page.text("#figures")
    page.wait("document.querySelector('#hits img').naturalWidth === 8")
    page.click("#to-editor")
    page.click("#run")
    page.wait("document.querySelectorAll('#results tbody tr').length === 24")


def test_a_row_is_searched_for_by_its_key(page):
    searching(page)
    page.click("#like-key")
    page.write("13")
    page.press("Enter")
    page.wait("document.querySelector('#hits .distance')")
    assert hits(page)[0] == "id 13"
    page.evaluate("document.getElementById('like-key').value = '9999'")
    page.evaluate("document.getElementById('like-key').dispatchEvent(new Event('change'))")
    page.wait("document.querySelector('#hits .error')")
    assert "no row with id = 9999" in page.text("#hits")


def test_a_picture_is_searched_for(page, tmp_path):
    picture = tmp_path / "green.png"
    picture.write_bytes(png(COLOURS["green"]))
    searching(page)
    page.give_file("#like-picture", picture)
    page.wait("document.querySelector('#hits .distance')")
    assert hits(page)[:3] == ["id 3", "id 13", "id 23"]
    assert "green.png" in page.text("#liked")


def test_words_are_searched_for_and_what_fails_is_said(page):
    searching(page)
    page.click("#like-text")
    page.write("teal")
    page.press("Enter")
    page.wait("document.querySelector('#hits .distance')")
    assert hits(page)[:3] == ["id 4", "id 14", "id 24"]
    page.evaluate("document.getElementById('like-text').value = 'plaid'")
    page.evaluate("document.getElementById('like-text').dispatchEvent(new Event('change'))")
    page.wait("document.querySelector('#hits .error')")
    assert "KeyError" in page.text("#hits .error")


def test_without_a_function_the_page_says_how_to_give_one(browser, serve: Serve):
    page = browser.page()
    page.resize(1280, 860)
    look_at(page, serve(None))
    searching(page)
    assert "--embed MODULE:FUNCTION" in page.text("#embedding-hint")
    assert page.evaluate("document.getElementById('like-picture').disabled")
    page.close()


def test_filters_are_values_to_tick_and_ranges(page):
    searching(page)
    page.click(".facet[data-column=colour] input[value=pink]")
    found(page, ["id 7", "id 17", "id 27"])
    page.click(".facet[data-column=colour] input[value=grey]")
    found(page, ["id 7", "id 9", "id 17", "id 19", "id 27", "id 29"])
    page.click(".facet[data-column=price] input[data-end=from]")
    page.write("100")
    found(page, ["id 17", "id 19", "id 27", "id 29"])
    page.evaluate(
        "(() => { const to = document.querySelector('.facet[data-column=made] input[data-end=to]');"
        " to.value = '2026-01-20'; to.dispatchEvent(new Event('input')); })()"
    )
    found(page, ["id 17", "id 19"])
    page.wait("document.getElementById('search-sql').innerText.includes('WHERE (colour IN')")


def test_the_slider_moves_the_answer_through_time(page, versions):
    searching(page)
    page.wait("!document.getElementById('as-of-slider').disabled")
    assert "id 10" not in hits(page)
    page.evaluate("document.getElementById('as-of-slider').focus()")
    page.press("Home")
    page.wait("document.getElementById('hits').innerText === 'No row passes.'")  # the table was empty
    page.press("ArrowRight")
    page.wait("document.querySelector('.hit .who strong')?.innerText === 'id 0'")
    assert "version" in page.text("#as-of-said")
    assert "AS OF VERSION" in page.text("#search-sql")
    page.press("End")
    page.wait("document.querySelector('.hit .who strong')?.innerText === 'id 1'")
    assert page.text("#as-of-said") == "now"
    page.press("ArrowLeft")
    page.wait("document.getElementById('search-sql').innerText.includes('AS OF VERSION')")
    page.click("#as-of-now")
    page.wait("!document.getElementById('search-sql').innerText.includes('AS OF')")


def test_a_moment_is_typed(page):
    searching(page)
    page.click("#as-of-text")
    page.write("snapshot full_shop")
    page.press("Enter")
    page.wait("document.querySelector('.hit .who strong')?.innerText === 'id 0'")
    assert "AS OF SNAPSHOT 'full_shop'" in page.text("#search-sql")


def test_the_map_lists_what_is_drawn_around(page):
    page.click("#tab-map")
    page.wait("document.getElementById('map-said').innerText.includes('27 rows of 27')")
    assert page.text("#legend").count("\n") >= 8
    box = page.evaluate("(() => { const b = document.getElementById('map').getBoundingClientRect();"
                        " return [b.x, b.y, b.right - 9, b.bottom - 9]; })()")  # fmt: skip
    x, y, right, bottom = box
    page.mouse([(x + 9, y + 9), (right, y + 9), (right, bottom), (x + 9, bottom)])
    page.wait("document.getElementById('map-rows').innerText.includes('27 rows selected')")
    assert page.count("#map-rows tbody tr") == 27
    page.wait("document.querySelector('#map-rows img').naturalWidth === 8")


def test_the_map_is_used_by_keys(page):
    page.click("#tab-map")
    page.wait("document.getElementById('map-said').innerText.includes('27 rows of 27')")
    page.evaluate("document.getElementById('map').focus()")
    for key in ["+"] * 60 + ["ArrowLeft"] * 40 + ["ArrowUp"] * 40 + ["Enter"]:
        page.press(key)
    page.wait("document.getElementById('map-rows').innerText.includes('selected')")


def test_status_shows_segments_and_jobs(page):
    page.click("#tab-status")
    page.wait("document.querySelectorAll('#status h2').length === 4")
    assert "growing" in page.text("#status")
    assert "maintenance" in page.text("#status")


def test_views_are_reached_by_keys(page):
    page.evaluate("document.getElementById('tab-sql').focus()")
    for view in (*VIEWS[1:], VIEWS[0]):
        page.press("ArrowRight")
        page.wait(f"!document.getElementById('view-{view}').hidden")
        assert page.focused() == f"tab-{view}"
        assert page.evaluate(f"document.getElementById('tab-{view}').getAttribute('aria-selected')") == "true"
    page.press("Tab")
    page.press("Tab", SHIFT)
    assert page.focused() == "tab-sql"


def test_every_control_has_a_name(page):
    searching(page)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, select, textarea, canvas')].filter((each) =>"
        " !(each.innerText.trim() || each.getAttribute('aria-label') || each.labels?.length || each.title"
        " || each.getAttribute('aria-describedby') || each.closest('[aria-hidden]') || each.closest('.like')"
        ")).map((each) => each.outerHTML)"
    )
    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_holds_every_view(page, scheme):
    page.prefer(scheme)
    page.resize(360, 740)
    look = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    run(page, "SELECT * FROM things")
    page.wait(look)
    for view in VIEWS:
        page.click(f"#tab-{view}")
        page.wait(DRAWN[view])
        page.wait(look)
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (dark == "rgb(21, 24, 27)") == (scheme == "dark")


def test_the_token_goes_from_the_address_and_is_needed(page, console: ConsoleServer):
    assert "token" not in page.evaluate("location.href")
    page.open(f"http://127.0.0.1:{console.server_port}/")
    page.wait("document.querySelector('h1')?.innerText === 'This address needs its token'")
    page.faults.clear()  # of the 403 itself
