"""What a run found, in a form that can be kept and read again; times are in milliseconds."""

from pydantic import BaseModel

from benchmarks.operations import Axis


class Plan(BaseModel):
    """What a run is to do: sizes of directory and of group, and how often and how long each operation is repeated."""

    users: list[int]
    members: list[int]
    repeats: int
    budget_seconds: float
    starts: int
    command: str


class Machine(BaseModel):
    """Where a run was made, and with which versions; ``load`` is the load average over its last 15 minutes."""

    date: str
    cpu: str
    cores: int
    system: str
    load: float
    versions: dict[str, str]


class Handler(BaseModel):
    """An operation in our handlers, called in one process: what it asks of the storage, and CPU without any host.

    ``client_cpu`` is what the storage client alone takes for the same calls.
    """

    requests: int
    rounds: int
    rows_read: int
    memberships_read: int
    rows_written: int
    cpu: float
    client_cpu: float

    @property
    def own_cpu(self) -> float:
        """What is ours of the CPU."""
        return max(0.0, self.cpu - self.client_cpu)


class Http(BaseModel):
    """An operation over HTTP: latency, CPU of the server process, CPU of Azurite meanwhile."""

    latency: float
    cpu: float
    storage_cpu: float = 0.0


class Figure(BaseModel):
    """One operation at one size."""

    operation: str
    axis: Axis
    size: int
    handler: Handler
    http: Http
    peer: Http | None = None


class Growth(BaseModel):
    """The CPU of our handlers for one operation at two sizes, measured by turns."""

    operation: str
    small: int
    large: int
    small_cpu: float
    large_cpu: float

    @property
    def ratio(self) -> float:
        return self.large_cpu / self.small_cpu


class Start(BaseModel):
    """Import of the function app over a bare interpreter, by package the costliest, and start to first answer.

    ``import_time`` is the least of all, ``import_median`` what is typical on a machine that does other things too.
    """

    import_time: float
    import_median: float
    packages: list[tuple[str, float]]
    first_answer: float


class Results(BaseModel):
    """All of one run."""

    plan: Plan
    machine: Machine
    figures: list[Figure]
    growths: list[Growth]
    start: Start

    def of(self, operation: str) -> list[Figure]:
        """The figures of one operation, the smallest size first."""
        return sorted((each for each in self.figures if each.operation == operation), key=lambda each: each.size)
