"""The figures quoted in README.md are those of the default study's last run."""

import json

import pytest

from tests.conftest import ROOT

RUN = ROOT / "results" / "plateros_pilot"
MINUS = "−"


@pytest.fixture(scope="module")
def numbers():
    path = RUN / "numbers.json"
    if not path.exists():
        pytest.skip("no run of the default study at hand: `make` first")
    return json.loads(path.read_text(encoding="utf-8"))


def percent(value):
    """`−57 %`, `+14 %`: rounded, with a sign."""
    return f"{MINUS if value < 0 else '+'}{abs(round(value))} %"


def test_the_readme_quotes_the_run(numbers):
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    low, high = numbers["ci_low_percent"], numbers["ci_high_percent"]
    quoted = [
        f"with {numbers['donors']} other police sectors",
        f"all homicides fell {-round(numbers['treated_change'])} % "
        f"({numbers['treated_before']} to {numbers['treated_after']})",
        f"in a city where they fell {-round(numbers['city_change'])} %",
        f"about {-round(numbers['effect_percent'])} % fewer homicides than expected",
        f"a 95 % interval from {percent(low)} to {percent(high)}",
        f"p = {numbers['primary_p']:.2f}".replace("0.", "."),
        f"a fall of about {-round(numbers['detectable_fall_percent'])} % "
        f"({-round(numbers['power_detectable_least_percent'])} to "
        f"{-round(numbers['power_detectable_most_percent'])} %, by how much sectors drift)",
        f"{numbers['specifications_estimated']:,} specifications",
        f"{numbers['specifications_falls_share']:.1f} % of",
        f"(p = {numbers['joint_sign_p']:.2f}; ".replace("0.", ".")
        + f"joint test p = {numbers['joint_median_p']:.2f})".replace("0.", "."),
        f"verdict is *{numbers['verdict']}*",
    ]
    assert [text for text in quoted if text not in readme] == []


def test_the_page_of_claims_quotes_the_run(numbers):
    page = " ".join((ROOT / "docs" / "claims.md").read_text(encoding="utf-8").split())
    quoted = [
        f"prints {numbers['p_values']:,} p-values",
        f"and {numbers['p_values_rejecting']} of them are at most .05",
        f"about {numbers['p_values_expected']} would be",
        "stops at the first claim " + f"(p = {numbers['primary_p']:.2f})".replace("0.", "."),
    ]
    assert [text for text in quoted if text not in page] == []
    assert (numbers["claims_steps"], numbers["claims_supported"]) == (4, 0)
    assert numbers["claims_stopped_outcome"] == numbers["outcome"]


def test_the_method_page_quotes_what_the_centre_moves(numbers):
    def ps(*keys):
        return " to ".join(f"{numbers[key]:.3f}".replace("0.", ".") for key in keys)

    page = " ".join((ROOT / "docs" / "method.md").read_text(encoding="utf-8").split())
    quoted = [
        f"from {ps('permutation_p', 'centre_p')} under the primary estimator",
        f"from {ps('centre_estimator_mean_p', 'centre_estimator_precision_p')} under the synthetic",
    ]
    assert [text for text in quoted if text not in page] == []
    assert numbers["centre_estimator"] == "synthetic_control"


def test_the_readme_shows_the_figure_of_the_run(numbers):
    shown = (ROOT / "docs" / "paths.png").read_bytes()
    assert shown == (RUN / "figures" / "paths.en.png").read_bytes()
