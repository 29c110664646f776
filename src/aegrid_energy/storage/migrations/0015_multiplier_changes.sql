-- Each change of a ratio that stored readings have followed. Readings of sources up to `source_floor` that come back
-- later, because a load over them is taken back, were stored before it and follow it then.

create table multiplier_change (
    tenant_no    int not null default current_tenant_no() references tenant,
    meter_id     uuid not null references energy_meters on delete cascade,
    n            int generated always as identity,
    valid_from   timestamptz not null,
    valid_to     timestamptz not null,
    old          numeric not null check (old > 0),
    new          numeric not null check (new > 0),
    source_floor int not null,
    primary key (meter_id, n),
    check (valid_from < valid_to)
);
alter table multiplier_change enable row level security;
create policy own_tenant on multiplier_change
    using (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int)
    with check (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int);
