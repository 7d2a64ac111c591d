"""The gateway's products and operations; together they make the path of a request."""

from enum import StrEnum


class Product(StrEnum):
    """What is sent. Source: the vendor's API pages (`VIP`) and SDK (`SMS`, `Voice`, `MMS`)."""

    SMS = "sms"
    VIP = "vip"
    VOICE = "voice"
    MMS = "mms"

    @property
    def path(self) -> str:
        """The spelling in a URL."""
        return {"sms": "SMS", "vip": "VIP", "voice": "Voice", "mms": "MMS"}[self.value]


class Operation(StrEnum):
    """What is asked of the gateway. The value is the spelling in a URL."""

    SEND = "Send"
    QUERY_BALANCE = "QueryBalance"
    QUERY_REPORT = "QueryReport"
    QUERY_MO = "QueryMo"


class WireFormat(StrEnum):
    """The form of an answer. The value is that of the `type` parameter, from the vendor's pages."""

    JSON = "0"
    XML = "1"
