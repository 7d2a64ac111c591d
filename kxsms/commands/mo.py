"""`kxsms mo`: what people have answered."""

from kxsms.commands.options import shared
from kxsms.context import Context
from kxsms.domain.results import MoResult


@shared
def mo(context: Context) -> MoResult:
    """Fetch the new replies from phones and show them.

    The gateway hands each reply out once: keep what you need.

    \b
    Examples:
      kxsms mo
      kxsms mo -o jsonl >> replies.jsonl
    """
    return context.gateway.replies()
