-- The second wall: whatever the application asks, a transaction sees the rows of its own tenant.
-- No subquery in a policy (a distributed database refuses them), no FORCE (the owner migrates and backs up).
do $$
declare t text;
begin
    for t in
        select c.relname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_no' and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition
    loop
        execute format('alter table public.%I enable row level security', t);
        execute format('create policy own_tenant on public.%I
            using (tenant_no = nullif(current_setting(''app.tenant_no'', true), '''')::int)
            with check (tenant_no = nullif(current_setting(''app.tenant_no'', true), '''')::int)', t);
    end loop;
end $$;

-- What happens before a tenant is known (a failed sign-in, the first administrator) is written without one,
-- and read only outside any tenant.
create policy before_a_tenant_write on public.record for insert with check (tenant_no is null);
create policy before_a_tenant_read on public.record for select
    using (tenant_no is null and nullif(current_setting('app.tenant_no', true), '') is null);
