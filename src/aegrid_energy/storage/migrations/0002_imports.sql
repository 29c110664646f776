-- Every load is an import; every reading names the source that put it there.

create table import (
    tenant_no   int not null default current_tenant_no() references tenant,
    id          uuid primary key,
    kind        text not null check (kind in ('file', 'api', 'live', 'correction', 'merge', 'derived', 'undo')),
    file_name   text not null default '',
    sha256      bytea,
    size_bytes  bigint,
    format      text not null default '',
    status      text not null check (status in ('running', 'done', 'partial', 'refused', 'failed', 'undone')),
    actor       text not null,
    note        text not null default '',
    started_at  timestamptz not null default now(),
    finished_at timestamptz,
    added       bigint not null default 0,
    changed     bigint not null default 0,
    unchanged   bigint not null default 0,
    outranked   bigint not null default 0,           -- received, kept out by something better
    refused     bigint not null default 0,
    undone_at   timestamptz,
    undone_by   text
);
create index import_recent on import (tenant_no, started_at desc);

create table import_series (                         -- what an import touched, for undo and for the list
    tenant_no int not null default current_tenant_no() references tenant,
    import_id uuid not null references import on delete cascade,
    series_no int not null,
    first_at  timestamptz not null,
    last_at   timestamptz not null,                  -- end of the last interval
    added     int not null,
    changed   int not null,
    unchanged int not null,
    outranked int not null,
    primary key (import_id, series_no)
);

create table import_refusal (                        -- kept 90 days, downloadable as CSV
    tenant_no int not null default current_tenant_no() references tenant,
    import_id uuid not null references import on delete cascade,
    n         int not null,
    file      text not null,
    line      int not null,
    col       int not null,
    code      text not null,
    text      text not null,
    refused   text not null default '',
    primary key (import_id, n)
);

create table source (
    tenant_no   int not null default current_tenant_no() references tenant,
    source_no   int generated always as identity primary key,
    import_id   uuid not null references import,
    provider    text not null,                       -- within one, the later update stands; between, the better
    kind        text not null,
    file        text not null default '',
    sha256      bytea,
    first_row   int,
    last_row    int,
    update_time timestamptz not null,
    received_at timestamptz not null default now(),
    actor       text not null
);
create index source_import on source (import_id);

create table idempotency (                           -- Idempotency-Key of a POST, kept 7 days with its answer
    tenant_no    int not null default current_tenant_no() references tenant,
    key          text not null,
    request_hash bytea not null,
    status       int not null,
    answer       jsonb not null,
    created_at   timestamptz not null default now(),
    primary key (tenant_no, key)
);
