import { describe, expect, test } from 'vitest';

import { cells } from './cells';
import { facts, gaps, line, newer } from './series';
import { powerSummary } from './sentences';
import { carpetTable, figureCsv, figureTable } from './table';
import { hourTicks, monthTicks } from './ticks';
import type { ChartInput, Columns, LivePoint } from './types';

const STEP = 300_000;
const ADELAIDE = 'Australia/Adelaide';
const START = Date.parse('2026-11-24T13:30:00Z'); // midnight in Adelaide

function columns(values: readonly (number | null)[], from = START, step = STEP): Columns {
  return {
    start: values.map((_, i) => from + i * step),
    step,
    mean: values,
    min: values,
    max: values,
    sum: values.map((value) => (value === null ? null : value / 12)),
    coverage: values.map((value) => (value === null ? 0 : 1)),
    estimatedShare: values.map(() => 0),
  };
}

function input(data: Columns, live: readonly LivePoint[] = [], now = START + data.start.length * STEP): ChartInput {
  return {
    data: { columns: data, live },
    view: { from: START, to: START + 24 * 3_600_000, now, zone: ADELAIDE, rateUnit: 'kW', amountUnit: 'kWh' },
    tokens: { card: '', line: '', text: '', muted: '', context: '', band: '', series: '', palette: [], warn: '', heat: [], font: '' },
    text: { title: 'Power' },
  };
}

describe('the drawn line', () => {
  test('a gap is a break, and the run before it lasts to the end of its last bucket', () => {
    const { x, y } = line({ columns: columns([10, 20, null, 40]), live: [] });
    expect(y).toEqual([10, 20, 20, null, 40, 40, null]);
    expect(x.slice(1, 4)).toEqual([START + STEP, START + 2 * STEP - 1, START + 2 * STEP]);
  });

  test('a lone bucket is a dash as long as the bucket', () => {
    const { x, y } = line({ columns: columns([null, 7, null]), live: [] });
    expect(y).toEqual([7, 7, null]);
    expect((x[1] ?? 0) - (x[0] ?? 0)).toBe(STEP - 1);
  });

  test('buckets that the server leaves out altogether break the line too', () => {
    const whole = columns([1, 2, 3, 4, 5, 6]);
    const holed: Columns = {
      ...whole,
      start: whole.start.filter((_, i) => i < 2 || i > 3),
      mean: [1, 2, 5, 6],
    };
    expect(line({ columns: holed, live: [] }).y).toEqual([1, 2, 2, null, 5, 6, 6, null]);
  });

  test('a live value continues it', () => {
    const { x, y } = line({ columns: columns([10, 20]), live: [{ at: START + 2 * STEP, value: 33 }] });
    expect(y).toEqual([10, 20, 33]);
    expect(x.at(-1)).toBe(START + 2 * STEP);
  });

  test('a live value continues it although the day has empty buckets ahead', () => {
    const { y } = line({ columns: columns([10, 20, null, null]), live: [{ at: START + 2.5 * STEP, value: 33 }] });
    expect(y).toEqual([10, 20, 33]);
  });

  test('a live value after a long silence starts anew', () => {
    const { y } = line({ columns: columns([10]), live: [{ at: START + 9 * STEP, value: 33 }] });
    expect(y).toEqual([10, 10, null, 33]);
  });

  test('times rise strictly whatever the socket sends', () => {
    const live = [{ at: START + STEP / 2, value: 1 }, { at: START + STEP, value: 2 }, { at: START + 7 * STEP, value: 3 }];
    const { x } = line({ columns: columns([10, null, null]), live });
    expect(x.every((at, i) => i === 0 || at > (x[i - 1] ?? 0))).toBe(true);
  });

  test('live values that the columns hold by now are not drawn twice', () => {
    const live = [{ at: START + STEP, value: 1 }, { at: START + 3 * STEP, value: 2 }];
    expect(newer(columns([10, 20, null]), live)).toEqual([live[1]]);
  });
});

describe('gaps', () => {
  test('null buckets and the wait until now are gaps; the future is not', () => {
    const found = gaps({ columns: columns([1, null, null, 4]), live: [] }, START, START + 10 * STEP);
    expect(found).toEqual([
      { from: START + STEP, to: START + 3 * STEP },
      { from: START + 4 * STEP, to: START + 10 * STEP },
    ]);
  });

  test('a reading that is merely on its way is none', () => {
    expect(gaps({ columns: columns([1, 2]), live: [] }, START, START + 4 * STEP)).toEqual([]);
  });

  test('a period without any value is one gap', () => {
    const found = gaps({ columns: columns([null, null]), live: [] }, START, START + 5 * STEP);
    expect(found).toEqual([{ from: START, to: START + 5 * STEP }]);
  });

  test('amounts without a rate count as known', () => {
    const amounts: Columns = { ...columns([1, 2, 3]), mean: [null, null, null] };
    expect(gaps({ columns: amounts, live: [] }, START, START + 3 * STEP)).toEqual([]);
  });
});

describe('facts', () => {
  test('peaks come from the extremes of buckets, the newest from the socket', () => {
    const data: Columns = { ...columns([10, 20, 30]), max: [11, 99, 31], min: [9, 2, 29] };
    const found = facts({ columns: data, live: [{ at: START + 3 * STEP, value: 25 }] }, 'mean');
    expect(found?.high).toEqual({ value: 99, at: START + STEP });
    expect(found?.low).toEqual({ value: 2, at: START + STEP });
    expect(found?.last).toEqual({ value: 25, at: START + 3 * STEP });
  });

  test('the mean weighs a bucket by how much of it is known', () => {
    const data: Columns = { ...columns([10, 40]), coverage: [1, 0.5] };
    expect(facts({ columns: data, live: [] }, 'mean')?.mean).toBeCloseTo(20);
  });

  test('without a value there are none', () => {
    expect(facts({ columns: columns([null]), live: [] }, 'mean')).toBeUndefined();
  });
});

test('the summary says what a reader of the chart sees, gaps included', () => {
  const summary = powerSummary(input(columns([10, null, null, null, 40]))).replaceAll('\u00a0', ' ');
  expect(summary).toBe('Between 10.0 kW (00:00) and 40.0 kW (00:20); newest 40.0 kW at 00:20. 1 gap, 15 min without data.');
});

describe('figures', () => {
  test('the table shows unknown as a dash', () => {
    const { head, rows } = figureTable(input(columns([1.5, null])), 'rate');
    expect(head[1]).toBe('Mean, kW');
    expect(rows[0]?.slice(0, 2)).toEqual(['Wed 25 Nov 2026 00:00', '1.5']);
    expect(rows[1]?.[1]).toBe('–');
  });

  test('the CSV has exact values, local time with its offset, and empty for unknown', () => {
    const [head, first, second] = figureCsv(input(columns([0.1, null])), 'rate').split('\r\n');
    expect(head).toBe('start,mean_kw,min_kw,max_kw,sum_kwh,coverage,estimated_share');
    expect(first).toBe(`2026-11-25T00:00:00+10:30,0.1,0.1,0.1,${0.1 / 12},1,0`);
    expect(second).toBe('2026-11-25T00:05:00+10:30,,,,,0,0');
  });
});

describe('ticks', () => {
  test('stand on local hours of a day with daylight saving', () => {
    const from = Date.parse('2026-10-03T14:30:00Z'); // midnight before the 23-hour day
    const ticks = hourTicks(from, from + 23 * 3_600_000, ADELAIDE, 9);
    const shown = ticks.map((at) => new Date(at).toISOString());
    expect(shown).toContain('2026-10-03T16:30:00.000Z'); // 02:00 does not exist: shown where 03:00 begins
    expect(shown).toContain('2026-10-03T19:30:00.000Z'); // 06:00
    expect(ticks.length).toBeLessThanOrEqual(10);
  });

  test('stand on firsts of months and thin out on a phone', () => {
    const [from, to] = [Date.parse('2025-11-25T13:30:00Z'), Date.parse('2026-11-25T13:30:00Z')];
    expect(monthTicks(from, to, ADELAIDE, 20)).toHaveLength(12);
    expect(monthTicks(from, to, ADELAIDE, 5)).toHaveLength(4);
  });
});

describe('the carpet', () => {
  const HOUR = 3_600_000;
  const hourly = (from: string, hours: number): Columns =>
    columns(Array.from({ length: hours }, (_, i) => i), Date.parse(from), HOUR);

  test('a doubled hour is the mean of both, and marked', () => {
    const day = hourly('2026-04-04T13:30:00Z', 25);
    const laid = cells(day, day.start[0] ?? 0, (day.start[24] ?? 0) + HOUR, ADELAIDE);
    expect(laid.days).toBe(1);
    expect(laid.value[2]).toBe(2.5);
    expect([...laid.doubled]).toEqual([2]);
    expect(laid.value[23]).toBe(24);
  });

  test('an hour that does not exist stays unknown', () => {
    const day = hourly('2026-10-03T14:30:00Z', 23);
    const laid = cells(day, day.start[0] ?? 0, (day.start[22] ?? 0) + HOUR, ADELAIDE);
    expect(laid.value[2]).toBeNaN();
    expect(laid.value[3]).toBe(2);
    expect(carpetTable(laid, { ...input(day), view: { ...input(day).view, from: day.start[0] ?? 0 } }).rows[0]?.slice(2, 5)).toEqual(['1', '–', '2']);
  });

  test('one absurd hour does not flatten the colours of the rest', () => {
    const values = Array.from({ length: 24 * 30 }, (_, i) => (i === 100 ? 1e6 : i % 24));
    const month = columns(values, START, HOUR);
    expect(cells(month, START, START + 24 * 30 * HOUR, ADELAIDE).high).toBe(23);
  });
});
