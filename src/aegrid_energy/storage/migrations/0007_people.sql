-- The first administrator takes over what the command line loaded; each person keeps their own choices.

-- Before anybody has an account, `import` founds an organisation so that readings have a place. Nobody is a
-- member of it, so nobody would ever see it: the first administrator of the installation joins it.
create function tenant_without_members() returns int
    language sql stable security definer set search_path = pg_catalog, public as $$
    select t.tenant_no from public.tenant t
    where not t.is_demo and not exists (select from public.membership m where m.tenant_no = t.tenant_no)
    order by t.tenant_no limit 1 $$;

-- Whoever asks: an organisation that has a member, or that is a demonstration, is not renamed by this.
create function adopt_tenant(of_tenant int, of_slug text, of_name text) returns boolean
    language sql volatile security definer set search_path = pg_catalog, public as $$
    with adopted as (
        update public.tenant t set slug = of_slug, name = of_name
        where t.tenant_no = of_tenant and not t.is_demo
          and not exists (select from public.membership m where m.tenant_no = t.tenant_no)
        returning 1
    )
    select exists (select from adopted) $$;

-- Own start page, density and the like, by name; only what the person has chosen.
alter table account add column preferences jsonb not null default '{}';
