"""One provisioning job as an administrator sets it up."""

from dataclasses import dataclass, field

from simulator.mapping.defaults import DEFAULT_SCHEMA
from simulator.mapping.model import Schema
from simulator.protocol import Dialect
from simulator.quarantine import Thresholds

DELETE_THRESHOLD = 500


@dataclass(frozen=True)
class Job:
    """Mappings, scope and limits of a job.

    ``delete_threshold`` is the number of deprovisionings in one cycle from which on they are held; ``None`` holds none.
    ``microsoft_schema`` declares Microsoft's own URN when a group is created, as the published sample does and newer
    traffic does not. ``members_per_patch`` bounds one PATCH of a group; Entra's own number is not documented.
    """

    dialect: Dialect = Dialect.LEGACY
    schema: Schema = DEFAULT_SCHEMA
    assigned_only: bool = False
    skip_out_of_scope_deletions: bool = False
    delete_threshold: int | None = DELETE_THRESHOLD
    thresholds: Thresholds = field(default_factory=Thresholds)
    members_per_patch: int = 100
    concurrency: int = 8
    seed: int = 0
    microsoft_schema: bool = True
