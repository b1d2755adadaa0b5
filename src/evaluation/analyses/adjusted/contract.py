"""What the table of `adjusted` holds."""

from pandera.typing.pandas import Series

from evaluation.inference.contract import AlternativeEffects


class Adjusted(AlternativeEffects):
    """The effect in the primary window with covariates, and by the same method without.

    `did` and `poisson_did` have them in their regression, period by period; of the two synthetic
    controls the one with covariates matches on their means (`synthetic_control_validated`), the
    other on the outcome's path (`synthetic_control`). `covariates` are the names of those used,
    by semicolons: a regression leaves out what does not vary beside unit and period effects, and
    matching what is the same for all units. It is empty where `adjusted` is false.
    """

    method: Series[str]
    adjusted: Series[bool]
    covariates: Series[str]

    class Config:
        unique = ["outcome", "estimator", "adjusted"]
