"""`kxsms template`: the approved templates of a profile."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kxsms.commands.layout import KxsmsCommand, KxsmsGroup, show_help_alone
from kxsms.commands.options import CONFIG, MASK, PRODUCT, PROFILE, RESULT, shared
from kxsms.commands.sessions import refuse_raw
from kxsms.completion.values import approved_templates
from kxsms.context import Context
from kxsms.domain.product import Product
from kxsms.domain.results import Facts, TemplateList
from kxsms.errors import InputError, LimitReached, ProfileError
from kxsms.language import tr

if TYPE_CHECKING:
    from kxsms.config.store import Config
    from kxsms.domain.profile import Profile

app = typer.Typer(
    cls=KxsmsGroup,
    help="List, add, remove, import and test approved templates.",
    callback=show_help_alone,
    invoke_without_command=True,
)

Templates = Annotated[
    list[str],
    typer.Argument(metavar="TEMPLATE...", help="Texts; {name} stands for 1 to 50 characters."),
]
Listed = Annotated[
    str,
    typer.Argument(
        metavar="TEMPLATE",
        help="The text of an approved template, or its number in template list.",
        autocompletion=approved_templates,
    ),
]
File = Annotated[str, typer.Argument(metavar="FILE", help="A file with a template per line; - for stdin.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="A text, with or without its signature.")]


@app.command("list", cls=KxsmsCommand)
@shared(PROFILE, CONFIG, PRODUCT, RESULT, MASK)
def list_(context: Context) -> TemplateList:
    """List the approved templates of a profile.

    List those of every product, or of the one that --product names.
    """
    refuse_raw(context, "template list")
    profile, wanted = _profile(context, context.config), context.options.product
    return TemplateList(
        tuple(
            (product, number, text)
            for product in Product
            if wanted in (None, product)
            for number, text in enumerate(profile.templates.get(product, ()), start=1)
        )
    )


@app.command(cls=KxsmsCommand)
@shared(PROFILE, CONFIG, PRODUCT, RESULT, MASK)
def add(context: Context, templates: Templates) -> Facts:
    """Add templates that the vendor has approved.

    From then on every text must match one. {name} stands for 1 to 50 characters, {name:6} for 1 to 6,
    {name:4-6} for 4 to 6.

    \b
    Examples:
      kxsms template add '您的验证码为:{code},如非本人操作,请忽略。'
      kxsms template add --product vip '{name}您好,{shop}周末八折,拒收请回复R'
    """
    refuse_raw(context, "template add")
    return _add(context, [(None, text) for text in templates])


@app.command("import", cls=KxsmsCommand)
@shared(PROFILE, CONFIG, PRODUCT, RESULT, MASK)
def import_(context: Context, file: File) -> Facts:
    """Add the templates in a file, one per line. If any is invalid, kxsms adds none."""
    refuse_raw(context, "template import")
    from kxsms.commands.send_source import read_lines

    name, lines = read_lines(context, file, tr("a list of templates"))
    return _add(context, [(f"{name}:{number}: ", text) for number, text in lines])


@app.command(cls=KxsmsCommand)
@shared(PROFILE, CONFIG, PRODUCT, RESULT, MASK)
def remove(context: Context, template: Listed) -> Facts:
    """Remove an approved template.

    \b
    Examples:
      kxsms template remove 2
      kxsms template remove --product vip '{name}您好,{shop}周末八折,拒收请回复R'
    """
    refuse_raw(context, "template remove")
    from kxsms.domain.approved import approved

    with context.changing_config() as config:
        profile, product = _profile(context, config), _product(context, config)
        known = list(profile.templates.get(product, ()))
        number = int(template) if template.isascii() and template.isdigit() and len(template) < 9 else 0
        if template in known:
            removed = template
        elif 1 <= number <= len(known):
            removed = known[number - 1]
        else:
            raise InputError(
                tr(
                    "there is no approved template {template!r} for {product}",
                    template=template,
                    product=product,
                ),
                tr("run kxsms template list to see their texts and numbers"),
            )
        known.remove(removed)
        if known:
            config.put(_name(context, config), "templates", {product.value: known})
        else:
            config.unset(f"templates.{product}", context.options.profile)
    return Facts({"product": product, "removed": approved(removed).text})


@app.command(cls=KxsmsCommand)
@shared(PROFILE, CONFIG, PRODUCT, RESULT, MASK)
def test(context: Context, text: Text) -> Facts:
    """Show which approved template a text matches.

    If it matches none, show where it differs from the nearest one.
    """
    refuse_raw(context, "template test")
    from kxsms.domain.approved import ApprovedTemplates
    from kxsms.domain.marketing import MarketingNotes
    from kxsms.domain.near_miss import described
    from kxsms.domain.values import clean_text, without_start

    profile, product = _profile(context, context.config), _product(context, context.config)
    templates = ApprovedTemplates(profile.templates.get(product, ()))
    if not templates.templates:
        raise InputError(
            tr("there are no approved templates for {product}", product=product),
            tr("run kxsms template add TEMPLATE"),
        )
    text = clean_text(without_start(text))
    found = templates.match(text)
    if found is None:
        raise LimitReached(
            tr(
                "the text matches no approved template: {described}",
                described=described(text, templates.templates),
            ),
            tr("correct the text, or run kxsms template add with the template that the vendor approved"),
        )
    if product is Product.VIP:
        notes = MarketingNotes()
        notes.add([text])
        for note, hint in notes.sentences():
            context.console.note(note, hint)
    return Facts({"product": product, "template": found.text})


def _add(context: Context, texts: Sequence[tuple[str | None, str]]) -> Facts:
    """Add templates, each with the place where it was found. Raise InputError if one is invalid."""
    checked = list(dict.fromkeys(_checked(place, text) for place, text in texts))
    with context.changing_config() as config:
        missing = config.missing_profile("templates", context.options.profile)
        if missing is not None:
            raise ProfileError(config.no_profile(missing), config.profile_hint(missing))
        product = _product(context, config)
        known = _profile(context, config).templates.get(product, ())
        new = _without(known, checked)
        if new:
            config.put(_name(context, config), "templates", {product.value: [*known, *new]})
    counts = {"added": str(len(new)), "known": str(len(checked) - len(new))}
    return Facts({"product": product, **counts}, tuple(counts))


def _without(known: Iterable[str], texts: Iterable[str]) -> list[str]:
    from kxsms.domain.approved import approved

    found = {approved(text).text for text in known}
    return [text for text in texts if text not in found]


def _checked(place: str | None, text: str) -> str:
    """Return a valid template as the config keeps it. Raise InputError."""
    from kxsms.domain.approved import InvalidApproved, approved
    from kxsms.domain.placeholders import ColumnNames, LeftoverPlaceholder, refuse_other_styles
    from kxsms.source.numbers import escaped

    text = escaped(text)
    try:
        refuse_other_styles(text, ColumnNames())
        return approved(text).text
    except LeftoverPlaceholder as left:
        raise InputError(
            tr(
                "{place}the template {text!r} has a placeholder in another style: {found}",
                place=place or "",
                text=text,
                found=left.found,
            ),
            tr("write {{{name}}} in its place", name=left.name.strip()),
        ) from None
    except InvalidApproved as reason:
        raise InputError(
            tr("{place}the template {text!r} {reason}", place=place or "", text=text, reason=reason)
        ) from None


def _name(context: Context, config: "Config") -> str:
    """Return the name of the profile whose templates the command is about."""
    return config.address("templates", context.options.profile)[0]


def _profile(context: Context, config: "Config") -> "Profile":
    """Return the profile that the command is about, with defaults alone if the config is empty."""
    from kxsms.domain.profile import Profile

    missing = config.missing_profile("templates", context.options.profile)
    name = _name(context, config)
    return config.profile(name) if missing is not None or name in config.tables else Profile()


def _product(context: Context, config: "Config") -> Product:
    return Product(context.options.product or _profile(context, config).product)
