"""Settings, and the services made from them."""

import pytest

import wiring
from scim.limits import Limits
from wiring import BadSettings, Settings, SystemClock, make_stores

_AZURITE = {"SCIM_STORAGE": "UseDevelopmentStorage=true"}
_URI = "https://rollcall.table.core.windows.net"


def test_connection_string_is_read() -> None:
    """Azurite, or any storage by its key."""
    settings = Settings.read(_AZURITE)
    assert (settings.connection_string, settings.table_service_uri) == ("UseDevelopmentStorage=true", None)


def test_identity_is_read() -> None:
    """The names are those of identity-based connections of Azure Functions."""
    settings = Settings.read({"SCIM_STORAGE__tableServiceUri": _URI, "SCIM_STORAGE__clientId": "c-1"})
    assert (settings.connection_string, settings.table_service_uri) == (None, _URI)
    assert settings.client_id == "c-1"


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "set either"),
        ({"SCIM_STORAGE": ""}, "set either"),
        ({"AzureWebJobsStorage": "UseDevelopmentStorage=true"}, "set either"),  # the host's, never ours
        ({**_AZURITE, "SCIM_STORAGE__tableServiceUri": _URI}, "not both"),
        ({"SCIM_STORAGE__tableServiceUri": "http://rollcall.table.core.windows.net"}, "https"),
        ({"SCIM_STORAGE__tableServiceUri": "rollcall"}, "https"),
        ({**_AZURITE, "RATE_LIMIT_PER_TOKEN": "-1"}, "RATE_LIMIT_PER_TOKEN must be a whole number from 0"),
        ({**_AZURITE, "RATE_LIMIT_PER_ACCOUNT": "many"}, "RATE_LIMIT_PER_ACCOUNT"),
        ({**_AZURITE, "RATE_LIMIT_OPERATOR": "0"}, "RATE_LIMIT_OPERATOR must be a whole number from 1"),
        ({**_AZURITE, "LIMIT_BODY_BYTES": "0"}, "LIMIT_BODY_BYTES must be a whole number from 1"),
        ({**_AZURITE, "LIMIT_PAGE_SIZE": "1e3"}, "LIMIT_PAGE_SIZE"),
        ({**_AZURITE, "LIMIT_MEMBERS": "\u0663"}, "LIMIT_MEMBERS"),
        ({**_AZURITE, "OPERATOR_KEY": "the key itself"}, "never the key itself"),
        ({**_AZURITE, "ENTRA_AUTHORITY": "http://login.example"}, "https://"),
    ],
)
def test_bad_settings_are_refused(environment: dict[str, str], reason: str) -> None:
    """The text says what to do."""
    with pytest.raises(BadSettings, match=reason):
        Settings.read(environment)


def test_limits_are_read() -> None:
    """Those that nobody sets are as they were tested."""
    assert Settings.read(_AZURITE).limits == Limits()
    first = ("BODY_BYTES", "DEPTH", "BULK_OPERATIONS", "PATCH_OPERATIONS")
    names = (*first, "FILTER_LENGTH", "FILTER_TERMS", "MEMBERS", "PAGE_SIZE")
    chosen = {f"LIMIT_{name}": str(number) for number, name in enumerate(names, 1)}
    assert Settings.read(_AZURITE | chosen).limits == Limits(1, 2, 3, 4, 5, 6, 7, 8)


@pytest.mark.parametrize(
    ("environment", "rates"),
    [({}, (3_000, 12_000)), ({"RATE_LIMIT_PER_TOKEN": "0", "RATE_LIMIT_PER_ACCOUNT": "60"}, (0, 60))],
)
def test_rates_are_read(environment: dict[str, str], rates: tuple[int, int]) -> None:
    """A minute's requests; 0 stands for no limit."""
    settings = Settings.read(_AZURITE | environment)
    assert (settings.rate_per_token, settings.rate_per_account) == rates


@pytest.mark.parametrize(("text", "rate"), [("", 30), ("6", 6)])
def test_operators_have_a_rate_of_their_own(text: str, rate: int) -> None:
    """Which cannot be left out: it is what slows down whoever tries keys."""
    assert Settings.read({**_AZURITE, "RATE_LIMIT_OPERATOR": text}).rate_of_operator == rate


def test_operator_key_is_read_as_its_hash() -> None:
    """In either letter case, and never shown."""
    settings = Settings.read(_AZURITE | {"OPERATOR_KEY": "AB" * 32})
    assert settings.operator_key == "ab" * 32
    assert "abab" not in repr(settings).lower()


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, ""),
        ({"PUBLIC_BASE_URL": "https://scim.example"}, "https://scim.example"),
        ({"PUBLIC_BASE_URL": "https://scim.example/"}, "https://scim.example"),
        ({"PUBLIC_BASE_URL": "https://scim.example/rollcall/"}, "https://scim.example/rollcall"),
        ({"WEBSITE_HOSTNAME": "rollcall.azurewebsites.net"}, "https://rollcall.azurewebsites.net"),
        ({"WEBSITE_HOSTNAME": "localhost:7071"}, "http://localhost:7071"),  # Core Tools
        ({"WEBSITE_HOSTNAME": "127.0.0.1:7071"}, "http://127.0.0.1:7071"),
        ({"WEBSITE_HOSTNAME": "localhost.example"}, "https://localhost.example"),
        ({"WEBSITE_HOSTNAME": "a.example", "PUBLIC_BASE_URL": "https://b.example"}, "https://b.example"),
        ({"WEBSITE_HOSTNAME": "a.example", "PUBLIC_BASE_URL": ""}, "https://a.example"),
    ],
)
def test_public_url_is_found(environment: dict[str, str], url: str) -> None:
    """What is configured wins over the name of the host that Azure and Core Tools tell."""
    assert Settings.read(_AZURITE | environment).public_url == url


@pytest.mark.parametrize(
    "settings",
    [
        Settings("", connection_string="nonsense"),
        Settings("", connection_string="a=b;c=d"),
        Settings("", connection_string="AccountName=a;AccountKey=c2VjcmV0;TableEndpoint=::::"),
        Settings("", table_service_uri="https://"),
    ],
)
async def test_malformed_storage_is_a_bad_setting(settings: Settings) -> None:
    """Told in our words, without what may be a key."""
    with pytest.raises(BadSettings, match="does not name a table service") as raised:
        make_stores(settings)
    assert "c2VjcmV0" not in str(raised.value)


def test_clock_knows_its_zone() -> None:
    """Moments are in UTC, and aware of it."""
    offset = SystemClock().now().utcoffset()
    assert offset is not None
    assert not offset


def test_service_needs_a_public_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, locations of resources could not be told."""
    for name in ("PUBLIC_BASE_URL", "WEBSITE_HOSTNAME", "SCIM_STORAGE__tableServiceUri"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SCIM_STORAGE", "UseDevelopmentStorage=true")
    with pytest.raises(BadSettings, match="PUBLIC_BASE_URL"):
        wiring.services.__wrapped__()


async def test_services_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clock and one pair of stores stand behind everything that handlers use."""
    for name, value in (_AZURITE | {"PUBLIC_BASE_URL": "https://scim.example/"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SCIM_STORAGE__tableServiceUri", raising=False)
    services = wiring.services.__wrapped__()
    assert services.public_url == "https://scim.example"
    assert services.desk.clock is services.doorkeeper.clock
