import { expect, test } from 'vitest';

import {
  decided,
  draftOf,
  freeKey,
  groupsOf,
  keyOf,
  isTaken,
  loadForm,
  openOfMeters,
  openOfTables,
  usedSites,
  type Draft,
} from './decisions';
import type { Register, Upload, UploadedFile } from './upload';

const NOTHING = {
  how: 'none', meter_id: null, point_id: null, name: null, site_id: null, site: null, multiplier: 1,
} as const;

const register = (key: string, meter: string, facts: Partial<Register> = {}): Register => ({
  key,
  meter,
  register_name: 'E1',
  serial: '',
  carrier: 'electricity',
  direction: 'import',
  quantity: 'energy',
  unit: 'kWh',
  kind: 'interval',
  step_s: 1800,
  readings: 48,
  start: '2026-02-01T00:00:00Z',
  end: '2026-02-02T00:00:00Z',
  total: '72',
  quality: { actual: 48 },
  gaps: { count: 0, hours: 0 },
  clock_days: null,
  match: NOTHING,
  plausibility: [],
  ...facts,
});

const file = (name: string, meters: Register[], facts: Partial<UploadedFile> = {}): UploadedFile => ({
  file: name,
  format: 'nem12',
  choices: {},
  remembered_at: null,
  accepted: [],
  needs_zone: false,
  suggested_zone: null,
  proposal: null,
  meters,
  problems: [],
  more_problems: 0,
  ...facts,
});

const site = (key: string, meters: string[]): Upload['sites'][number] => ({
  key, name: key, timezone: 'Australia/Melbourne', reason: '', meters,
});

const questions = (...texts: string[]): NonNullable<UploadedFile['proposal']> => ({
  layout: 'long', columns: [], zone: 'UTC', stamps: 'start', step_s: 900, date_order: 'ymd', decimal: '.',
  reasons: [], assumed: [], questions: texts, sample: [],
});

const [FIRST, SECOND] = [keyOf({ name: 'site-0' }), keyOf({ name: 'site-1' })];
const two = {
  revision: 3,
  files: [
    file('a', [register('0.0', 'N1'), register('0.1', 'N1', { register_name: 'Q1', quantity: 'reactive_energy' })]),
    file('b', [register('1.0', 'N2')]),
  ],
  sites: [site('site-0', ['0.0', '0.1']), site('site-1', ['1.0'])],
};

test('registers of one meter are one row to decide, whatever they count', () => {
  expect(groupsOf(two).map(({ meter, registers }) => [meter, registers.length])).toEqual([['N1', 2], ['N2', 1]]);
});

test('what is measured and does not add up is decided by itself, and so is another carrier', () => {
  const files = [
    file('a', [
      register('0.0', 'AHU'),
      register('0.1', 'AHU', { quantity: 'temperature', register_name: 'supply', kind: 'instant' }),
      register('0.2', 'AHU', { carrier: 'water', quantity: 'volume' }),
    ]),
  ];
  expect(groupsOf({ files })).toHaveLength(3);
});

test('an unknown meter is proposed into its new site, a known one to itself', () => {
  const match = { ...NOTHING, how: 'nmi' as const, meter_id: 'm-1', name: 'Town Hall' };
  const upload = { ...two, files: [...two.files, file('c', [register('2.0', 'N3', { match })])] };
  const draft = draftOf(upload);
  const choices = groupsOf(upload).map(({ id }) => draft.choices[id]);
  expect(choices[0]).toEqual({ action: 'create', place: { newSite: FIRST } });
  expect(choices[2]).toEqual({ action: 'match', id: 'm-1', isPoint: false, name: 'Town Hall' });
});

test('all meters go into one site at once, and the sites that nothing goes into are not made', () => {
  const draft = draftOf(two);
  const all = decided(draft, groupsOf(two).map(({ id }) => id), { action: 'create', place: { newSite: SECOND } });
  expect(usedSites(draft).map(({ key }) => key)).toEqual([FIRST, SECOND]);
  expect(usedSites(all).map(({ key }) => key)).toEqual([SECOND]);
  expect(loadForm(two, all).new_sites?.map(({ key }) => key)).toEqual([SECOND]);
});

test('a decision about a meter that is not there changes nothing', () => {
  const draft = draftOf(two);
  expect(decided(draft, ['gone'], { action: 'skip' }).choices).toEqual(draft.choices);
});

test('every register that was shown is decided, those left out are skipped', () => {
  const draft: Draft = { ...draftOf(two), left: ['0.1'] };
  expect(loadForm(two, draft)).toMatchObject({
    revision: 3,
    files: [{ file: 'a' }, { file: 'b' }],
    meters: [
      { key: '0.0', action: 'create', site_key: FIRST },
      { key: '0.1', action: 'skip' },
      { key: '1.0', action: 'create', site_key: SECOND },
    ],
  });
});

test('a file of which nothing is taken is not confirmed', () => {
  const [, second] = groupsOf(two);
  const draft = decided(draftOf(two), [second?.id ?? ''], { action: 'skip' });
  expect(loadForm(two, draft).files?.map(({ file: name }) => name)).toEqual(['a']);
});

test('a point goes to a point, a meter to a meter', () => {
  const upload = { revision: 1, sites: [], files: [file('a', [register('0.0', 'T', { quantity: 'temperature' })])] };
  const [group] = groupsOf(upload);
  const draft = decided(draftOf(upload), [group?.id ?? ''], { action: 'match', id: 'p-1', isPoint: true, name: 'T' });
  expect(loadForm(upload, draft).meters).toEqual([{ key: '0.0', action: 'match', point_id: 'p-1' }]);
});

test('a point without a site, a site without a name or zone, and nothing at all are told', () => {
  const upload = { revision: 1, sites: [], files: [file('a', [register('0.0', 'T', { quantity: 'temperature' })])] };
  const groups = groupsOf(upload);
  expect(openOfMeters(groups, draftOf(upload))).toEqual([{ kind: 'point_without_site', about: 'T' }]);
  expect(openOfMeters(groups, decided(draftOf(upload), [groups[0]?.id ?? ''], { action: 'skip' }))).toEqual([
    { kind: 'nothing', about: '' },
  ]);
  const draft = draftOf(two);
  const unnamed = { ...draft, sites: draft.sites.map((one) => ({ ...one, name: ' ', timezone: '' })) };
  expect(openOfMeters(groupsOf(two), unnamed).map(({ kind }) => kind)).toEqual([
    'site_name', 'site_zone', 'site_name', 'site_zone',
  ]);
});

test('a zone and questions wait until they are answered', () => {
  const files = [
    file('a', [], { needs_zone: true, proposal: questions('Is it kWh?') }),
    file('b', [], { proposal: questions('Is it kWh?', 'Is it one meter?') }),
  ];
  const upload = { revision: 1, sites: [], files };
  const draft = draftOf(upload);
  expect(openOfTables(upload, draft).map(({ kind, about }) => [kind, about])).toEqual([['zone', 'a'], ['question', 'b']]);
  const half = { ...draft, accepted: { b: ['Is it kWh?'] } };
  expect(openOfTables(upload, half)).toHaveLength(2);
  const full = { ...draft, accepted: { b: ['Is it kWh?', 'Is it one meter?'] } };
  expect(openOfTables(upload, full)).toEqual([{ kind: 'zone', about: 'a' }]);
});

test('a new proposal keeps what was decided about what is still there', () => {
  const [first, second] = groupsOf(two);
  const before = decided({ ...draftOf(two), left: ['0.1', '9.9'] }, [first?.id ?? ''], { action: 'skip' });
  const named = { ...before, sites: before.sites.map((one) => ({ ...one, name: 'Depot' })) };
  const after = draftOf({ ...two, revision: 4 }, named);
  expect(after.revision).toBe(4);
  expect(after.choices[first?.id ?? '']).toEqual({ action: 'skip' });
  expect(after.choices[second?.id ?? '']).toEqual({ action: 'create', place: { newSite: SECOND } });
  expect(after.left).toEqual(['0.1']);
  expect(after.sites.map(({ name }) => name)).toEqual(['Depot', 'Depot']);
});

test('answers given to the last table of the shape stand, as long as it is asked the same', () => {
  const upload = {
    revision: 1, sites: [],
    files: [file('a', [], { proposal: questions('Is it kWh?'), accepted: ['Is it kWh?', 'Something else?'] })],
  };
  expect(draftOf(upload).accepted['a']).toEqual(['Is it kWh?']);
});

test('one more new site has a key of its own', () => {
  const own = { key: 'own-1', name: '', timezone: '', reason: '' };
  expect([freeKey([]), freeKey([own])]).toEqual(['own-1', 'own-2']);
});

test('a skipped meter takes none of its registers', () => {
  const [first] = groupsOf(two);
  const draft = decided(draftOf(two), [first?.id ?? ''], { action: 'skip' });
  expect(first?.registers.map((one) => isTaken(draft, first, one))).toEqual([false, false]);
});

test('a site keeps its decisions when the server counts its sites anew', () => {
  const before = draftOf(two);
  const named = { ...before, sites: before.sites.map((one) => (one.key === SECOND ? { ...one, name: 'Depot' } : one)) };
  const third = register('0.0', 'N0');
  const files = [file('c', [third]), ...two.files];
  const sites = [{ ...site('site-0', ['0.0']), name: 'c' }, { ...site('site-1', ['1.0', '1.1']), name: 'site-0' }, { ...site('site-2', ['2.0']), name: 'site-1' }];
  const after = draftOf({ files, sites, revision: 4 }, named);
  expect(after.sites.map(({ name }) => name)).toEqual(['c', 'site-0', 'Depot']);
  const [unknown] = groupsOf({ files });
  expect(after.choices[unknown?.id ?? '']).toEqual({ action: 'create', place: { newSite: keyOf({ name: 'c' }) } });
});
