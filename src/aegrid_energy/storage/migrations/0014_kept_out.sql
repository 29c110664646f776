-- What was sent while a person's correction stood: it stands again when the correction is withdrawn.

create table reading_kept_out (
    tenant_no   int4 not null default current_tenant_no(),
    series_no   int4 not null,
    ts          timestamptz not null,                -- start of the interval, or the instant
    source_no   int4 not null,                       -- who sent it
    micro       int8 not null,
    flag        int2 not null,
    duration_ms int8 not null default 0,             -- irregular intervals only
    received_at timestamptz not null default clock_timestamp(),
    primary key (series_no, ts, source_no)
);
alter table reading_kept_out enable row level security;
create policy own_tenant on reading_kept_out
    using (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int)
    with check (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int);
