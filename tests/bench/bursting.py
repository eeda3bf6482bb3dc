"""P4: many NOTIFYs at once, as a PBX sends them that has been restarted; none is to come twice."""

from __future__ import annotations

from statistics import median

from tests.bench.answering import answering
from tests.bench.clock import scaled
from tests.bench.table import AtMost, Metric, Result

__all__ = ["METRICS", "measure"]

_STOCK, _LARGE, _TIMED = 180, 1000, 150

METRICS = (
    Metric(
        "P4",
        "burst of NOTIFYs: sent again at timer E, and time until 150 are answered",
        "",
        (
            AtMost(0, f"again of {_STOCK}"),
            AtMost(0, f"again of {_LARGE:,}"),
            AtMost(50, f"ms for {_TIMED}"),
        ),
        (),
        "nothing is lost; where others have the processors, a thousand are not answered before "
        "timer E is over.",
    ),
)
_REMARK = (
    f"{_STOCK} with the receive buffer that a stock Linux grants, {_LARGE:,} with the 4 MiB asked"
    " for; each burst five times."
)


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    rounds = scaled(5, share)
    figures: dict[str, float] = {}
    for name, size in (("stock", _STOCK), ("ours", _LARGE)):
        with answering(name) as (pbx, _process):
            (dialog,) = pbx.dialogs
            for _ in range(rounds):
                pbx.burst(dialog, scaled(size, share))
            figures[f"again of {size:,}"] = float(pbx.resent)
            times = [pbx.burst(dialog, scaled(_TIMED, share)) for _ in range(rounds)]
    figures[f"ms for {_TIMED}"] = 1000 * median(times)
    return [Result(METRICS[0], figures, _REMARK)]
