"""The bytes of the sandbox's answers, as the vendor's pages show them where they do."""

from collections.abc import Sequence

from kxsms.domain.product import WireFormat
from kxsms.sandbox.behaviour import AnswerShape, Refusal
from kxsms.sandbox.shapes import Row, compact, element, shaped
from kxsms.sandbox.state import SandboxReply, SandboxReport

CONTENT_TYPES = {
    WireFormat.JSON: "application/json; charset=utf-8",
    WireFormat.XML: "text/xml; charset=utf-8",
}
RUBBISH = b"\x89\xffrubbish\x00 from the sandbox: neither JSON nor XML\r\n"
"""What the fault of that name answers."""

_PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'


def content_type(form: WireFormat, shape: AnswerShape) -> str:
    """The content type of reports and replies. The other answers are always of CONTENT_TYPES."""
    match shape:
        case AnswerShape.BOM:
            return "text/html"
        case AnswerShape.GB18030:
            return CONTENT_TYPES[form].partition(";")[0]
        case _:
            return CONTENT_TYPES[form]


def accepted(task_id: str, form: WireFormat) -> bytes:
    """Code 0 of a Send, byte for byte as published, the spaces inside the XML's tags included."""
    if form is WireFormat.JSON:
        return compact({"Code": "0", "Message": "提交成功", "TaskId": task_id})
    return (
        f"{_PROLOG}<Response>\n<Code>0</Code>\n<Message>提交成功</Message>\n"
        f"<TaskId >{task_id}</TaskId >\n</Response>"
    ).encode()


def refused(refusal: Refusal, form: WireFormat) -> bytes:
    """A code other than 0, and why. No refusal is published: it is a Send's answer without a task."""
    if form is WireFormat.JSON:
        return compact({"Code": refusal.code, "Message": refusal.message})
    return (
        f"{_PROLOG}<Response>\n{element('Code', refusal.code)}\n"
        f"{element('Message', refusal.message)}\n</Response>"
    ).encode()


def balance(count: int, form: WireFormat) -> bytes:
    """The balance, byte for byte as published."""
    if form is WireFormat.JSON:
        return compact({"Code": "0", "Count": str(count)})
    return f"<Response><Code>0</Code><Count>{count}</Count></Response>".encode()


def reports(
    records: Sequence[SandboxReport], form: WireFormat, shape: AnswerShape = AnswerShape.PLAIN
) -> bytes:
    """Delivery reports. The shapes are the sandbox's own: the vendor has published none."""
    rows: list[Row] = [
        {
            "TaskId": record.task_id,
            "Mobile": record.mobile,
            "Status": record.status,
            "ReportTime": record.time,
            "ExtNo": record.extno,
        }
        for record in records
    ]
    return shaped("Reports", "Report", rows, form, shape)


def replies(
    records: Sequence[SandboxReply], form: WireFormat, shape: AnswerShape = AnswerShape.PLAIN
) -> bytes:
    """Replies from phones. The shapes are the sandbox's own: the vendor has published none."""
    rows: list[Row] = [
        {
            "Mobile": record.mobile,
            "Content": record.content,
            "MoTime": record.time,
            "ExtNo": record.extno,
            "TaskId": record.task_id,
        }
        for record in records
    ]
    return shaped("Replies", "Reply", rows, form, shape)
