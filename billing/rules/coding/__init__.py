"""Administration codes from charted times: `billing.md` 1. Start reading at `visit.code_visit`."""

from .chart import ChartLine, Coding, CptLine, Mode, Policy, Setting
from .visit import code_visit

__all__ = ["ChartLine", "Coding", "CptLine", "Mode", "Policy", "Setting", "code_visit"]
