-- Counters become intervals: what is known of the device that counts, and of what its intervals are made.

alter table meter_install
    -- Where the counter begins again, as the device shows it (before the multiplier); null: unknown.
    add column wraps_at       numeric check (wraps_at > 0),
    -- The most that can flow, after the multiplier: 1.5 times the fuse, say; null: unknown.
    add column max_rate_per_h numeric check (max_rate_per_h > 0);

-- The intervals of a counter are looked up by it at each of its readings.
create index series_derived_from on series (derived_from) where derived_from is not null;
