"""Plain objects in place of the protobuf messages that the worker runtime builds and reads.

The runtime is handed this module as its ``protos``. It constructs everything by keywords and asks for nothing that
plain attributes cannot give.
"""

from types import SimpleNamespace


class Message(SimpleNamespace):
    """Attributes as given; asking for another one raises ``AttributeError``, which the runtime relies on."""


class TypedData(Message):
    """One value of one kind, e.g. ``TypedData(bytes=b"…")`` or ``TypedData(http=RpcHttp(…))``."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802  (protobuf's name)
        """Return the kind of the value, ``None`` if there is none."""
        return next(iter(vars(self)), None)


class ParameterBinding(Message):
    """The value (``data``) of one parameter (``name``) of a function."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802  (protobuf's name)
        """Return ``data``; values in shared memory do not exist here."""
        return "data"


class StatusResult(Message):
    """How something ended: ``status``, and ``exception`` if it failed."""

    Failure = 0
    Success = 1


class BindingInfo:
    """Type and direction of one binding."""

    inout = 2
    out = 1
    undefined = 0

    def __init__(self, *, type: str, data_type: int | None, direction: int | None) -> None:
        self.type = type
        self.data_type = data_type or 0
        self.direction = direction or 0


setattr(BindingInfo, "in", 0)  # a keyword


class RpcHttpCookie(Message):
    """One cookie of an answer; every attribute but name and value is a ``Nullable…`` or ``None``."""

    SameSite = SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


class RpcHttp(Message):
    """A request or an answer."""


class RpcException(Message):
    """What a handler raised: ``message`` and ``stack_trace``."""


class WorkerMetadata(Message):
    """Versions of the worker."""


class WorkerInitResponse(Message):
    """Whether the app could be loaded: ``result``."""


class FunctionMetadataResponse(Message):
    """The functions that were found: ``function_metadata_results``."""


class FunctionLoadResponse(Message):
    """Whether one function could be loaded."""


class InvocationResponse(Message):
    """How a call ended: ``result``, and ``return_value`` unless it failed."""


class RpcFunctionMetadata(Message):
    """One function: ``name``, ``function_id`` and ``raw_bindings`` (JSON texts) among others."""


class RpcRetryOptions(Message):
    """The retry policy of one function."""


class NullableString(Message):
    """A text in ``value``."""


class NullableBool(Message):
    """A truth in ``value``."""


class NullableDouble(Message):
    """A number in ``value``."""


class Timestamp(Message):
    """A point in time in ``seconds`` since 1970."""


class NullableTimestamp(Message):
    """A ``Timestamp`` in ``value``."""
