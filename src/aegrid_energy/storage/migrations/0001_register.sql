-- The register: who owns what stands where, and which meter counts it, from when to when.
-- Every row carries tenant_no and defaults to the tenant of the transaction; policies come in 0005.

create function current_tenant_no() returns int language sql stable parallel safe
    as $$ select nullif(current_setting('app.tenant_no', true), '')::int $$;

create table tenant (
    tenant_no  int generated always as identity primary key,
    id         uuid not null unique,
    slug       text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name       text not null,
    is_demo    boolean not null default false,
    created_at timestamptz not null default now()
);

create table portfolio (
    tenant_no   int not null default current_tenant_no() references tenant,
    id          uuid primary key,
    name        text not null,
    external_id text,
    unique (tenant_no, external_id)
);

create table site (
    tenant_no   int not null default current_tenant_no() references tenant,
    id          uuid primary key,
    name        text not null,
    timezone    text not null,
    country     text not null default 'AU' check (country ~ '^[A-Z]{2}$'),
    region      text not null default '',           -- ISO 3166-2, chooses holidays
    currency    text not null default 'AUD' check (currency ~ '^[A-Z]{3}$'),
    address     text not null default '',
    latitude    double precision check (latitude between -90 and 90),
    longitude   double precision check (longitude between -180 and 180),
    external_id text,
    tags        text[] not null default '{}',
    opened_on   date,
    closed_on   date,
    unique (tenant_no, external_id)
);

create table portfolio_site (                        -- a portfolio is a dated list of sites
    tenant_no    int not null default current_tenant_no() references tenant,
    portfolio_id uuid not null references portfolio on delete cascade,
    site_id      uuid not null references site on delete cascade,
    valid_from   date not null default '-infinity',
    valid_to     date not null default 'infinity',
    primary key (portfolio_id, site_id, valid_from),
    check (valid_from < valid_to)
);

-- The root asset of a site has the site's own id, so that every asset route serves sites too.
create table assets (
    tenant_no       int not null default current_tenant_no() references tenant,
    id              uuid primary key,
    site_id         uuid not null references site on delete cascade,
    parent_id       uuid references assets on delete cascade,
    kind            text not null,                   -- site, building, floor, zone, chiller, ahu, ...
    name            text not null,
    use_type        text not null default '',
    floor_area_m2   double precision check (floor_area_m2 > 0 and floor_area_m2 < 1e9),
    ratings         jsonb not null default '{}',     -- name with unit suffix -> number
    external_id     text,
    tags            text[] not null default '{}',
    in_service_from date,
    in_service_to   date,
    unique (tenant_no, external_id),
    check ((parent_id is null) = (id = site_id))
);
create index assets_site on assets (site_id);
create index assets_parent on assets (parent_id);

create table asset_group (
    tenant_no int not null default current_tenant_no() references tenant,
    id        uuid primary key,
    name      text not null,
    unique (tenant_no, name)
);
create table asset_group_member (
    tenant_no int not null default current_tenant_no() references tenant,
    group_id  uuid not null references asset_group on delete cascade,
    asset_id  uuid not null references assets on delete cascade,
    primary key (group_id, asset_id)
);

create table energy_meters (
    tenant_no       int not null default current_tenant_no() references tenant,
    id              uuid primary key,
    site_id         uuid references site on delete cascade,  -- null: not yet placed
    carrier         text not null,
    name            text not null,
    nmi             text,
    serial          text not null default '',
    external_id     text,
    is_virtual      boolean not null default false,
    rhythm          text not null default 'monthly_file' check (rhythm in ('live', 'daily_file', 'monthly_file', 'ended')),
    in_service_from timestamptz,
    in_service_to   timestamptz,
    tags            text[] not null default '{}',
    unique (tenant_no, external_id)
);
create index energy_meters_site on energy_meters (site_id);
create index energy_meters_nmi on energy_meters (tenant_no, nmi);

create table meter_assignment (                      -- meters move
    tenant_no  int not null default current_tenant_no() references tenant,
    meter_id   uuid not null references energy_meters on delete cascade,
    asset_id   uuid not null references assets on delete cascade,
    role       text not null check (role in ('boundary', 'sub', 'generation', 'check')),
    valid_from timestamptz not null default '-infinity',
    valid_to   timestamptz not null default 'infinity',
    primary key (meter_id, asset_id, valid_from),
    check (valid_from < valid_to)
);
create index meter_assignment_asset on meter_assignment (asset_id);

create table meter_feed (                            -- the electrical tree: measured = children + residual
    tenant_no  int not null default current_tenant_no() references tenant,
    meter_id   uuid not null references energy_meters on delete cascade,
    fed_by     uuid not null references energy_meters on delete cascade,
    valid_from timestamptz not null default '-infinity',
    valid_to   timestamptz not null default 'infinity',
    primary key (meter_id, fed_by, valid_from),
    check (meter_id <> fed_by and valid_from < valid_to)
);

create table meter_install (                         -- one row an exchange; multiplier is CT x VT
    tenant_no  int not null default current_tenant_no() references tenant,
    meter_id   uuid not null references energy_meters on delete cascade,
    serial     text not null,
    multiplier numeric not null default 1 check (multiplier > 0),
    first_read numeric,
    last_read  numeric,
    valid_from timestamptz not null default '-infinity',
    valid_to   timestamptz not null default 'infinity',
    primary key (meter_id, valid_from),
    check (valid_from < valid_to)
);

create table virtual_meter (
    tenant_no  int not null default current_tenant_no() references tenant,
    meter_id   uuid not null references energy_meters on delete cascade,
    constant   numeric not null default 0,
    valid_from timestamptz not null default '-infinity',
    valid_to   timestamptz not null default 'infinity',
    primary key (meter_id, valid_from),
    check (valid_from < valid_to)
);
create table virtual_term (
    tenant_no   int not null default current_tenant_no() references tenant,
    meter_id    uuid not null references energy_meters on delete cascade,
    valid_from  timestamptz not null default '-infinity',
    input_id    uuid not null references energy_meters,
    direction   text not null check (direction in ('import', 'export', 'net')),
    coefficient numeric not null,
    primary key (meter_id, valid_from, input_id, direction),
    foreign key (meter_id, valid_from) references virtual_meter on delete cascade
);

create table heating_value (                         -- gas: m3 -> MJ happens on reading, by dated values
    tenant_no       int not null default current_tenant_no() references tenant,
    meter_id        uuid not null references energy_meters on delete cascade,
    mj_per_m3       numeric not null check (mj_per_m3 between 1 and 200),
    pressure_factor numeric not null default 1 check (pressure_factor between 0.5 and 20),
    valid_from      timestamptz not null default '-infinity',
    primary key (meter_id, valid_from)
);

create table point (
    tenant_no           int not null default current_tenant_no() references tenant,
    id                  uuid primary key,
    asset_id            uuid not null references assets on delete cascade,
    name                text not null,
    quantity            text not null,
    unit                text not null,
    kind                text not null check (kind in ('cumulative', 'interval', 'instant', 'state', 'setpoint')),
    is_writable         boolean not null default false,
    address             text not null default '',
    brick_class         text not null default '',
    valid_min           double precision,
    valid_max           double precision,
    max_rate            double precision,            -- unit per second
    expected_interval_s int check (expected_interval_s > 0),
    stale_after_s       int check (stale_after_s > 0),
    external_id         text,
    tags                text[] not null default '{}',
    unique (tenant_no, external_id)
);
create index point_asset on point (asset_id);

create table flat_price (                            -- ex tax; per canonical unit of the carrier's main quantity
    tenant_no      int not null default current_tenant_no() references tenant,
    site_id        uuid not null references site on delete cascade,
    carrier        text not null,
    price_per_unit numeric not null check (price_per_unit > -1000 and price_per_unit < 1000),
    unit           text not null,
    valid_from     date not null default '-infinity',
    primary key (site_id, carrier, valid_from)
);

create table event (                                 -- notes and happenings, shown on every chart of the scope
    tenant_no  int not null default current_tenant_no() references tenant,
    id         uuid primary key,
    scope_kind text not null check (scope_kind in ('tenant', 'portfolio', 'site', 'asset', 'meter')),
    scope_id   uuid,
    starts_at  timestamptz not null,
    ends_at    timestamptz,
    kind       text not null check (kind in ('holiday', 'closure', 'retrofit', 'works', 'meter_change', 'note')),
    text       text not null default '',
    author     text not null default '',
    external_id text,
    created_at timestamptz not null default now(),
    unique (tenant_no, external_id),
    check (ends_at is null or ends_at > starts_at)
);
create index event_scope on event (scope_id, starts_at);

create table preference (
    tenant_no  int not null default current_tenant_no() references tenant,
    key        text not null,
    value      jsonb not null,
    updated_at timestamptz not null default now(),
    primary key (tenant_no, key)
);

-- A tenant is made by a definer: the app role may not write a tenant that is not its own.
create function create_tenant(new_id uuid, new_slug text, new_name text, demo boolean) returns int
    language sql security definer set search_path = pg_catalog, public
    as $$ insert into public.tenant (id, slug, name, is_demo) values (new_id, new_slug, new_name, demo) returning tenant_no $$;
