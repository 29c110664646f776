-- Months of a site are added up from the meters that stood there: when one is moved, they are added up again.

create function mark_site_months() returns trigger language plpgsql as $$
declare
    touched uuid[] := array(select a.site_id from public.assets a where a.id in (old.asset_id, new.asset_id));
begin
    -- A site that has lost its last meter has no months left to be marked.
    delete from public.rollup_site_month m where m.root_asset = any(touched);
    insert into public.site_month_dirty (tenant_no, series_no, month)
    select s.tenant_no, s.series_no, month::date
    from public.series s
    cross join lateral (
        select min(r.local_date) as first, max(r.local_date) as last from public.rollup_local_day r
        where r.series_no = s.series_no and r.zone_no = s.zone_no) d
    cross join lateral generate_series(date_trunc('month', d.first::timestamp), d.last::timestamp, interval '1 month') month
    where s.meter_id in (
        select m.id from public.energy_meters m where m.site_id = any(touched)
        union select w.meter_id from public.meter_assignment w join public.assets a on a.id = w.asset_id
        where a.site_id = any(touched))
    order by 2, 3
    on conflict (series_no, month) do update set month = excluded.month;
    return null;
end $$;

create trigger mark_site_months after insert or delete on meter_assignment
    for each row execute function mark_site_months();
-- Loading the same register again changes nothing.
create trigger mark_site_months_update after update on meter_assignment
    for each row when (old.* is distinct from new.*) execute function mark_site_months();
