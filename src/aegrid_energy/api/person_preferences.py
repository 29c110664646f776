"""How people like their screens: kept with the account, so that every device and organisation shows it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError

from aegrid_energy.api.types import StrictModel, Uuid

#: The pages where roles start (`domain.access.START_PAGES`); a person may start at another role's.
StartPage = Literal["board", "my-sites", "portfolio-energy", "portfolio-now", "set-up"]


class PersonPreferences(StrictModel):
    """A person's own choices; each has a value from the start."""

    #: Page to start at; null: the one of the role.
    start_page: StartPage | None = None
    density: Literal["comfortable", "compact"] = "comfortable"
    theme: Literal["system", "light", "dark"] = "system"
    #: Whether single keys (`/`, `g p`, `?`) do something; some people speak to their machine, or slip.
    are_single_keys_on: bool = True
    #: BCP 47, like en-AU; the web falls back to what it has.
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")] = (
        "en-AU"
    )
    #: Sites that stand first on My sites, of any organisation, in the order they were chosen.
    favourite_sites: Annotated[list[Uuid], Field(max_length=200)] = Field(default_factory=list[UUID])


def preferences_of(held: dict[str, Any]) -> PersonPreferences:
    """What is kept; the usual where nothing is, or where what an older version kept is no longer valid."""
    known = {name: value for name, value in held.items() if name in PersonPreferences.model_fields}
    try:
        return PersonPreferences.model_validate(known)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors()}
        return PersonPreferences.model_validate({n: v for n, v in known.items() if n not in wrong})
