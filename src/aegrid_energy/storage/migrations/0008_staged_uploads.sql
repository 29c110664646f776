-- Files that a person looks at before they are loaded, and how tables of a shape were understood last time.

create table staged_upload (
    tenant_no   int not null default current_tenant_no() references tenant,
    id          uuid primary key,
    name        text not null,
    sha256      bytea not null,
    size_bytes  bigint not null,
    content     bytea,                               -- null once it is loaded: the readings stand for it
    created_by  text not null,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    state       text not null check (state in ('reading', 'proposed', 'loading', 'loaded', 'failed')),
    revision    int not null default 0,              -- counts the proposals: what was confirmed is one of them
    choices     jsonb not null default '{}',         -- what was said about each file
    proposal    jsonb,                               -- what was shown
    plan        jsonb,                               -- what was confirmed: the load may run again from here
    job_id      uuid
);
create index staged_upload_expiry on staged_upload (tenant_no, expires_at);

create table remembered_mapping (
    tenant_no    int not null default current_tenant_no() references tenant,
    shape        bytea not null,                     -- SHA-256 of format, layout and names of columns
    choices      jsonb not null,
    confirmed_at timestamptz not null,
    confirmed_by text not null,
    primary key (tenant_no, shape)
);

do $$
declare t text;
begin
    foreach t in array array['staged_upload', 'remembered_mapping'] loop
        execute format('alter table public.%I enable row level security', t);
        execute format('create policy own_tenant on public.%I
            using (tenant_no = nullif(current_setting(''app.tenant_no'', true), '''')::int)
            with check (tenant_no = nullif(current_setting(''app.tenant_no'', true), '''')::int)', t);
    end loop;
end $$;

-- Has this very file been loaded before?
create index import_sha256 on import (tenant_no, sha256) where sha256 is not null;
