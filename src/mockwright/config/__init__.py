"""The sole reader of configuration files and of the environment.

``file -> ancestor's form -> ${VAR} -> MOCKWRIGHT_... -> Settings -> checks``: each step hands on a
plain tree of values and remembers where each value came from, so that a fault names the place the
reader wrote it in.
"""

from mockwright.config.load import Loaded, load_settings, read_settings
from mockwright.config.mask import masked

__all__ = ["Loaded", "load_settings", "masked", "read_settings"]
