"""Who answers for a study: what is stated is shown and cited, what is wrong is named."""

import random

import pytest

from evaluation.study.authorship import Author, authorship_of, cited
from evaluation.study.errors import InputError

CARBERRY = "0000-0002-1825-0097"  # the example of ORCID's own documentation


def stated(**given):
    return authorship_of({"authorship": given})


def test_what_is_not_stated_is_empty():
    nothing = authorship_of({})
    assert nothing.names == "" and nothing.date == "" and nothing.authors == ()
    assert cited(nothing, "Did it work?", "abc") == "Did it work? [abc]."


def test_a_report_is_cited_by_what_is_stated():
    whole = stated(
        authors=[{"name": "Ana Pérez", "orcid": CARBERRY}, {"name": "An Office"}],
        institution="A University",
        date="2026-11-28",
        doi="10.1/x",
        licence={"text": "CC-BY-4.0", "figures": "CC-BY-4.0"},
    )
    assert whole.authors == (Author("Ana Pérez", orcid=CARBERRY), Author("An Office"))
    assert cited(whole, "A title", "abc") == (
        "Ana Pérez, An Office (2026). A title. A University. [abc]. https://doi.org/10.1/x"
    )
    assert whole.licences == (("text", "CC-BY-4.0"), ("figures", "CC-BY-4.0"))


def test_one_wrong_digit_of_an_orcid_is_seen():
    rng = random.Random(4)
    for _ in range(100):
        place = rng.choice([i for i, sign in enumerate(CARBERRY) if sign.isdigit()])
        other = rng.choice([d for d in "0123456789" if d != CARBERRY[place]])
        wrong = CARBERRY[:place] + other + CARBERRY[place + 1 :]
        with pytest.raises(InputError, match="Ana"):
            stated(authors=[{"name": "Ana", "orcid": wrong}])
    assert stated(authors=[{"name": "X", "orcid": "0000-0002-9079-593X"}]).names == "X"


@pytest.mark.parametrize("date", ["28/11/2026", "2026-13-01", "soon"])
def test_a_date_that_is_none_is_named(date):
    with pytest.raises(InputError, match="date"):
        stated(date=date)


def test_an_author_has_a_name():
    with pytest.raises(InputError, match="author 2"):
        stated(authors=[{"name": "A"}, {"name": " "}])
