"""Log lines, and spans for OpenTelemetry, whose packages are imported only where it is enabled."""

from mockwright.telemetry.observe import Telemetry, build_observe
from mockwright.telemetry.parent import remote_parent

__all__ = ["Telemetry", "build_observe", "remote_parent"]
