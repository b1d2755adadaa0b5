"""What stands where a panel should."""

from evaluation.api.arguments import require
from evaluation.api.panel import Panel


def require_panel(panel: object) -> None:
    """Raise `InputError` for what is no `Panel`, such as the table it would be made of."""
    action = "Make one: Panel.from_frame(frame, unit=…, period=…, count=…)."
    require(panel, Panel, "panel", action)
