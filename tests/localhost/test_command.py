"""The command ``python -m localhost``: what it prints, refuses and how it ends."""

import re
import signal
import socket
import subprocess
from pathlib import Path
from shutil import copytree

import pytest

from localhost import CannotListen, create_app, serve
from tests.localhost.sample import ROOT, SAMPLE_APP, Sample, command, environment, running_sample

HERE = Path(__file__).parent


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (our own command)
        arguments, cwd=folder, env=environment({}), capture_output=True, text=True, check=False
    )


def test_list_of_functions(sample: Sample) -> None:
    """Every function is printed with its address, schedule or error."""
    address = f"http://127.0.0.1:{sample.port}"
    for line in (
        f"  items: [GET,HEAD] {address}/items/{{id:int}}\n",
        f"  echo: {address}/echo/{{*rest}}\n",
        f"  switched_off: {address}/switched/off (disabled)\n",
        "  tick: timer, 0 0 0 30 2 *\n",
        "  reserved: The specified route conflicts with one or more built in routes.\n",
    ):
        assert line in sample.printed


def test_interrupt_ends_it(tmp_path: Path) -> None:
    """SIGINT ends the host with 0, as SIGTERM does for every other test; timer status is kept."""
    with running_sample(tmp_path) as sample:
        sample.get("/runs")
        sample.process.send_signal(signal.SIGINT)
        sample.process.wait()
    assert (tmp_path / "timers" / "tick.json").exists()


def test_default_folder_of_timer_status(tmp_path: Path) -> None:
    """Timer status goes under the app's folder, also when that is given as a relative path."""
    copytree(SAMPLE_APP, tmp_path / "deployed")
    arguments = [*command()[:3], "--port", "0", "--app-dir", "deployed", "--settings", "deployed/settings.json"]
    with running_sample(tmp_path, arguments=arguments) as sample:
        assert sample.get("/runs").json()["folder"] == str(tmp_path / "deployed")
        assert (tmp_path / "deployed" / ".run" / "timers" / "tick.json").exists()
    assert not (tmp_path / "deployed" / "deployed").exists()


def test_shell_wins_over_local_settings(tmp_path: Path) -> None:
    """A variable that the shell has set is not replaced by the file."""
    with running_sample(tmp_path, variables={"SAMPLE_SETTING": "from the shell"}) as sample:
        assert sample.get("/runs").json()["setting"] == "from the shell"


def test_port_taken(tmp_path: Path) -> None:
    """A port that is taken is one clear line, and nothing is loaded."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(command("--port", str(port)), tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == f"error: port {port} of 127.0.0.1 cannot be used: Address already in use\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise LookupError('at import')", r"error: LookupError: at import\n$"),
        ("", r"error: ValueError: Could not find top level function app instances in function_app.py.\n$"),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.route('a/{id:datetime}')\nasync def f(req: func.HttpRequest) -> func.HttpResponse: ...\n",
            r"error: The route 'api/a/{id:datetime}' of function 'f' uses the constraint 'datetime', which the real "
            r"host knows and this local host does not imitate.\n$",
        ),
    ],
)
def test_app_that_cannot_be_served(tmp_path: Path, code: str, message: str) -> None:
    """What stops an app is the last line, with status 1."""
    (tmp_path / "function_app.py").write_text(code, "utf-8")
    arguments = command("--port", "0")
    arguments[arguments.index("--app-dir") + 1] = str(tmp_path)
    ended = run(arguments, tmp_path)
    assert ended.returncode == 1
    assert re.search(message, ended.stderr)


def test_no_app(tmp_path: Path) -> None:
    """A folder without an app is refused by name."""
    arguments = command("--port", "0")
    arguments[arguments.index("--app-dir") + 1] = str(tmp_path)
    assert run(arguments, tmp_path).stderr == f"error: there is no function_app.py in {tmp_path}\n"


def test_in_process_session(tmp_path: Path) -> None:
    """An app runs in process for a block, then again for the life of a server; a second app is refused."""
    (tmp_path / "function_app.py").touch()
    ended = run([*command()[:1], str(HERE / "session.py"), str(tmp_path)], ROOT)
    assert (ended.returncode, ended.stdout.splitlines()) == (
        0,
        [
            "5",
            "in process [False, False]",  # at start, and when the clock was moved
            "5",
            "lifespan.startup.complete lifespan.shutdown.complete",
            "refused",
        ],
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com"])  # noqa: S104  (refused)
async def test_only_loopback(tmp_path: Path, host: str) -> None:
    """An address that other machines reach is refused before anything is loaded."""
    with pytest.raises(CannotListen):
        await serve(create_app(tmp_path), host=host)
