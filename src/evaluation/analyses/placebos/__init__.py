"""The treated sector among its placebos."""

PLACES = {"figure": ("inference", 20)}
BY_PERIOD = ("placebo_space",)
DRAWN = {
    "placebo_space": ("outcome", "estimator", "window"),
    "rmspe_ratio": ("outcome", "estimator", "window"),
}
