"""The sole reader of configuration files and of the environment.

Two sources of pydantic-settings hand values to :class:`~mockwright.settings.Settings`:
a file (our form or the ancestor's, ``${VAR}`` expanded) and, over it, the environment. Both note in
one report where each value was written, so that a fault names the place its reader knows;
:mod:`~mockwright.config.checks` then adds what no single key can tell.
"""

from mockwright.config.load import Loaded, load_settings, read_settings
from mockwright.config.mask import masked

__all__ = ["Loaded", "load_settings", "masked", "read_settings"]
