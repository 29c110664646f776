"""Random numbers by counter."""

import numpy as np

from aegrid_energy.simulation import noise


def test_a_number_belongs_to_its_counter_not_to_the_order_of_asking():
    key = noise.key_of(3, "a")
    many = noise.gauss(key, np.arange(1000, dtype=np.int64))
    one = noise.gauss(key, np.array([617], dtype=np.int64))
    assert one[0] == many[617]


def test_streams_with_other_names_or_seeds_are_other_numbers():
    counter = np.arange(2000, dtype=np.int64)
    base = noise.uniform(noise.key_of(3, "a"), counter)
    for key in (noise.key_of(3, "b"), noise.key_of(4, "a")):
        assert abs(np.corrcoef(base, noise.uniform(key, counter))[0, 1]) < 0.1


def test_uniforms_fill_the_unit_interval_evenly():
    drawn = noise.uniform(noise.key_of(1, "u"), np.arange(100_000, dtype=np.int64))
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    assert counts.min() > 4600
    assert counts.max() < 5400


def test_gaussians_have_mean_zero_and_variance_one():
    drawn = noise.gauss(noise.key_of(1, "g"), np.arange(-50_000, 50_000, dtype=np.int64))
    assert abs(drawn.mean()) < 0.015
    assert abs(drawn.std() - 1.0) < 0.015


def test_a_smooth_curve_never_jumps_and_goes_through_its_knots():
    key = noise.key_of(1, "s")
    at = np.arange(-10_000, 10_000, 10, dtype=np.int64)
    curve = noise.smooth(key, at, 1000)
    assert np.abs(np.diff(curve)).max() < 0.12
    knots = noise.gauss(key, np.arange(-10, 10, dtype=np.int64))
    np.testing.assert_array_equal(curve[::100], knots)
