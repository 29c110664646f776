-- Whether the register of a tenant has changed since somebody last looked: what was worked out from it may be kept.
-- Each transaction that changes the register leaves its own number here, in a row that no other transaction holds,
-- so that two of them never wait for each other. A number never comes twice, not even after a rollback.

create table register_revision (
    tenant_no int not null default current_tenant_no(),  -- no reference: changes while a tenant is removed mark it too
    slot      int generated always as identity,          -- as many as there were transactions at once
    mark      xid8 not null,                             -- the last transaction that took this row
    primary key (tenant_no, slot)
);
alter table register_revision enable row level security;
create policy own_tenant on register_revision
    using (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int)
    with check (tenant_no = nullif(current_setting('app.tenant_no', true), '')::int);

create function mark_register() returns trigger language plpgsql as $$
declare
    of_tenant int := case when tg_op = 'DELETE' then old.tenant_no else new.tenant_no end;
begin
    if exists (select from public.register_revision r
               where r.tenant_no = of_tenant and r.mark = pg_current_xact_id()) then
        return null;
    end if;
    update public.register_revision r set mark = pg_current_xact_id()
    where r.tenant_no = of_tenant and r.slot = (
        select free.slot from public.register_revision free where free.tenant_no = of_tenant
        order by free.slot limit 1 for update skip locked);
    if not found then
        insert into public.register_revision (tenant_no, mark) values (of_tenant, pg_current_xact_id());
    end if;
    return null;
end $$;

do $$
declare t text;
begin
    foreach t in array array['portfolio', 'portfolio_site', 'site', 'assets', 'energy_meters', 'meter_assignment',
                             'meter_feed', 'meter_install', 'virtual_meter', 'virtual_term', 'heating_value',
                             'point', 'series']
    loop
        execute format('create trigger mark_register after insert or delete on public.%I
            for each row execute function mark_register()', t);
        -- Loading the same again changes nothing.
        execute format('create trigger mark_register_update after update on public.%I
            for each row when (old.* is distinct from new.*) execute function mark_register()', t);
    end loop;
end $$;
