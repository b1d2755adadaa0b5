"""Who may be compared, and how what a comparison can show is simulated: pieces of a study."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DonorRule:
    exclude_within_m: float
    exclude_calendar: bool
    exclude: tuple[tuple[str, str], ...]
    minimum: int

    def describe(self) -> str:
        """One line for the `donor_rule` column."""
        parts = [f"beyond {self.exclude_within_m:g} m"] * (self.exclude_within_m >= 0)
        if self.exclude_calendar:
            parts.append("not in the treatment calendar")
        parts += [f"without {sector}" for sector, _ in self.exclude]
        return ", ".join(parts) or "all"


@dataclass(frozen=True)
class Calibration:
    """How size, power and calibrated p-values are simulated.

    draws : simulated treated units a null
    reference_panels, reference_copies : simulated panels behind a calibrated p, treated units each
    deciding_panels : the same behind the p of the primary outcome and estimator
    drifts : yearly standard deviations of the units' log rates
    """

    draws: int
    reference_panels: int
    deciding_panels: int
    reference_copies: int
    drifts: tuple[float, ...]
    seed: int


def parse_donors(donors: Mapping) -> DonorRule:
    """The `donors` block of a config that honours the schema."""
    return DonorRule(
        exclude_within_m=float(donors["exclude_within_m"]),
        exclude_calendar=donors["exclude_calendar"],
        exclude=tuple(sorted(donors["exclude"].items())),
        minimum=donors["minimum"],
    )


def parse_calibration(calibration: Mapping) -> Calibration:
    """The `calibration` block of a config that honours the schema."""
    return Calibration(
        calibration["draws"],
        calibration["reference_panels"],
        calibration["deciding_panels"],
        calibration["reference_copies"],
        tuple(float(drift) for drift in calibration["drifts"]),
        calibration["seed"],
    )
