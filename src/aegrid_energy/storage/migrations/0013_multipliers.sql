-- What the stored readings of a meter are multiplied by. The register may say otherwise until they are recomputed;
-- who loads or recomputes brings both together first, so no reading is multiplied twice or by half of a change.

create table multiplier_applied (
    tenant_no  int not null default current_tenant_no() references tenant,
    meter_id   uuid not null references energy_meters on delete cascade,
    factor     numeric not null check (factor > 0 and factor <> 1),
    valid_from timestamptz not null default '-infinity',
    valid_to   timestamptz not null default 'infinity',
    primary key (meter_id, valid_from),
    check (valid_from < valid_to)
);
alter table multiplier_applied enable row level security;
create policy own_tenant on multiplier_applied
    using (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int)
    with check (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int);

-- A device stood until the next one did, whatever its own end says.
create view install_span with (security_invoker = true) as
    select tenant_no, meter_id, multiplier, valid_from,
           least(valid_to, lead(valid_from) over (partition by meter_id order by valid_from)) as valid_to
    from meter_install;

insert into multiplier_applied (tenant_no, meter_id, factor, valid_from, valid_to)
    select tenant_no, meter_id, multiplier, valid_from, valid_to from install_span where multiplier <> 1;
