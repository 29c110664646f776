-- The specification's energy_consumption: a view over blocks and hot rows that takes INSERT, UPDATE and DELETE.
-- It shows what meters take in: interval energy and volume of the import direction, values only.
--   id                 computed (UUIDv8 of series and start), the same as domain/reading_id.py
--   asset_id           the asset the meter was assigned to at that time (boundary first); else its site's root asset
--   consumption_value  exact numeric; numeric(10,4) would fail above 999,999.9999
--   timestamp          start of the interval
--   created_at         when the newest source of the block (hot row: the row) was received; not per reading
-- A condition on meter_id finds its blocks by key; one on timestamp does not prune: readings(meter, from, to) does.
-- What is written here shows in sums of days and months after the next merge; everywhere else at once.

create function reading_id(series_no int, ms int8) returns uuid language sql immutable parallel safe strict as $$
    select (lpad(to_hex(series_no), 8, '0') || lpad(to_hex(ms >> 32), 4, '0')
        || '8' || lpad(to_hex((ms >> 20) & 4095), 3, '0')
        || to_hex(8 | ((ms >> 18) & 3)) || lpad(to_hex((ms & 262143) << 2), 5, '0') || '0000000000')::uuid $$;

create function reading_id_series(id uuid) returns int language sql immutable parallel safe strict
    as $$ select ('x' || left(id::text, 8))::bit(32)::int $$;
create function reading_id_ms(id uuid) returns int8 language sql immutable parallel safe strict as $$
    select (('x' || substr(h, 9, 4))::bit(16)::int8 << 32) | (('x' || substr(h, 14, 3))::bit(12)::int8 << 20)
         | ((('x' || substr(h, 17, 6))::bit(24)::int8 >> 2) & 1048575)
    from (select replace(id::text, '-', '') as h) t $$;

create function refuse_codec(codec int, series_no int, block int) returns int8 language plpgsql immutable as $$
begin
    raise exception 'block % of series % has codec %, which this view cannot decode', block, series_no, codec
        using hint = 'use the application or its Parquet export';
end $$;

-- The source of a slot, from the runs beside its block.
create function block_source(sources bytea, slot int) returns int language plpgsql immutable parallel safe as $$
declare
    at int := 0;
    seen int := 0;
begin
    while at < length(sources) loop
        seen := seen + le_uint2(sources, at);
        if slot < seen then
            return le_uint4(sources, at + 2)::int;
        end if;
        at := at + 6;
    end loop;
    return 0;
end $$;

-- The slots of a block of codec 1 that carry a value: slot, value in units of 10^-scale_exp.
create function block_values(n int2, n_valid int2, vmin int8, data bytea)
    returns table (slot int, value int8) language sql immutable parallel safe rows 960 as $$
    select g, vmin + case length(data) / n
               when 1 then get_byte(data, g)
               when 2 then le_uint2(data, 2 * g)
               when 4 then le_uint4(data, 4 * g)
               else le_int8(data, 8 * g) end
    from generate_series(0, case when n_valid = 0 then -1 else n - 1 end) g
    where n_valid = n or case length(data) / n
               when 1 then get_byte(data, g) <> 255
               when 2 then le_uint2(data, 2 * g) <> 65535
               when 4 then le_uint4(data, 4 * g) <> 4294967295
               else le_int8(data, 8 * g) <> -1 end $$;

-- View and function are one text; the function adds conditions that prune.
do $$
declare
    body constant text := $body$
    select reading_id(s.series_no, r.ms) as id,
           coalesce(case when one.always then one.asset_id else (
               select a.asset_id from meter_assignment a
               where a.meter_id = s.meter_id and to_timestamp(r.ms / 1000.0) >= a.valid_from
                 and to_timestamp(r.ms / 1000.0) < a.valid_to
               order by a.role = 'boundary' desc, a.valid_from desc, a.asset_id limit 1) end, m.site_id) as asset_id,
           s.meter_id,
           r.value as consumption_value,
           s.unit::varchar(10) as consumption_unit,
           to_timestamp(r.ms / 1000.0) as timestamp,
           r.created_at
    from series s
    join energy_meters m on m.id = s.meter_id
    cross join lateral (
        select count(*) = 1 and bool_and(a.valid_from = '-infinity' and a.valid_to = 'infinity') as always,
               (array_agg(a.asset_id))[1] as asset_id
        from meter_assignment a where a.meter_id = s.meter_id) one
    cross join lateral (
        select b.block::int8 * 3600000 + s.phase_s::int8 * 1000 + v.slot::int8 * b.step * 1000 as ms,
               v.value * ('{1,0.1,0.01,0.001,0.0001,0.00001,0.000001}'::numeric[])[b.scale_exp + 1] as value,
               c.created_at
        from reading_block b
        cross join lateral (
            select max(o.received_at) as created_at
            from generate_series(0, length(b.sources) / 6 - 1) i
            join source o on o.source_no = le_uint4(b.sources, i * 6 + 2)::int) c
        cross join lateral block_values(b.n, b.n_valid, b.vmin, b.data) v
        where b.series_no = s.series_no and b.codec = 1 and b.n_valid > 0 /*blocks*/
        union all
        select le_int8(b.data, i * 8), le_int8(b.data, (2 * b.n + i) * 8) * 0.000001, c.created_at
        from reading_block b
        cross join lateral (
            select max(o.received_at) as created_at
            from generate_series(0, length(b.sources) / 6 - 1) i
            join source o on o.source_no = le_uint4(b.sources, i * 6 + 2)::int) c
        cross join lateral generate_series(0, b.n - 1) i
        where b.series_no = s.series_no and b.codec = 3 and block_flag(b.flags, i) & 7 < 4 /*blocks*/
        union all
        select refuse_codec(b.codec, b.series_no, b.block), 0, null
        from reading_block b where b.series_no = s.series_no and b.codec not in (1, 3) /*blocks*/
        union all
        select (extract(epoch from h.ts) * 1000)::int8, h.micro * 0.000001, h.received_at
        from reading_hot h where h.series_no = s.series_no and h.flag & 7 < 4 /*hot*/
    ) r
    where s.kind = 'interval' and s.direction = 'import' and s.quantity in ('energy', 'fuel_energy', 'volume')$body$;
begin
    execute 'create view energy_consumption with (security_invoker = true) as ' || body;
    execute format($f$
        create function readings(of_meter uuid, from_at timestamptz, to_at timestamptz)
            returns setof energy_consumption language sql stable as $q$ select * from (%s
            and s.meter_id = of_meter) t where t.timestamp >= from_at and t.timestamp < to_at $q$ $f$,
        replace(replace(body, '/*blocks*/',
            'and b.block > extract(epoch from from_at) / 3600 - block_span_h(b.step) - 24
             and b.block > (extract(epoch from from_at) / 3600)::int - block_span_h(coalesce(s.step_s, 0)) - 24
             and b.block <= (extract(epoch from to_at) / 3600)::int'),
            '/*hot*/', 'and h.ts >= from_at and h.ts < to_at'));
end $$;

-- Slots that were written through the view: their days are added up again by the next merge, in the zone rules of
-- the application (the database never converts zones).
create table rollup_stale (
    tenant_no int4 not null default current_tenant_no(),
    series_no int4 not null,
    ts        timestamptz not null,
    primary key (series_no, ts)
);

-- One import and one source for everything a transaction writes through the view.
create function view_source() returns int language plpgsql as $$
declare
    held text := nullif(current_setting('app.view_source', true), '');
    load uuid := gen_random_uuid();
    made int;
begin
    if held is not null then
        return held::int;
    end if;
    insert into import (id, kind, actor, format, status, note, finished_at)
        values (load, 'api', 'sql:' || current_user, 'sql', 'done', 'written through energy_consumption', now());
    insert into source (import_id, provider, kind, update_time, actor)
        values (load, 'sql', 'api', now(), 'sql:' || current_user) returning source_no into made;
    perform set_config('app.view_source', made::text, true);
    return made;
end $$;

-- Take a block apart into hot rows, so that one of its slots can be changed; the next merge packs it again.
-- The empty block stays: its revision goes on counting.
create function open_block(of_series int, at timestamptz) returns int language plpgsql as $$
declare
    s series;
    hour int;
    span int;
    next_rev int;
begin
    select * into strict s from series where series_no = of_series;
    span := block_span_h(coalesce(s.step_s, 0));
    hour := floor((extract(epoch from at) - s.phase_s) / 3600 / span) * span;
    insert into reading_hot (series_no, ts, micro, flag, source_no, received_at)
        select of_series, to_timestamp(b.block::int8 * 3600 + s.phase_s + g::int8 * b.step),
               coalesce(v.value, 0) * (10 ^ (6 - b.scale_exp))::int8,
               case when b.flags = '' then case when v.slot is null then 7 else 0 end else block_flag(b.flags, g) end,
               block_source(b.sources, g), now()
        from reading_block b
        cross join lateral generate_series(0, b.n - 1) g
        left join lateral block_values(b.n, b.n_valid, b.vmin, b.data) v on v.slot = g
        where b.series_no = of_series and b.block = hour and b.codec = 1
          and case when b.flags = '' then v.slot is not null else block_flag(b.flags, g) & 7 < 7 end;
    insert into reading_hot (series_no, ts, micro, flag, source_no, received_at, duration_ms)
        select of_series, irregular_start(b.data, i), le_int8(b.data, (2 * b.n + i) * 8), block_flag(b.flags, i),
               block_source(b.sources, i), now(), nullif(le_int8(b.data, (b.n + i) * 8), 0)
        from reading_block b cross join lateral generate_series(0, b.n - 1) i
        where b.series_no = of_series and b.block = hour and b.codec = 3;
    insert into reading_block as b (vmin, vmax, vsum, vlast, t_last, rev, tenant_no, series_no, block, step, n,
                                    n_valid, codec, scale_exp, sources, flags, data)
        values (0, 0, 0, 0, -1, 1, current_tenant_no(), of_series, hour, coalesce(s.step_s, 0),
                case when s.step_s is null then 0 else span * 3600 / s.step_s end,
                0, case when s.step_s is null then 3 else 1 end, 0, '', '', '')
        on conflict (series_no, block) do update set
            vmin = 0, vmax = 0, vsum = 0, vlast = 0, t_last = -1, rev = b.rev + 1, n = excluded.n, n_valid = 0,
            sources = '', flags = '', data = ''
        returning rev into next_rev;
    insert into reading_revision (tenant_no, series_no, block, rev, source_no, reason, slots, starts, old_micro,
                                  old_flags, old_sources, old_durations)
        select current_tenant_no(), of_series, hour, next_rev, view_source(), 'through energy_consumption',
               case when s.step_s is null then ''::bytea
                    else le_bytes(((extract(epoch from at) - s.phase_s - hour::int8 * 3600) / s.step_s)::int8, 2)
                         || le_bytes(1, 2) end,
               case when s.step_s is null then le_bytes((extract(epoch from at) * 1000)::int8, 8) else ''::bytea end,
               le_bytes(h.micro, 8), le_bytes(1, 2) || le_bytes(h.flag, 1), le_bytes(1, 2) || le_bytes(h.source_no, 4),
               case when s.step_s is null then le_bytes(coalesce(h.duration_ms, 0), 8) else ''::bytea end
        from reading_hot h where h.series_no = of_series and h.ts = at;
    return next_rev;
end $$;

create function le_bytes(number int8, width int) returns bytea language sql immutable parallel safe as $$
    select string_agg(set_byte('\x00'::bytea, 0, ((number >> (8 * i)) & 255)::int), ''::bytea order by i)
    from generate_series(0, width - 1) i $$;

create function follow_view_change(of_series int, at timestamptz) returns void language plpgsql as $$
begin
    insert into rollup_stale (series_no, ts) values (of_series, at) on conflict do nothing;
    insert into series_latest (series_no) values (of_series) on conflict do nothing;
    perform find_latest(of_series);
end $$;

-- Whether a block holds anything at an instant (a null, where the view shows nothing).
create function block_holds(of_series int, at timestamptz) returns boolean language sql stable as $$
    select exists (
        select from series s
        cross join lateral (select block_span_h(coalesce(s.step_s, 0)) as span) p
        join reading_block b on b.series_no = s.series_no
            and b.block = floor((extract(epoch from at) - s.phase_s) / 3600 / p.span) * p.span
        where s.series_no = of_series and case
            when b.codec = 3 then exists (
                select from generate_series(0, b.n - 1) i
                where le_int8(b.data, i * 8) = (extract(epoch from at) * 1000)::int8)
            else b.flags <> '' and block_flag(b.flags,
                ((extract(epoch from at) - s.phase_s - b.block::int8 * 3600) / s.step_s)::int) & 7 < 7 end) $$;

create function write_energy_consumption() returns trigger language plpgsql as $$
declare
    s series;
    found int;
    value_micro int8;
begin
    if tg_op in ('UPDATE', 'DELETE') then
        perform pg_advisory_xact_lock(reading_id_series(old.id));
        perform open_block(reading_id_series(old.id), old.timestamp);
        if tg_op = 'DELETE' or (new.meter_id, new.timestamp) is distinct from (old.meter_id, old.timestamp) then
            delete from reading_hot h where h.series_no = reading_id_series(old.id) and h.ts = old.timestamp;
            perform follow_view_change(reading_id_series(old.id), old.timestamp);
        end if;
        if tg_op = 'DELETE' then
            return old;
        end if;
    end if;
    if new.consumption_value is null or new.meter_id is null or new.timestamp is null then
        raise not_null_violation using message = 'meter_id, timestamp and consumption_value are needed';
    end if;
    if new.consumption_value = 'NaN' or abs(new.consumption_value) > 90000000
       or new.consumption_value * 1000000 <> trunc(new.consumption_value * 1000000) then
        raise numeric_value_out_of_range using message = format('value %s is out of range or has more than six decimals',
                                                                new.consumption_value);
    end if;
    value_micro := (new.consumption_value * 1000000)::int8;
    select count(*) into found from series x where x.meter_id = new.meter_id and x.kind = 'interval'
        and x.direction = 'import' and x.quantity in ('energy', 'fuel_energy', 'volume');
    if found <> 1 then
        raise exception 'meter % has % interval import series, not one', new.meter_id, found
            using errcode = 'foreign_key_violation', hint = 'write by series through the application';
    end if;
    select * into s from series x where x.meter_id = new.meter_id and x.kind = 'interval'
        and x.direction = 'import' and x.quantity in ('energy', 'fuel_energy', 'volume');
    if new.consumption_unit is not null and new.consumption_unit <> s.unit then
        raise exception 'unit % is not the unit of the series, %', new.consumption_unit, s.unit
            using errcode = 'check_violation';
    end if;
    if new.timestamp > now() + interval '5 minutes' or new.timestamp < '1970-01-01' or date_trunc('milliseconds',
       new.timestamp) <> new.timestamp or (s.step_s is not null
       and ((extract(epoch from new.timestamp) - s.phase_s) * 1000)::int8 % (s.step_s * 1000) <> 0) then
        raise exception 'timestamp % is in the future or no start of an interval', new.timestamp
            using errcode = 'check_violation';
    end if;
    perform pg_advisory_xact_lock(s.series_no);
    if tg_op = 'UPDATE' and new.timestamp = old.timestamp and new.meter_id = old.meter_id then
        -- A person's word: it outranks what providers send later (flag 32 = corrected).
        update reading_hot h set micro = value_micro, flag = 32, source_no = view_source(),
                                 received_at = now(), rev = h.rev + 1
        where h.series_no = s.series_no and h.ts = new.timestamp;
    else
        if exists (select from readings(new.meter_id, new.timestamp, new.timestamp + interval '1 millisecond')) then
            raise unique_violation using message = format('meter %s has a reading at %s', new.meter_id, new.timestamp);
        end if;
        if block_holds(s.series_no, new.timestamp) then
            perform open_block(s.series_no, new.timestamp);
        end if;
        insert into reading_hot as h (series_no, ts, micro, flag, source_no, duration_ms)
            values (s.series_no, new.timestamp, value_micro, 0, view_source(), null)
            on conflict (series_no, ts) do update set micro = excluded.micro, flag = 0,
                source_no = excluded.source_no, received_at = now(), rev = h.rev + 1;
    end if;
    perform follow_view_change(s.series_no, new.timestamp);
    new.id := reading_id(s.series_no, (extract(epoch from new.timestamp) * 1000)::int8);
    new.consumption_unit := s.unit;
    new.created_at := now();
    return new;
end $$;
create trigger energy_consumption_write instead of insert or update or delete on energy_consumption
    for each row execute function write_energy_consumption();
