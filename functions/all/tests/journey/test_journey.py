"""The journey: real server, real client, real hang-up. What a user of the whole thing sees."""

import pytest

from client import frames, parts, read_until, text, text_of
from model_server import BRIEF_ANSWER, LONG_ANSWER, times_asked
from processes import wait_until


def test_a_reader_hangs_up_returns_through_another_process_and_misses_nothing(stage):
    with stage.first.asking("Tell me everything", "long") as reply:
        assert reply.status_code == 200, reply.read()
        turn, session = reply.headers["location"].removeprefix("/turns/"), reply.headers["x-session-id"]
        before = read_until(reply, 5)
    assert stage.second.turn(turn)["status"] == "running", "it hung up too late to prove anything"

    after = stage.second.rest_of_turn(turn, before[-1][0])

    assert text(before) + text(after) == LONG_ANSWER
    assert parts(after)[-1]["type"] == "finish" and after[-1][1] == "[DONE]"

    question, answer = wait_until(lambda: kept(stage.second, session), 10, "both messages are in the history")
    assert (question["role"], text_of(question)) == ("user", "Tell me everything")
    assert (answer["role"], answer["status"], text_of(answer)) == ("assistant", "completed", LONG_ANSWER)


def kept(client, session):
    messages = client.messages(session)
    return messages if len(messages) == 2 else None


def test_a_conversation_goes_on_in_another_process_without_a_stream(stage):
    first = stage.first.ask("What is it?", "brief", stream=False).raise_for_status()
    session = first.headers["x-session-id"]

    second = stage.second.ask("And then?", "brief", stream=False, session=session).raise_for_status().json()

    assert (second["status"], text_of(second["answer"])) == ("completed", BRIEF_ANSWER)
    said = [text_of(message) for message in stage.first.messages(session)]
    assert said == ["What is it?", BRIEF_ANSWER, "And then?", BRIEF_ANSWER]


def test_the_same_question_sent_twice_asks_the_model_once(stage):
    asked = times_asked(stage.model)
    once = {"Idempotency-Key": "a-shaky-connection"}

    first = stage.first.ask("Only once", "brief", once, stream=False).raise_for_status().json()
    second = stage.second.ask("Only once", "brief", once, stream=False).raise_for_status().json()

    assert second["id"] == first["id"] and text_of(second["answer"]) == BRIEF_ANSWER
    assert times_asked(stage.model) == asked + 1


def test_a_refusal_by_the_model_server_ends_the_turn_without_its_own_words(stage):
    with stage.first.asking("Anybody there?", "nobody") as reply:
        turn, seen = reply.headers["location"].removeprefix("/turns/"), list(frames(reply))

    assert [part["type"] for part in parts(seen)].count("error") == 1
    view = stage.second.turn(turn)
    assert view["status"] == "failed" and text_of(view["question"]) == "Anybody there?"
    assert "litellm" not in (str(seen) + str(view)).lower()


PROTOCOLS = ["openai:{}", "openai-responses:{}-translated", "anthropic:{}-translated", "gemini:{}-translated"]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.split(":")[0])
def test_every_protocol_yields_the_same_answer(stage, protocol):
    with stage.first.asking("Tell me everything", protocol.format("long")) as reply:
        assert reply.status_code == 200, reply.read()
        session = reply.headers["x-session-id"]
        shown = list(frames(reply))

    assert text(shown) == LONG_ANSWER
    assert parts(shown)[-1]["type"] == "finish"
    second = stage.second.ask("And then?", protocol.format("brief"), stream=False, session=session).raise_for_status()
    assert text_of(second.json()["answer"]) == BRIEF_ANSWER
    assert [text_of(message) for message in stage.second.messages(session)][1::2] == [LONG_ANSWER, BRIEF_ANSWER]
