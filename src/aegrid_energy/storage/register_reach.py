"""The register cut down to the assets that somebody may see."""

from collections.abc import Iterable
from uuid import UUID

from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.register import read_sheets

#: Sheet name -> rows as text by column name.
Rows = dict[str, list[dict[str, str]]]


async def reached_sheets(conn: Connection, assets: frozenset[UUID] | None) -> Rows:
    """The register as text rows, references as external ids.

    A site is there where an asset of it is within reach, for its name and zone; its other assets are not.

    Args:
        conn: In the tenant.
        assets: Result of `reached_assets`; None means all of the tenant.
    """
    sheets = await read_sheets(conn)
    if assets is None:
        return sheets
    seen_assets = await _keys(conn, "select external_id from assets where id = any(%s)", assets)
    seen_sites = await _keys(
        conn,
        """select s.external_id from site s
           where exists (select from assets a where a.site_id = s.id and a.id = any(%s))""",
        assets,
    )
    meters = await _keys(
        conn,
        """select m.external_id from energy_meters m
           left join lateral (select x.asset_id from meter_assignment x where x.meter_id = m.id
                              order by (x.valid_from <= now() and now() < x.valid_to) desc, x.valid_from desc
                              limit 1) x on true
           where coalesce(x.asset_id, m.site_id) = any(%s)""",
        assets,
    )
    roots = await _keys(conn, "select external_id from site where id = any(%s)", assets)
    portfolio_sites = [row for row in sheets["portfolio_sites"] if row["site"] in seen_sites]
    portfolios = {row["portfolio"] for row in portfolio_sites}
    group_members = _with(sheets["group_members"], asset=seen_assets)
    seen = {"portfolio": portfolios, "site": seen_sites, "asset": seen_assets, "meter": meters}
    return {
        "portfolios": _with(sheets["portfolios"], external_id=portfolios),
        "sites": _with(sheets["sites"], external_id=seen_sites),
        "portfolio_sites": portfolio_sites,
        "assets": _with(sheets["assets"], external_id=seen_assets),
        "groups": _with(sheets["groups"], name={row["group"] for row in group_members}),
        "group_members": group_members,
        "meters": _with(sheets["meters"], external_id=meters),
        "assignments": _with(sheets["assignments"], meter=meters, asset=seen_assets),
        "feeds": _with(sheets["feeds"], meter=meters, fed_by=meters),
        "installs": _with(sheets["installs"], meter=meters),
        "virtual_meters": _with(sheets["virtual_meters"], meter=meters),
        "virtual_terms": _with(sheets["virtual_terms"], meter=meters, input=meters),
        "heating_values": _with(sheets["heating_values"], meter=meters),
        "points": _with(sheets["points"], asset=seen_assets),
        "prices": _with(sheets["prices"], site=roots),
        "events": [
            row
            for row in sheets["events"]
            if row["scope_kind"] == "tenant" or row["scope"] in seen[row["scope_kind"]]
        ],
    }


async def _keys(conn: Connection, question: str, assets: Iterable[UUID]) -> frozenset[str]:
    cursor = await conn.execute(question, (list(assets),))  # pyright: ignore[reportArgumentType, reportCallIssue]
    return frozenset(row[0] for row in await cursor.fetchall() if row[0] is not None)


def _with(rows: list[dict[str, str]], **wanted: frozenset[str] | set[str]) -> list[dict[str, str]]:
    """Rows whose cells all stand among what is wanted of their column."""
    return [row for row in rows if all(row[column] in keys for column, keys in wanted.items())]
