"""What is deployed: our code that runs, and the packages it needs, as one zip that is the same wherever it is built.

The zip has ``host.json`` at its root and the packages where the platform looks for them.  It is built here, never by
the platform: its remote build has used another Python than the app's (azure-dev issue 8538).
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pathspec import GitIgnoreSpec
from rich.console import Console

from devstack.service import ROOT

PACKAGES = Path(".python_packages", "lib", "site-packages")
LIMIT = 20_000_000
"""Bytes: a larger package starts more slowly, and something is in it that does not run."""

_PLATFORM = (
    "--platform=manylinux2014_x86_64",
    "--platform=manylinux_2_28_x86_64",
    "--python-version=3.13",
    "--implementation=cp",
    "--only-binary=:all:",
    "--no-deps",
    "--no-compile",
)
_NEVER_IMPORTED = (
    *("dns", "dnspython-*.dist-info"),  # email-validator asks the DNS only where it is told to
    *("cffi", "cffi-*.dist-info", "pycparser", "pycparser-*.dist-info"),  # cryptography needs what cffi compiled
    "pydantic/v1",  # only for validators in the form of pydantic 1
    "werkzeug/debug",  # a debugger for the browser
)
_NEVER_READ = ("*.pyi", "*.pyx", "*.pxd", "*.h", "*.c")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip can tell; all files have it, so that two builds are equal."""
_FOR_AZD = "*_env/\n.venv/\n"
"""azd packs the folder once more; it must not take the environment that it makes there."""

type Vendor = Callable[[Path, Path], None]
"""Puts the packages of a requirements file into a folder."""


@dataclass(frozen=True, slots=True)
class Package:
    """A built package: the zip, and the folder of the same content."""

    zip: Path
    folder: Path

    def checksum(self) -> str:
        return hashlib.sha256(self.zip.read_bytes()).hexdigest()


def install_for_azure(requirements: Path, folder: Path) -> None:
    """Install the pinned packages for the platform of Azure, whatever ours is.  Raises: CalledProcessError."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PLATFORM]
    subprocess.run([*command, "-r", str(requirements), "--target", str(folder)], check=True)  # noqa: S603  our own pip


def build(target: Path, vendor: Vendor = install_for_azure, root: Path = ROOT) -> Package:
    """The package of the code in *root*, made anew in *target*."""
    folder = target / "app"
    shutil.rmtree(folder, ignore_errors=True)
    for file in deployed_files(root):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, folder / file)
    vendor(root / "requirements.txt", folder / PACKAGES)
    _drop_what_differs(folder / PACKAGES)
    _drop_what_does_not_run(folder / PACKAGES)
    compile_all(folder)
    (folder / ".funcignore").write_text(_FOR_AZD, "utf-8")
    return Package(_zip(folder, target / "rollcall.zip"), folder)


def deployed_files(root: Path) -> list[Path]:
    """Our files that ``.funcignore`` and ``.gitignore`` do not keep at home, relative to *root*."""
    lines = [line for name in (".funcignore", ".gitignore") for line in (root / name).read_text("utf-8").splitlines()]
    kept_at_home = GitIgnoreSpec.from_lines(lines)
    return sorted(Path(each) for each in kept_at_home.match_tree_files(root, negate=True))


def _drop_what_differs(packages: Path) -> None:
    """Scripts name the Python that installed them, and RECORD counts them; neither runs in Azure."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for record in [*packages.glob("*.dist-info/RECORD"), *packages.glob("*.dist-info/direct_url.json")]:
        record.unlink()


def _drop_what_does_not_run(packages: Path) -> None:
    for found in [each for pattern in _NEVER_IMPORTED for each in packages.glob(pattern)]:
        shutil.rmtree(found)
    for file in [each for pattern in _NEVER_READ for each in packages.rglob(pattern)]:
        file.unlink()


def compile_all(folder: Path) -> None:
    """Compile all there is in *folder*, for the file system of the app is read-only and would not keep it.

    Compiled files are trusted without a look at their sources: both come in one package.
    """
    options = ("-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", str(folder))
    subprocess.run([sys.executable, "-m", "compileall", *options, str(folder)], check=True)  # noqa: S603  our own Python


def _zip(folder: Path, file: Path) -> Path:
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _files(folder):
            entry = ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return file


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in sorted(folder.rglob("*")) if each.is_file())


def main() -> int:
    """Build ``dist/rollcall.zip``; 1 where it is too large."""
    console = Console(highlight=False, soft_wrap=True)
    package = build(ROOT / "dist")
    size = package.zip.stat().st_size
    console.print(f"{package.zip.relative_to(ROOT)}: {size / 1e6:.1f} MB, sha256 {package.checksum()}")
    if size > LIMIT:
        console.print(f"[red]error:[/] more than {LIMIT / 1e6:.0f} MB; what is in it that does not run?")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
