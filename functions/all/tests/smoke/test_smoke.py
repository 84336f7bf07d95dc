"""The journey through what is deployed, whatever its model says: sign in, ask, hang up, resume, cancel, list, refusals."""

import re

import pytest

from client import frames, parts, read_until, text, text_of

QUESTION = "Please write a long 300 word text about rivers."


def asked(ada, reply):
    """(turn, session) of a stream that has begun."""
    assert reply.status_code == 200, reply.read()
    session = reply.headers["x-session-id"]
    ada.sessions.add(session)
    return reply.headers["location"].rpartition("/turns/")[2], session


def answer_of(ada, session):
    question, answer = ada.messages(session)
    assert (question["role"], text_of(question)) == ("user", QUESTION)
    assert answer["role"] == "assistant"
    return answer


def test_it_lives_and_can_work(browser):
    assert browser.get("/health").json()["status"] == "ok"
    assert browser.get("/ready").json()["status"] == "ok"


def test_a_browser_signs_in_and_is_known(browser, is_emulated):
    if not is_emulated:
        pytest.skip("a deployed stack's provider asks a person")
    page = browser.get("/login?return_to=/me", follow_redirects=True)
    ada = re.search(r'href="(\?[^"]*login_hint=ada[^"]*)"', page.text)
    assert ada, page.text
    here = browser.get(page.url.join(ada[1].replace("&amp;", "&")), follow_redirects=True)
    assert (here.status_code, here.url.path) == (200, "/me"), here.text
    assert here.json()["email"] == "ada@example.com"


def test_a_token_says_who_is_asking(ada):
    assert ada.http.get("/me").raise_for_status().json()["user"]


def test_an_answer_streams_and_history_keeps_it(ada):
    with ada.asking(QUESTION) as reply:
        turn, session = asked(ada, reply)
        streamed = frames(reply)
        seen = [next(frame for frame in streamed if "text-delta" in frame[1])]
        assert ada.turn(turn)["status"] == "running", "the first words came when all had been said"
        seen += streamed
    assert parts(seen)[-1]["type"] == "finish" and seen[-1][1] == "[DONE]"
    answer = answer_of(ada, session)
    assert (answer["status"], text_of(answer)) == ("completed", text(seen))


def test_who_hangs_up_comes_back_and_misses_nothing(ada):
    with ada.asking(QUESTION) as reply:
        turn, session = asked(ada, reply)
        before = read_until(reply, 5)
    after = ada.rest_of_turn(turn, before[-1][0])
    assert parts(after)[-1]["type"] == "finish"
    answer = answer_of(ada, session)
    assert (answer["status"], text_of(answer)) == ("completed", text(before) + text(after))


def test_a_cancelled_answer_ends_at_once_and_keeps_what_was_said(ada):
    with ada.asking(QUESTION) as reply:
        turn, session = asked(ada, reply)
        streamed = frames(reply)
        seen = [next(frame for frame in streamed if "text-delta" in frame[1])]
        assert ada.http.post(f"/turns/{turn}/cancel").is_success
        seen += streamed
    assert ada.turn(turn)["status"] == "cancelled"
    answer = answer_of(ada, session)
    assert answer["status"] == "cancelled" and text_of(answer) == text(seen)


def test_the_newest_session_is_the_first_of_the_list(ada):
    session = ada.ask("Hello?", stream=False).raise_for_status().headers["x-session-id"]
    ada.sessions.add(session)
    assert ada.http.get("/sessions?limit=1").raise_for_status().json()["data"][0]["id"] == session
    assert ada.http.delete(f"/sessions/{session}").is_success
    assert ada.http.get(f"/sessions/{session}").status_code == 404


REFUSALS = {
    "no token": (401, "unauthenticated", "GET", "/me", {"headers": {"Authorization": ""}}),
    "a forged token": (401, "unauthenticated", "GET", "/sessions", {"headers": {"Authorization": "Bearer x.y.z"}}),
    "nobody's turn": (404, "turn_not_found", "GET", "/turns/01a00000000000000000000000000000", {}),
    "no question": (422, "invalid", "POST", "/consult", {"json": {}}),
    "no JSON": (400, "malformed_json", "POST", "/consult", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_cannot_be_done_is_refused_in_one_shape(ada, refusal):
    status, code, method, path, request = REFUSALS[refusal]
    reply = ada.http.request(method, path, **request)
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert reply.json()["request_id"]
