"""The catalogue of sentences."""

import string

import pytest

from aegrid_energy.domain.sentences import SENTENCES, sentence


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_sentence_is_a_sentence(code: str) -> None:
    text = SENTENCES[code]
    assert text[0].isupper() or text[0] == "{"
    assert text.endswith(".")
    assert "  " not in text
    assert not [name for _, name, spec, _ in string.Formatter().parse(text) if spec]


def test_facts_stand_in_their_places() -> None:
    assert "administrator, energy_manager" in sentence(
        "not_permitted", {"roles": ["administrator", "energy_manager"]}
    )


def test_a_missing_fact_is_a_poor_sentence_and_no_error() -> None:
    assert sentence("too_many_requests", {}) == (
        "Too many calls in a short time. Try again in (retry_after_s) seconds."
    )


def test_an_unknown_code_reads_as_words_with_its_facts() -> None:
    assert sentence("meter_not_placed", {"meter": "6102", "n": 3}) == "Meter not placed (meter: 6102, n: 3)."


def test_braces_in_a_fact_are_only_text() -> None:
    assert sentence("password_weak", {"reason": "{code.__class__}"}).endswith("{code.__class__}.")
