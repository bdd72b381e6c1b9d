"""Exchange profiles in YAML: schema, reading, layering, and where each value came from."""

from fundcli.profiles.catalog import Catalog, Loaded, Origin, builtin_folder
from fundcli.profiles.schema import Profile

__all__ = ["Catalog", "Loaded", "Origin", "Profile", "builtin_folder"]
