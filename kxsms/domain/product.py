"""The products and operations of the gateway, which make the path of a request, and a rule for texts."""

from enum import StrEnum


class Product(StrEnum):
    """A product of the gateway. Source: the vendor's API pages (`VIP`) and SDK (`SMS`, `Voice`, `MMS`)."""

    SMS = "sms"
    VIP = "vip"
    VOICE = "voice"
    MMS = "mms"

    @property
    def path(self) -> str:
        """Return the spelling in a URL."""
        return {"sms": "SMS", "vip": "VIP", "voice": "Voice", "mms": "MMS"}[self.value]


class TemplatePolicy(StrEnum):
    """A way to treat texts that match no approved template."""

    REQUIRE = "require"
    WARN = "warn"
    OFF = "off"


class Operation(StrEnum):
    """A request that the gateway understands. The value is the spelling in a URL."""

    SEND = "Send"
    QUERY_BALANCE = "QueryBalance"
    QUERY_REPORT = "QueryReport"
    QUERY_MO = "QueryMo"


class WireFormat(StrEnum):
    """The format of an answer. The value is that of the parameter `type`. Source: the vendor's pages."""

    JSON = "0"
    XML = "1"
