-- People, keys, sessions, the record of what was done, and long-running work.

create table account (                               -- a person; may be a member of several tenants
    id            uuid primary key,
    email         text not null,
    name          text not null,
    password_hash text,                              -- argon2id; null: cannot sign in by password
    is_disabled   boolean not null default false,
    is_demo       boolean not null default false,    -- signs in only where the demonstration runs
    created_at    timestamptz not null default now()
);
create unique index account_email on account (lower(email));

create table membership (
    tenant_no  int not null default current_tenant_no() references tenant,
    account_id uuid not null references account on delete cascade,
    role       text not null check (role in ('executive', 'energy_manager', 'facilities', 'sustainability',
                                             'asset_manager', 'technician', 'administrator')),
    scope_kind text not null default 'tenant' check (scope_kind in ('tenant', 'portfolio', 'site', 'asset')),
    scope_id   uuid,
    created_at timestamptz not null default now(),
    check ((scope_kind = 'tenant') = (scope_id is null))
);
create unique index membership_once on membership
    (tenant_no, account_id, role, scope_kind, coalesce(scope_id, '00000000-0000-0000-0000-000000000000'));

-- Asked to join. Nobody is a member before they accept: otherwise whoever had made an account for somebody
-- else's address elsewhere would inherit the rights that are given to that address here.
create table invitation (
    tenant_no  int not null default current_tenant_no() references tenant,
    id         uuid primary key,
    email      text not null,
    name       text not null,
    grants     jsonb not null,                       -- as in membership: [{role, scope_kind, scope_id}]
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create unique index invitation_once on invitation (tenant_no, lower(email));

create table login_session (                         -- holds only the SHA-256 of the cookie
    token_hash   bytea primary key,
    id           uuid not null unique,               -- how its owner names it when ending it
    account_id   uuid not null references account on delete cascade,
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null,
    user_agent   text not null default '',
    address      text not null default ''
);
create index login_session_account on login_session (account_id);

create table login_attempt (
    attempt_no bigint generated always as identity primary key,
    subject    text not null,                        -- `email:` or `address:` and which
    at         timestamptz not null,
    ok         boolean not null                      -- false until it has succeeded: attempts at once all count
);
create index login_attempt_subject on login_attempt (subject, at desc);

create table one_time_code (
    code_hash  bytea primary key,
    purpose    text not null check (purpose in ('first_administrator', 'demo', 'invitation', 'socket_ticket')),
    account_id uuid references account on delete cascade,
    detail     jsonb not null default '{}',
    expires_at timestamptz not null,
    used_at    timestamptz
);

create table api_key (
    kid          text primary key,
    tenant_no    int not null default current_tenant_no() references tenant,
    name         text not null,
    secret_mac   bytea not null,                     -- HMAC-SHA-256(pepper, secret)
    scopes       text[] not null check (scopes <@ array['ingest', 'read']),
    site_id      uuid references site on delete cascade,
    created_by   uuid references account on delete set null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

create table record (                                -- append only: who did what
    record_no   bigint generated always as identity primary key,
    tenant_no   int default current_tenant_no(),     -- no reference: the record outlives a removed tenant
    at          timestamptz not null default now(),
    actor       text not null,
    action      text not null,
    object_kind text not null default '',
    object_id   text not null default '',
    detail      jsonb not null default '{}'
);
create index record_recent on record (tenant_no, record_no desc);
create function refuse_change() returns trigger language plpgsql as
    $$ begin raise exception 'the record is append only'; end $$;
create trigger record_append_only before update or delete or truncate on record for each statement execute function refuse_change();
revoke update, delete, truncate on record from :app, :jobs;

create table job (                                   -- the job resource; the queue behind it holds ids only
    tenant_no    int not null default current_tenant_no() references tenant,
    id           uuid primary key,
    kind         text not null,
    status       text not null check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
    step         text not null default '',
    done         bigint not null default 0,
    total        bigint,
    args         jsonb not null default '{}',
    result       jsonb,
    error        jsonb,
    is_cancel_asked boolean not null default false,
    created_by   text not null,
    created_at   timestamptz not null default now(),
    started_at   timestamptz,
    finished_at  timestamptz
);
create index job_recent on job (tenant_no, created_at desc);

create table upload (                                -- a file waiting for its job; removed when it is done
    tenant_no  int not null default current_tenant_no() references tenant,
    id         uuid primary key,
    name       text not null,
    sha256     bytea not null,
    content    bytea not null,
    created_at timestamptz not null default now()
);

-- Before a tenant is known, only these definers see across tenants, one question each.
create function account_memberships(of_account uuid)
    returns table (tenant_no int, slug text, tenant_name text, is_demo boolean, role text, scope_kind text, scope_id uuid)
    language sql stable security definer set search_path = pg_catalog, public as $$
    select t.tenant_no, t.slug, t.name, t.is_demo, m.role, m.scope_kind, m.scope_id
    from public.membership m join public.tenant t using (tenant_no)
    where m.account_id = of_account order by t.name, m.role $$;

create function find_api_key(of_kid text)
    returns table (tenant_no int, slug text, name text, secret_mac bytea, scopes text[], site_id uuid,
                   expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public as $$
    select k.tenant_no, t.slug, k.name, k.secret_mac, k.scopes, k.site_id, k.expires_at, k.revoked_at, k.last_used_at
    from public.api_key k join public.tenant t using (tenant_no) where k.kid = of_kid $$;

create function list_tenants() returns table (tenant_no int, slug text, name text, is_demo boolean)
    language sql stable security definer set search_path = pg_catalog, public as $$
    select tenant_no, slug, name, is_demo from public.tenant order by tenant_no $$;

create function found_tenant(of_id uuid, of_slug text, of_name text, as_demo boolean) returns int
    language sql volatile security definer set search_path = pg_catalog, public as $$
    insert into public.tenant (id, slug, name, is_demo) values (of_id, of_slug, of_name, as_demo)
    returning tenant_no $$;

-- The specification's two result tables. The stored rows carry the tenant; the views by the specification's
-- names have exactly its columns and take INSERT, UPDATE and DELETE like tables.
create table efficiency_metric (
    id                       uuid primary key,
    tenant_no                int not null default current_tenant_no() references tenant,
    asset_id                 uuid references assets (id),
    efficiency_score         decimal(5, 2),
    benchmark_score          decimal(5, 2),
    carbon_intensity         decimal(10, 4),
    cost_per_unit            decimal(10, 4),
    measurement_period_start timestamp with time zone,
    measurement_period_end   timestamp with time zone,
    created_at               timestamp with time zone default now()
);
create table carbon_emission (
    id                 uuid primary key,
    tenant_no          int not null default current_tenant_no() references tenant,
    asset_id           uuid references assets (id),
    scope_1_emissions  decimal(10, 4),
    scope_2_emissions  decimal(10, 4),
    scope_3_emissions  decimal(10, 4),
    total_emissions    decimal(10, 4),
    emission_factor    decimal(10, 6),
    measurement_period timestamp with time zone,
    created_at         timestamp with time zone default now()
);
create view energy_efficiency_metrics with (security_invoker = true) as
    select id, asset_id, efficiency_score, benchmark_score, carbon_intensity, cost_per_unit,
           measurement_period_start, measurement_period_end, created_at from efficiency_metric;
create view carbon_emissions with (security_invoker = true) as
    select id, asset_id, scope_1_emissions, scope_2_emissions, scope_3_emissions, total_emissions,
           emission_factor, measurement_period, created_at from carbon_emission;
