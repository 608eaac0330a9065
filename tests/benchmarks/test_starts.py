"""Which packages an import report blames."""

from benchmarks.starts import costliest

REPORT = """\
import time: self [us] | cumulative | imported package
import time:      1500 |       1500 |   json.decoder
import time:       500 |       2000 | json
import time:      4000 |       4000 |     pydantic._internal
import time:       100 |       4100 |   pydantic
import time:      3000 |       3000 |   azure.data.tables
import time:      1000 |       1000 |   azure.data
import time:      2500 |       2500 |   azure.functions
"""


def test_own_times_are_added_by_package() -> None:
    """Cumulative times would count a package once for each that imports it; a shared namespace is told apart."""
    assert costliest(REPORT, 3) == [("pydantic", 4.1), ("azure.data", 4.0), ("azure.functions", 2.5)]


def test_standard_library_is_one() -> None:
    """Nobody can leave it out, so its modules are not told apart."""
    assert costliest(REPORT, 9)[-1] == ("standard library", 2.0)
