-- Readings: one row per (series, block of time). Everything is keyed by series_no, so that a distributed
-- database can place a series on one node; no foreign keys here, the writer checks.
-- Values are whole millionths of the canonical unit ("micro") outside blocks; a block may use fewer decimals.

create table zone (
    zone_no int generated always as identity primary key,
    name    text not null unique
);

create table series (
    series_no    int generated always as identity primary key,
    tenant_no    int not null default current_tenant_no() references tenant,
    meter_id     uuid references energy_meters,
    point_id     uuid references point,
    site_id      uuid references site,               -- weather and other series of a whole site
    register     text not null default '',
    quantity     text not null,
    direction    text not null check (direction in ('import', 'export', 'net')),
    kind         text not null check (kind in ('interval', 'cumulative', 'instant', 'state', 'setpoint')),
    unit         text not null,
    step_s       int check (step_s > 0 and 86400 % step_s = 0),  -- null: irregular
    phase_s      int not null default 0,             -- slots start at phase + k * step: half-hour zones, days of +10:00
    scale_exp    int2 not null default 3 check (scale_exp between 0 and 6),
    zone_no      int not null references zone,       -- whose local days it is added up by
    rhythm       text not null default 'monthly_file' check (rhythm in ('live', 'daily_file', 'monthly_file', 'ended')),
    valid_from   timestamptz,
    valid_to     timestamptz,
    derived_from int references series,
    check (num_nonnulls(meter_id, point_id, site_id) = 1),
    check (phase_s >= 0 and phase_s < coalesce(step_s, 1))
);
create unique index series_identity on series
    (tenant_no, coalesce(meter_id, point_id, site_id), register, quantity, direction, kind, coalesce(step_s, 0), phase_s);
create index series_meter on series (meter_id);
create index series_point on series (point_id);
create index series_site on series (site_id);

-- Whole hours a block covers: about 960 slots of its step; the same arithmetic as storage/block.py.
create function block_span_h(step int) returns int language sql immutable parallel safe as $$
    select case when step = 0 then 24
        else greatest(lcm(step, 3600) / 3600, 960 * step / 3600 / (lcm(step, 3600) / 3600) * (lcm(step, 3600) / 3600)) end $$;

create table reading_block (
    -- widest first: no padding; with 960 slots of two bytes four rows fill a page
    vmin      int8 not null,                         -- in units of 10^-scale_exp, over valid slots
    vmax      int8 not null,
    vsum      int8 not null,
    vlast     int8 not null,
    t_last    int4 not null,                         -- slot of the last valid value, -1 where none
    rev       int4 not null,                         -- counts the rewrites of the block; guards every upsert
    tenant_no int4 not null,
    series_no int4 not null,
    block     int4 not null,                         -- whole hours since the epoch of the block's start
    step      int4 not null,                         -- seconds; 0 = irregular
    n         int2 not null,                         -- slots (irregular: readings)
    n_valid   int2 not null,
    codec     int2 not null check (codec in (1, 3)),
    scale_exp int2 not null check (scale_exp between 0 and 6),
    sources   bytea not null,                        -- runs of (uint16 length, int32 source_no), little-endian
    flags     bytea not null default '',             -- runs of (uint16 length, uint8 quality); empty: valid = actual, rest absent
    data      bytea not null,
    primary key (series_no, block)
) partition by range (block);
alter table reading_block alter column data set storage external;

-- Little-endian numbers inside a bytea, from byte `at`.
create function le_uint2(data bytea, at int) returns int language sql immutable parallel safe
    as $$ select get_byte(data, at) + (get_byte(data, at + 1) << 8) $$;
create function le_uint4(data bytea, at int) returns int8 language sql immutable parallel safe
    as $$ select get_byte(data, at) + (get_byte(data, at + 1) << 8) + (get_byte(data, at + 2) << 16)
                 + (get_byte(data, at + 3)::int8 << 24) $$;
create function le_int8(data bytea, at int) returns int8 language sql immutable parallel safe
    as $$ select le_uint4(data, at) | (le_uint4(data, at + 4) << 32) $$;

-- The quality byte of a slot with a value, from the runs beside its block.
create function block_flag(flags bytea, slot int) returns int language plpgsql immutable parallel safe as $$
declare
    at int := 0;
    seen int := 0;
begin
    while at < length(flags) loop
        seen := seen + le_uint2(flags, at);
        if slot < seen then
            return get_byte(flags, at + 2);
        end if;
        at := at + 3;
    end loop;
    return 0;
end $$;

-- Start of a reading of an irregular block.
create function irregular_start(data bytea, slot int) returns timestamptz language sql immutable parallel safe
    as $$ select to_timestamp(le_int8(data, slot * 8) / 1000.0) $$;

-- Partitions by year of the block's start; the app role may not create tables, so a definer does.
create function create_block_partition(of_year int) returns void
    language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    first_hour int := extract(epoch from make_timestamptz(of_year, 1, 1, 0, 0, 0, 'UTC')) / 3600;
    last_hour  int := extract(epoch from make_timestamptz(of_year + 1, 1, 1, 0, 0, 0, 'UTC')) / 3600;
begin
    if of_year not between 2010 and 2200 then
        raise exception 'no partition for year %', of_year;
    end if;
    execute format('create table if not exists public.reading_block_%s partition of public.reading_block
        for values from (%s) to (%s) with (toast_tuple_target = 8160, fillfactor = 100)', of_year, first_hour, last_hour);
    -- Through the parent its policy holds; asked directly a partition has no policy and shows nothing.
    execute format('alter table public.reading_block_%s enable row level security', of_year);
end $$;

create table reading_block_before_2010 partition of reading_block
    for values from (minvalue) to (350640) with (toast_tuple_target = 8160);  -- 2010-01-01T00Z in hours
alter table reading_block_before_2010 enable row level security;
select create_block_partition(y) from generate_series(2010, extract(year from now())::int + 2) y;

create table reading_hot (                           -- late and live readings, until they are merged into blocks
    micro       int8 not null,
    ts          timestamptz not null,
    received_at timestamptz not null default now(),
    tenant_no   int4 not null default current_tenant_no(),
    series_no   int4 not null,
    source_no   int4 not null,
    rev         int4 not null default 0,
    flag        int2 not null default 0,
    duration_ms int8,                                -- irregular intervals only
    primary key (series_no, ts),
    check (micro between -9000000000000000 and 9000000000000000)
) with (fillfactor = 80);

create table reading_revision (                      -- what slots held before they were changed or confirmed
    tenant_no   int4 not null,
    series_no   int4 not null,
    block       int4 not null,
    rev         int4 not null,                       -- revision of the block that replaced it
    source_no   int4 not null,                       -- who changed it
    replaced_at timestamptz not null default clock_timestamp(),
    reason      text not null default '',
    slots       bytea not null,                      -- runs of (uint16 first slot, uint16 count); irregular: empty
    starts      bytea not null default '',           -- irregular: int64 start in ms of each
    old_micro   bytea not null,                      -- int64 of each; empty: the value stayed, its source changed
    old_flags   bytea not null,                      -- runs of (uint16 length, uint8 quality)
    old_sources bytea not null,                      -- runs of (uint16 length, int32 source_no)
    old_durations bytea not null default '',         -- irregular: int64 duration in ms of each
    primary key (series_no, block, rev, source_no)
);

create table series_latest (
    tenant_no int4 not null default current_tenant_no(),
    series_no int4 primary key,
    ts        timestamptz not null default '-infinity',  -- start of the newest interval with a value
    micro     int8 not null default 0,
    flag      int2 not null default 4,
    -- Start of the newest slot that any block holds: later readings may go to reading_hot, earlier ones may not,
    -- so that no slot is ever in both.
    block_to  timestamptz not null default '-infinity',
    seen_at   timestamptz not null default now()
) with (fillfactor = 70);

-- Look the newest value of a series up again, after one was taken back.
create function find_latest(of_series int) returns void language sql as $$
    update series_latest l set ts = n.ts, micro = n.micro, flag = n.flag
    from (
        select ts, micro, flag from (
            (select to_timestamp(b.block::int8 * 3600 + s.phase_s + b.t_last::int8 * b.step) as ts,
                    b.vlast * (10 ^ (6 - b.scale_exp))::int8 as micro, block_flag(b.flags, b.t_last) as flag
             from reading_block b join series s using (series_no)
             where b.series_no = of_series and b.n_valid > 0 and b.codec = 1 order by b.block desc limit 1)
            union all
            (select irregular_start(b.data, b.t_last), b.vlast, block_flag(b.flags, b.t_last) from reading_block b
             where b.series_no = of_series and b.n_valid > 0 and b.codec = 3 order by b.block desc limit 1)
            union all
            (select ts, h.micro, h.flag from reading_hot h
             where h.series_no = of_series and h.flag & 7 < 4 order by ts desc limit 1)
            union all select '-infinity', 0, 4) ends
        order by ts desc limit 1) n
    where l.series_no = of_series $$;

create table rollup_local_day (
    sum         int8 not null,                       -- micro over valid slots; gauges: mean = sum / n_valid; registers: 0
    min         int8 not null,
    max         int8 not null,
    tenant_no   int4 not null default current_tenant_no(),
    series_no   int4 not null,
    zone_no     int4 not null,
    local_date  date not null,
    n_valid     int4 not null,
    n_expected  int4 not null,                       -- slots of the local day (23, 24 or 25 hours); irregular: 0
    n_estimated int4 not null,
    n_suspect   int4 not null,
    primary key (series_no, zone_no, local_date)
) with (fillfactor = 90);                            -- live readings add to their day: a new version stays on its page

create table rollup_site_month (
    tenant_no  int4 not null default current_tenant_no(),
    root_asset uuid not null,
    carrier    text not null,
    direction  text not null,
    unit       text not null,
    month      date not null,
    sum        numeric not null,
    coverage   real not null,
    estimated_share real not null,
    is_dirty   boolean not null default false,
    primary key (root_asset, carrier, direction, unit, month)
);
create table site_month_dirty (                      -- rows that the rebuild job works off
    tenant_no int4 not null default current_tenant_no(),
    series_no int4 not null,
    month     date not null,
    primary key (series_no, month)
);
