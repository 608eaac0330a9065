"""The limit on outstanding requests, set by the environment."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from tests.localhost.sample import running_sample

SETTINGS = {
    "AzureFunctionsJobHost__extensions__http__maxOutstandingRequests": "1",
    "AzureWebJobsDisableHomepage": "true",
}


def test_too_many_requests(tmp_path: Path) -> None:
    """Beyond the limit a request gets 429 with its one header; the admin paths are not limited."""
    with running_sample(tmp_path, variables=SETTINGS) as sample:
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(sample.get, "/gate") for _ in range(2)]
            first, others = wait(both, return_when=FIRST_COMPLETED)
            sample.run_timer("open_gate")
        (refused,), (admitted,) = first, others
        assert (refused.result().status_code, refused.result().content) == (429, b"")
        assert refused.result().headers["x-function-scaleout"] == "1"
        assert "cache-control" not in refused.result().headers
        assert admitted.result().text == "open"
        assert sample.get("/").status_code == 204
