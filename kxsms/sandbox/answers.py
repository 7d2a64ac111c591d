"""The bytes of the sandbox's answers, as the vendor's pages show them, where they show any."""

from collections.abc import Sequence

from kxsms.domain.product import WireFormat
from kxsms.sandbox.behaviour import AnswerShape, Refusal
from kxsms.sandbox.shapes import Row, compact, element, shape_replies, shape_reports
from kxsms.sandbox.state import SandboxReply, SandboxReport

RUBBISH = b"\x89\xffrubbish\x00 from the sandbox: neither JSON nor XML\r\n"
"""The body of the answer with the fault `rubbish`."""

_PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'


def accepted(task_id: str, form: WireFormat) -> bytes:
    """Return the answer to an accepted Send, byte for byte as published, with the spaces in the tags."""
    if form is WireFormat.JSON:
        return compact({"Code": "0", "Message": "提交成功", "TaskId": task_id})
    return (
        f"{_PROLOG}<Response>\n<Code>0</Code>\n<Message>提交成功</Message>\n"
        f"<TaskId >{task_id}</TaskId >\n</Response>"
    ).encode()


def refused(refusal: Refusal, form: WireFormat) -> bytes:
    """Return a refusal. The vendor publishes none: this is the answer to a Send, without a task."""
    if form is WireFormat.JSON:
        return compact({"Code": refusal.code, "Message": refusal.message})
    return (
        f"{_PROLOG}<Response>\n{element('Code', refusal.code)}\n"
        f"{element('Message', refusal.message)}\n</Response>"
    ).encode()


def balance(count: int, form: WireFormat) -> bytes:
    """Return the answer to a QueryBalance, byte for byte as published."""
    if form is WireFormat.JSON:
        return compact({"Code": "0", "Count": str(count)})
    return f"{_PROLOG}<Response>\n<Code>0</Code>\n<Count>{count}</Count>\n</Response>".encode()


def reports(
    records: Sequence[SandboxReport], form: WireFormat, shape: AnswerShape = AnswerShape.PLAIN
) -> bytes:
    """Return the answer to a QueryReport. The shapes are the sandbox's own: the vendor publishes none."""
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
    return shape_reports(rows, form, shape)


def replies(
    records: Sequence[SandboxReply], form: WireFormat, shape: AnswerShape = AnswerShape.PLAIN
) -> bytes:
    """Return the answer to a QueryMo. The shapes are the sandbox's own: the vendor publishes none."""
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
    return shape_replies(rows, form, shape)
