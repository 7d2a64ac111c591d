"""The certificates to trust, as the usual variables name them."""

import os
import ssl
from pathlib import Path

from kxsms.domain.advice import BAD_BUNDLE
from kxsms.language import located, tr

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_DIRECTORIES = "SSL_CERT_DIR"


def trusted_certificates() -> tuple[str | None, str | None]:
    """Return the file of certificates to trust and the directories of them, None where no variable names one.

    A variable of requests may name a directory too, and wins over those of OpenSSL, which hold together.
    """
    name = _bundle_variable()
    value = os.environ[name] if name else None
    directories = os.environ.get(_DIRECTORIES) or None if name in (None, "SSL_CERT_FILE") else None
    if value and Path(value).is_dir():
        return None, value
    return value, directories


def _bundle_variable() -> str | None:
    return next((name for name in _BUNDLES if os.environ.get(name)), None)


def explain_bundle() -> str | None:
    """Return why the certificates that a variable names cannot be used, or None if they can."""
    name = _bundle_variable()
    file, directories = trusted_certificates()
    if file is not None:
        try:
            ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            return tr(
                "{name} {bad_bundle}: {file} holds none in PEM form",
                name=name,
                bad_bundle=tr(BAD_BUNDLE),
                file=file,
            )
        except OSError as error:
            return located(located(f"{name} {tr(BAD_BUNDLE)}", file), tr(os.strerror(error.errno or 0)))
    if directories is not None and not any(map(os.path.isdir, directories.split(os.pathsep))):
        return tr(
            "{name} {bad_bundle}: {directories} is no directory",
            name=name if file is None and name else _DIRECTORIES,
            bad_bundle=tr(BAD_BUNDLE),
            directories=directories,
        )
    return None
