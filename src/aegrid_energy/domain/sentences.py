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
        # command line
        "tenant_not_found": "There is no organisation {slug}. There are: {known}.",
        "no_tenant_yet": "There is no organisation yet. Load files, or become the first administrator.",
        "tenant_unclear": "There are several organisations. Name one with --tenant: {known}.",
        "site_name_twice": "Several sites are called {name}. Name the external id.",
        "asset_unknown": "No asset has the external id {external_id}. `export --register` lists them.",
        "date_unreadable": "{text} is no date. Write 2024-07-01, or 2024-07-01T00:00:00+10:00.",
        "no_interval_of_its_own": "These readings have no regular interval. Say --resolution 1d or 1mo.",
        "out_needed": "A {format} file is not for the terminal. Name one with --out.",
        "file_not_writable": "{file} cannot be written: {why}.",
        # imports and corrections
        "import_already_undone": "This import has been taken back already.",
        "import_running": "This import is still running. Try again when it is done.",
        "import_not_undoable": "What was loaded as {kind} cannot be taken back as a whole.",
        "reassign_several_meters": (
            "This import touched {meters} meters. Take it back, and load each meter's readings by itself."
        ),
        "reassign_same_meter": "These readings are on {meter} already.",
        "reassign_other_carrier": "This import is of {held}; choose a meter that counts {held}, not {asked}.",
        "multiplier_not_exact": (
            "{value} at {at} was rounded when it was multiplied by {old}, so what the meter said cannot be "
            "had back. Take its loads back and load the files again."
        ),
        "multiplier_too_large": "With a multiplier of {new} the readings would be too large to be stored.",
        "reassign_with_multipliers": (
            "{meter} or the present meter has a multiplier. Take the import back and load the file again."
        ),
        "reading_changed": "Somebody changed this reading since you looked. Look again, then correct it.",
        "if_match_missing": "Send the ETag of what you saw in If-Match: nobody's newer value is to be lost.",
        "not_a_demonstration": "This organisation is no demonstration, and is not removed in this way.",
        "name_differs": "Type the name of the organisation as it is written: {name}.",
        "preferences_changed": "Somebody changed the preferences since you looked. Look again, then choose.",
        "reason_missing": "Say why.",
        # gaps that a person fills with estimates
        "repair_of_kind": (
            "Only readings at regular intervals and regular gauges can be estimated; this series is neither."
        ),
        "repair_of_derived": (
            "These intervals are computed from a counter. Its next read fills the gap; "
            "correct its reads instead."
        ),
        "repair_total_missing": "Enter how much was used over the whole gap.",
        "repair_total_of_gauge": "A gauge has no total. Choose another way to estimate.",
        "repair_nothing_missing": "Nothing is missing there any more.",
        "repair_nothing_known": (
            "There is not enough history around the gap to estimate it this way. Choose another way."
        ),
        "unit_of_another_quantity": "{unit} measures something else. This series is in {expected}.",
        # what is asked of readings
        "resolution_finer_than_data": (
            "These readings are {native_step_s} seconds long, so {resolution} would be made up. "
            "Ask for {finest} or coarser."
        ),
        "unit_not_shown": "This cannot be shown in {unit}. Choose one of: {allowed}.",
        "no_heating_value": "There is no heating value for {at}. Enter one for the meter, or ask for m3.",
        "no_reactive_energy": "Not every meter that counts here meters kvarh, so kVA is not known.",
        "no_floor_area": "The floor area is not known. Enter it in the register to see figures by m2.",
        "outside_temperature_unknown": "Nobody measures the temperature outside of this site.",
        "comparison_not_possible": "Points and powers are not compared. Ask for the energy.",
        "other_asset_missing": "Name the asset to compare with in other_asset.",
        "period_too_long": "A comparison takes at most {limit} days.",
        "demand_needs_intervals": "Demand needs readings of a regular interval; these have none.",
        "irregular_series_cannot_be_added": (
            "{series} series without a regular interval cannot be added up. Ask for one meter."
        ),
        "nothing_elapsed": "No whole day of the period is complete yet, so there is no change to tell.",
        "too_few_common_days": (
            "Both sides have readings for only {common_days} of {elapsed_days} days, too few for a change."
        ),
        "reference_is_zero": "The other side used nothing, so there is no change to tell.",
        "not_enough_history": "There are not enough like days before to say what is normal.",
        # the register
        "unknown_sheet": "There is no sheet {sheet}. There are: {known}.",
        "unknown_column": "{sheet} line {line}: there is no column {column}. There are: {known}.",
        "cell_missing": "{sheet} line {line}: {column} is needed.",
        "cell_invalid": "{sheet} line {line}: {column} {reason} (found {value}).",
        "reference_unknown": (
            "{sheet} line {line}: {column} names {value}, which is not among the {refers_to}."
        ),
        "row_refused": "{sheet} line {line}: {reason}.",
        "asset_parent_elsewhere": ("{parent} belongs to {site}. Name a parent on the same site."),
        "asset_below_itself": "{name} would stand below itself. Name another parent.",
        "nmi_taken": (
            "{meter} has the NMI {nmi} in the same time. End its service first, or correct the NMI."
        ),
        "meter_carrier_fixed": (
            "This meter has readings in {units}; what it counts cannot change. Make another meter."
        ),
        "meter_has_readings": (
            "This meter has readings of its own, so it cannot become virtual. Make another meter."
        ),
        "meter_has_formula": ("This meter has a formula, so it stays virtual. Make another meter."),
        "assignment_overlaps": (
            "The meter stands on this asset already in that time, as {role}. "
            "Close that row with valid_to, or change it."
        ),
        "assignment_elsewhere": ("{meter} is not a meter of {site}. Set its site in the meters sheet first."),
        "feed_mixes_carriers": ("A meter of {other} does not feed one of {carrier}."),
        "feed_circle": "{meter} would be fed by itself. Take one of the rows out.",
        "install_overlaps": ("{serial} was in place in that time. Close its row with valid_to first."),
        "formula_of_real_meter": (
            "{meter} counts by itself. Only a meter with is_virtual yes has a formula."
        ),
        "heating_value_without_gas": ("{meter} counts {carrier}; heating values are for gas."),
        "meter_in_formula": ("This meter is part of the formula of {meter}; what it counts cannot change."),
        "formula_refused_whole": ("Another row of this meter's formula is refused, so none of it is taken."),
        "virtual_cycle": "{meters} would be made of themselves. Take one of them out of the formula.",
        "virtual_without_inputs": "The formula of {meter} has no terms. Name at least one input.",
        "unknown_input": "The formula names the meter {meter_id}, which is not in the register.",
        "virtual_crosses_tenants": "The formula names the meter {meter_id}, which is not in the register.",
        "virtual_mixes_carriers": "The formula of {meter} mixes {carriers}. A formula adds up one carrier.",
        "virtual_mixes_units": (
            "The formula of {meter} mixes {units}. Its inputs must be stored in the same unit."
        ),
        "virtual_versions_overlap": (
            "Two versions of the formula of {meter} hold at the same time. Give the earlier one a valid_to."
        ),
        "virtual_coefficient_not_finite": "A number in the formula of {meter} is not finite.",
        "virtual_term_twice": "The formula of {meter} names an input twice. Add its coefficients up.",
        "virtual_input_direction": (
            "The formula of {meter} asks {input} for export or net; a virtual meter gives import only."
        ),
        "virtual_input_empty": "Nothing is stored of {input} ({direction}), so there is nothing to add up.",
        "meter_not_found": "There is no such meter, or it is outside what you may see.",
        "asset_not_found": "There is no such asset, or it is outside what you may see.",
        "exchange_in_future": "The exchange lies ahead of now. Say when it was done.",
        "exchange_before_install": "{serial} was put in on {since}. The exchange must be later than that.",
        "exchange_overlaps": (
            "{serial} is in place from {since} on. Exchange that one, or correct its dates first."
        ),
        "exchange_gap": (
            "The last meter, {serial}, was taken out at {until}. Add the new one in the installs sheet."
        ),
        "exchange_same_serial": "{serial} is the meter that is in place. Give the serial of the new one.",
        "exchange_read_below_first": (
            "The last read {last_read} of {serial} is below its first read {first_read}. Check both."
        ),
        "exchange_read_below_held": (
            "The last read {last_read} is below {held}, which {serial} showed at {at}. Check the read."
        ),
        "exchange_read_beyond_register": (
            "The last read {last_read} is more than the register can show: it begins again at {wraps_at}."
        ),
        "exchange_of_virtual": "{meter} is a virtual meter: there is no device to exchange.",
        "external_id_taken": "There is a {kind} with the external id {external_id} already. Choose another.",
        "assignment_later": (
            "{meter} moves to another place at {since}. Change that in the assignments sheet first."
        ),
        "too_many_rows": "More than {limit} rows in one call. Send the sheets one after the other.",
        "job_over": "This job is over already ({status}).",
        "empty_period": "The period is empty. Its end must lie after its start.",
        "too_many_days": "Ask for at most {limit} days.",
        "too_many_values": "That is more than {limit} values. Ask for a shorter period or a coarser step.",
        "invalid_field": "{field}: {reason}.",
        "idempotency_key_invalid": "An Idempotency-Key has 1 to {limit} printable characters.",
        "idempotency_key_reused": "This Idempotency-Key was used for another call. Choose a new one.",
        "idempotency_in_progress": "The same call is being worked on. Ask again in a moment.",
        "upload_not_found": "The file of this job has been loaded already.",
        # files that a person looks at before they are loaded
        "uploads_full": (
            "{waiting} uploads ({held_mib} MiB) wait to be loaded; there is room for {limit_mib} MiB. "
            "Load or remove some."
        ),
        "upload_gone": "This upload was removed or has expired. Send the file again.",
        "upload_busy": "This upload is being {doing}. Wait for its job.",
        "upload_loaded": "This upload has been loaded already.",
        "upload_moved": "The proposal has changed since you looked. Look again, then load it.",
        "upload_without_proposal": "Nothing can be read from this upload. Its problems say why.",
        "file_unknown": "The upload has no file {file}.",
        "file_has_questions": "{file} waits for an answer. Asked is: {questions}.",
        "meter_key_unknown": "The proposal has no meter with the key {key}.",
        "meter_key_undecided": "Say match, create or skip for each meter. Missing: {keys}.",
        "meter_key_twice": "The meter with the key {key} is decided twice.",
        "meter_target_missing": "{meter}: name the meter that it matches.",
        "meter_of_other_carrier": "{meter} is of {carrier}; {target} counts {counts}. Choose another meter.",
        "point_of_other_quantity": "{meter} is {quantity}; {target} gauges {gauges}. Choose another point.",
        "point_needs_site": "{meter} is no amount of energy: choose the site it is gauged in.",
        "new_site_unknown": "There is no new site with the key {key}.",
        "new_site_unused": "No meter goes into the new site {key}.",
        "site_key_taken": "There is a site or asset with the external id {external_id} already.",
        "same_series_twice": "{one} and {other} would go into the same register of the same meter. Skip one.",
        "meter_in_two_sites": "{meter} is put into two sites. Choose one.",
        "upload_reads_differently": "The file no longer reads as it was shown. Look again, then load it.",
        "nothing_to_load": "Every meter is skipped: there is nothing to load.",
        "load_a_year": "About {amount} {unit} a year.",
        "load_peak": "Peak {rate} {unit}.",
        "load_gaps": "{gaps} gaps, {hours} hours together.",
        "load_clock_days": "Readings are missing on days when clocks change: {days}.",
        "load_all_zero": "All {readings} readings are zero.",
        "load_spikes": "{count} readings stand far from their neighbours.",
        "load_negative": "{count} readings are below zero.",
        "load_multiplied": "The meter's multiplier is {multiplier}: every reading is taken times that.",
        "load_already_multiplied": (
            "The file's readings look multiplied already: times the meter's {multiplier} they would be "
            "{ratio} times what it has held so far."
        ),
        "load_without_ratio": (
            "Looks like a CT ratio of {ratio} left out: {a_day} a day against {held_a_day} a day held so far."
        ),
        "load_unlike_held": "{a_day} a day is {ratio} times the {held_a_day} a day held so far.",
        "unknown_unit": "{unit} is not a unit that we know.",
        "value_out_of_range": "A value is beyond {limit}. Check the unit.",
        "meter_is_virtual": "{meter} is a virtual meter: its readings are computed, never loaded.",
        "series_busy": "Somebody keeps changing the same readings. Try again in a moment.",
        "block_moved": "Somebody changed the same readings at the same moment. Try again.",
        "import_moved": "More readings of this import came in at the same moment. Try again.",
        "hot_moved": "Somebody changed the same readings at the same moment. Try again.",
        # starting the server
        "public_url_needed": (
            "Behind a proxy the server does not know its address. Set AEGRID_PUBLIC_URL to what browsers "
            "use, such as https://energy.example.org."
        ),
        "bind_needs_tls": (
            "{host} can be reached from other machines, and plain HTTP would show passwords to the network. "
            "Choose one: --tls-cert FILE --tls-key FILE (your own certificate); --lan (makes a local "
            "authority and certificate); AEGRID_TRUSTED_PROXIES=ADDRESS (a proxy in front ends TLS); "
            "or --host 127.0.0.1 (this machine only)."
        ),
        "tls_pair_incomplete": "Name both files: --tls-cert and --tls-key go together.",
        "tls_file_unreadable": "{file} cannot be read as a PEM {kind}: {reason}.",
        "setting_unknown": "{variable} is no setting. Check how it is spelt.",
        "setting_twice": "{variable} is given twice, by value and by file. Remove one.",
        "setting_invalid": "{variable} is not valid: {why}.",
        "setting_file_unreadable": "The file named by {variable} cannot be read: {why}.",
        "port_taken": (
            "Another program listens on port {port} of {host}; nothing was started. "
            "Stop it, or choose another port with --port or AEGRID_PORT."
        ),
        "port_refused": (
            "Cannot listen on port {port} of {host}: {why}. Nothing was started. "
            "Choose another with --port or --host."
        ),
        # the database: starting it
        "database_not_reached": (
            "The database does not answer: {why}. Nothing was changed. "
            "See that it runs, and that AEGRID_DATABASE_URL names it with the right user."
        ),
        "schema_missing": (
            "The database lacks tables of this release ({why}). Nothing was changed. "
            "Run `aegrid-energy migrate` with AEGRID_DATABASE_OWNER_URL set."
        ),
        "state_dir_not_writable": (
            "The state folder {folder} cannot be written ({why}). "
            "Let this account write there, or set AEGRID_STATE_DIR to another folder."
        ),
        "state_dir_not_reachable": (
            "The database runs as {account}, who may not enter {folder}. "
            "Let others pass (chmod o+x), or set AEGRID_STATE_DIR to another folder."
        ),
        "socket_dir_not_ours": "{folder} is somebody else's ({why}). Remove it, or move the state folder.",
        "account_without_name": "Account {uid} has no name; the database needs one. Add it to /etc/passwd.",
        "no_unprivileged_account": (
            "The database does not run as root, and there is no account {account}. "
            "Start this as an ordinary user, or give the state folder to one."
        ),
        "data_of_root": "{folder} belongs to root, and the database never runs as root. Give it away.",
        "data_of_another_account": "{folder} belongs to account {uid}. Start this as that account.",
        "database_programs_missing": "The package {wheel} is not installed for this Python.",
        "database_programs_do_not_run": "The database's programs in {folder} do not run: {why}.",
        "database_of_another_version": (
            "{folder} was written by PostgreSQL {found}; these programs are {needed} and cannot open it. "
            "Back it up with the release that wrote it, and restore it with this one."
        ),
        "database_not_initialised": "A new database could not be made in {folder} ({why}).",
        "database_did_not_start": "The database did not start. Its log is {log}; it ends with ({why}).",
        "database_starts_slowly": "The database is still starting. Wait and try again; its log is {log}.",
        "database_busy_starting": "Another process starts or stops the database. Try again in a moment.",
        "database_url": "AEGRID_DATABASE_URL names no PostgreSQL database with a user.",
        "database_owner_url_missing": "This needs the owner of the tables: set AEGRID_DATABASE_OWNER_URL.",
        "database_name": "{name} cannot name a database: take at most 50 of a-z, 0-9 and _.",
        "role_sees_all_tenants": (
            "The role {role} sees the rows of every organisation, so it may not serve. "
            "AEGRID_DATABASE_URL needs one that owns no tables and has neither SUPERUSER nor BYPASSRLS."
        ),
        "role_without_rights": "The role {role} may not read the tables. Grant it what the one before had.",
        "disk_nearly_full": "The disk of {folder} has {free_percent} % free; storing needs 5 %.",
        # the database: its schema
        "migration_changed": "{file} was applied and reads differently now. Put it back; add a new one.",
        "migration_failed": "{file}, line {line}: {text}. Nothing of it was applied.",
        "migration_blocked": "The schema cannot change while {by} holds it. Try again in a moment.",
        "migration_name": "{file} is no name of a migration; it looks like 0001_title.sql.",
        "migration_number_twice": "Two migrations have the number {number}.",
        # backup and restore
        "backup_exists": "{file} is there already. Name another file.",
        "backup_failed": "The backup was not made ({why}).",
        "not_a_backup": "{file} is not a backup of this program.",
        "backup_damaged": "{file} is damaged: it is not what was written. Nothing was restored.",
        "backup_of_another_format": "The backup has format {found}; this release reads {needed}.",
        "database_not_empty": "The database {database} is not empty. Say --replace to drop what it holds.",
        "restore_failed": "Nothing was restored ({why}).",
        "program_without_pipe": "A program of the database could not be run. Try again.",
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
