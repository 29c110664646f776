"""One catalogue, code -> en-AU sentence with its facts; web, reports, mail and command line share it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: code -> sentence; `{name}` takes the fact of that name. What is wrong, then what to do.
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # every door
        "not_found": "There is nothing here, or it is outside what you may see.",
        "method_not_allowed": "This address does not take {method}.",
        "invalid_input": "Part of what was sent is not valid; each field is listed with what to do.",
        "invalid_body": "The body could not be read. Send valid JSON in UTF-8.",
        "body_too_large": "The body is larger than {limit_bytes} bytes. Send it in smaller parts.",
        "body_too_slow": "The body stopped arriving. Send it again.",
        "content_type_refused": "This call takes {expected}; send that Content-Type.",
        "host_refused": "This server does not answer to that host name.",
        "unexpected": "Something went wrong on our side. Quote {trace_id} when you report it.",
        "neighbour_unavailable": "The database does not answer just now. Try again in a moment.",
        "database_unavailable": "The database does not answer just now. Try again in a moment.",
        "database_too_slow": "The database took too long. Try again, or ask for a shorter period.",
        "database_conflict": "Somebody changed the same thing at the same moment. Try again.",
        "disk_full": "The server's disk is full: nothing can be stored until there is room again.",
        "too_many_requests": "Too many calls in a short time. Try again in {retry_after_s} seconds.",
        # signing in
        "sign_in_needed": "Sign in to go on.",
        "sign_in_failed": "The e-mail address or the password is not right.",
        "too_many_attempts": "Too many failed attempts. Try again in {retry_after_s} seconds.",
        "code_refused": "This code is not valid, has been used, or has expired. Ask for a new one.",
        "demo_only": "This way of signing in exists only in the demonstration.",
        "key_refused": "The API key is not valid, has expired, or was revoked.",
        "origin_refused": "This call came from another site and was refused.",
        "account_exists": "There is already an account with this e-mail address. Sign in with it.",
        "password_weak": "Choose another password: {reason}.",
        "password_wrong": "The present password is not right.",
        # tenants and rights
        "tenant_header_missing": "You belong to several organisations. Name one in the Aegrid-Tenant header.",
        "not_permitted": "You may see this, but not change it in this way. It can be done by: {roles}.",
        "account_needed": "This is for people who sign in, not for API keys.",
        "key_needed": "This is for API keys, not for people who sign in.",
        "last_administrator": "This is the last administrator. Make somebody else an administrator first.",
        "scope_not_found": "The portfolio, site or asset named in a grant does not exist.",
        "scope_invalid": "A grant over the whole organisation has no id; any other grant needs one.",
        "account_shared": "This person also belongs to other organisations; only they can change this.",
        "already_member": "This person is already a member. Change what they may do instead.",
        "expiry_invalid": "The expiry must lie between now and {latest}.",
        # starting the server
        "bind_needs_tls": (
            "{host} can be reached from other machines, and plain HTTP would show passwords to the network. "
            "Choose one: --tls-cert FILE --tls-key FILE (your own certificate); --lan (makes a local "
            "authority and certificate); AEGRID_TRUSTED_PROXY=ADDRESS (a proxy in front ends TLS); "
            "or --host 127.0.0.1 (this machine only)."
        ),
        "tls_pair_incomplete": "Name both files: --tls-cert and --tls-key go together.",
        "tls_file_unreadable": "{file} cannot be read as a PEM {kind}: {reason}.",
    }
)


class _Facts(dict[str, object]):
    """Leaves a place visible when its fact is missing: a poor sentence is better than a second error."""

    def __missing__(self, key: str) -> str:
        return f"({key})"


def sentence(code: str, params: Mapping[str, object]) -> str:
    """The sentence of a code.

    Args:
        code: Stable name, `snake_case`.
        params: Facts that the sentence names.

    Returns:
        The catalogue's sentence; for a code that is not in it, the code in words and its facts.

    >>> sentence("too_many_requests", {"retry_after_s": 7})
    'Too many calls in a short time. Try again in 7 seconds.'
    >>> sentence("unit_unknown", {"unit": "furlong"})
    'Unit unknown (unit: furlong).'
    """
    known = SENTENCES.get(code)
    if known is not None:
        return known.format_map(_Facts({name: _words(value) for name, value in params.items()}))
    facts = ", ".join(f"{name.replace('_', ' ')}: {_words(value)}" for name, value in params.items())
    words = code.replace("_", " ").strip().capitalize() or "Something is wrong"
    return f"{words} ({facts})." if facts else f"{words}."


def _words(value: object) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(sorted(map(str, value)) if isinstance(value, (set, frozenset)) else map(str, value))
    return str(value)
