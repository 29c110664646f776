/** The day that an object's page is about: its figures, its live values, and the sentences made of them. */
import { untrack } from 'svelte';

import type { Carrier, Consumption } from '../../api/types';
import { colourOf, isRate } from '../../charts/carriers';
import { hasHistory, newestOf, normalAt, normalOf, soFar } from '../../charts/normal';
import { chartTokens, type Mode } from '../../charts/tokens';
import type { ChartInput, LivePoint, Other } from '../../charts/types';
import { freshness } from '../../format/freshness';
import { unitName } from '../../format/number';
import type { Refusal } from '../../format/problem';
import { named, t } from '../../format/text';
import { DAY, MINUTE, dayStart } from '../../format/time';
import { tickingClock } from '../../live/clock.svelte';
import { columnsOf, consumptionWish, dayOf } from '../../live/consumption';
import type { FeedState } from '../../live/feed';
import { resource, type Resource } from '../../live/resource.svelte';
import type { Watched } from '../../live/watched.svelte';
import { refreshEvery } from '../screen';
import type { Subject } from '../subject';
import type { Source } from './asking';
import { amountSentence, dayPhrase, latestSentence, momentSentence, todaySentence, type Excess } from './headline';

export interface Given {
  readonly tenant: () => string;
  readonly subject: () => Subject;
  readonly carrier: () => Carrier | undefined;
  readonly source: () => Source | undefined;
  readonly feedState: () => FeedState;
  readonly holes: () => number;
  readonly mode: () => Mode;
  readonly live: Watched;
  readonly excesses: () => readonly Excess[];
  readonly signedOut: () => void;
}

/** `past`: the newest day is over; files come when they come. */
export type State = 'live' | 'late' | 'stale' | 'past' | 'none';

export interface DayModel {
  /** No meter measures the whole of it, only parts. */
  readonly isUnmeasured: boolean;
  readonly headline: string;
  /** A second sentence; empty where the first says it all. */
  readonly second: string;
  readonly state: State;
  readonly quality: string | undefined;
  /** When the newest reading was complete. [ms] */
  readonly heardAt: number | undefined;
  readonly isToday: boolean;
  readonly now: number;
  readonly input: ChartInput | undefined;
  readonly title: string;
  readonly file: string;
  readonly leftOut: number;
  /** Changes whenever figures are to be read again. */
  readonly again: string;
  readonly failed: Refusal | undefined;
  readonly retry: () => void;
}

/** How long the socket may take to open before figures are asked for without it. [ms] */
const OPENING = 10_000;

/** Call while a component is set up. */
export function dayModel(given: Given): DayModel {
  const clock = tickingClock();
  const minute = $derived(Math.floor(clock.now / MINUTE) * MINUTE);
  // The socket takes a moment to open; that it has is no reason to read again what was read a second ago.
  const opened = Date.now();
  const isOpening = $derived(clock.now - opened < OPENING);
  const every = $derived(refreshEvery(isOpening ? 'live' : given.feedState()));
  const again = $derived(`${Math.floor(clock.now / every)} ${given.holes()}`);
  const zone = $derived(given.subject().zone);
  // By its words: the card of the object is read anew now and then, and mostly says the same.
  const sourceText = $derived(JSON.stringify(given.source()));
  const source = $derived(sourceText === undefined ? undefined : (JSON.parse(sourceText) as Source));
  const carrier = $derived(given.carrier() ?? '');
  const heard = $derived(source && given.live.of(source.topic, source.metric));
  const isComputed = $derived(given.subject().meter?.is_virtual ?? false);
  const latestAt = $derived.by((): number | undefined => {
    const stored = given.subject().newest.find((row) => row.carrier === carrier)?.at;
    const times = [heard?.at, stored].flatMap((at) => (at ? [Date.parse(at)] : []));
    if (times.length > 0) return Math.max(...times);
    // Of a virtual meter nothing is stored; its newest value is what its day brings.
    return isComputed && day.answer ? newestOf(columnsOf(day.answer), [])?.at : undefined;
  });
  const isToday = $derived(latestAt !== undefined && dayStart(latestAt, zone) === dayStart(minute, zone));
  // The day hangs on the newest reading, so that a site whose files come monthly shows its newest day.
  const anchor = $derived(dayStart(Math.min(minute, latestAt ?? minute), zone));

  // Not the time itself: each live value moves that, and none of them is a reason to read the day again.
  const isHeard = $derived(latestAt !== undefined || isComputed);

  const day: Resource<Consumption> = resource<Consumption>(
    () =>
      source && isHeard
        ? consumptionWish(
            given.tenant(),
            source.assetId,
            dayOf(anchor, zone),
            { ...source.asking, points: 300, comparison: 'normal' },
            again,
          )
        : undefined,
    given.signedOut,
  );

  let points = $state.raw<readonly LivePoint[]>([]);
  $effect(() => {
    void source?.topic;
    points = [];
  });
  $effect(() => {
    if (heard === undefined || heard.value === null) return;
    const point = { at: Date.parse(heard.at), value: heard.value };
    // The chart needs no more than its own day; what the next reading of it holds is left out there.
    const before = untrack(() => points);
    points = [...before.filter(({ at }) => at < point.at && at >= anchor), point];
  });

  const columns = $derived(day.answer && columnsOf(day.answer));
  const other = $derived.by((): Other | undefined => {
    const found = day.answer?.comparison;
    if (!found) return undefined;
    const low = found.low ?? undefined;
    const high = found.high ?? undefined;
    return { name: t('now.normal'), mean: found.mean, sum: found.sum, low, high };
  });
  const shown = $derived(isToday && isRate(carrier) ? points : []);
  const newest = $derived(columns && newestOf(columns, shown));
  const rateUnit = $derived(day.answer?.rate_unit ?? 'kW');
  const step = $derived((day.answer?.step_s ?? 900) * 1000);
  const expected = $derived.by(() => {
    const id = heard?.point_id;
    const seconds = given.subject().asset?.points.find((point) => point.id === id)?.expected_interval_s;
    return seconds ? seconds * 1000 : step;
  });
  // A point is read at an instant; a reading of an interval is as old as the end of it.
  const heardAt = $derived(
    latestAt === undefined ? undefined : latestAt + (heard?.point_id ? 0 : Math.min(step, DAY)),
  );
  const state = $derived.by((): State => {
    if (heardAt === undefined) return 'none';
    if (!isToday) return 'past';
    return freshness(heardAt, clock.now, expected);
  });

  const total = $derived.by(() => {
    const known = (day.answer?.sum ?? []).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
  });
  const daySoFar = $derived.by(() => {
    const normal = normalOf(other);
    const compared = columns && other ? soFar(columns, other.sum, anchor) : undefined;
    return {
      zone,
      day: anchor,
      isToday,
      isWhole: compared !== undefined && compared.until >= dayStart(anchor, zone, 1),
      total,
      unit: day.answer?.unit ?? '',
      soFar: compared,
      hasHistory: hasHistory(normal),
      isGiving: source?.isGiving ?? false,
    };
  });
  // A part of a site may hold sub-meters that do not add up to it.
  const isUnmeasured = $derived(day.answer?.meters_used.length === 0);
  const headline = $derived.by(() => {
    if (latestAt === undefined) return t('now.none');
    if (columns === undefined) return t('chart.loading');
    if (isUnmeasured) return t('now.no_whole');
    if (!isToday) return latestSentence(latestAt, daySoFar);
    if (!isRate(carrier)) return amountSentence(carrier, daySoFar);
    if (newest === undefined) return todaySentence(daySoFar);
    return momentSentence({
      zone,
      at: newest.at,
      rate: newest.value,
      unit: rateUnit,
      usual: normalAt(columns, normalOf(other), newest.at),
      isGiving: source?.isGiving ?? false,
      isLive: state === 'live',
      parts: given.excesses(),
    });
  });
  const second = $derived(columns && !isUnmeasured && isToday && isRate(carrier) && newest ? todaySentence(daySoFar) : '');

  const title = $derived.by(() => {
    const words = dayPhrase(anchor, zone, isToday);
    return isRate(carrier)
      ? t(source?.isGiving ? 'now.chart.band.giving' : 'now.chart.band', { day: words, unit: unitName(rateUnit) })
      : t('now.chart.amount', {
          carrier: named('carrier', carrier),
          day: words,
          unit: unitName(day.answer?.unit ?? ''),
        });
  });
  const input = $derived.by((): ChartInput | undefined => {
    if (columns === undefined || day.answer === undefined) return undefined;
    return {
      data: { columns, live: shown, other },
      view: {
        ...dayOf(anchor, zone),
        now: isToday ? minute : dayStart(anchor, zone, 1),
        zone,
        rateUnit: isRate(carrier) ? rateUnit : day.answer.unit,
        amountUnit: day.answer.unit,
      },
      tokens: chartTokens(given.mode(), colourOf(carrier)),
      text: { title: `${given.subject().name}: ${title}` },
    };
  });

  return {
    get isUnmeasured() {
      return isUnmeasured;
    },
    get headline() {
      return headline;
    },
    get second() {
      return second;
    },
    get state() {
      return state;
    },
    get quality() {
      return heard?.quality;
    },
    get heardAt() {
      return heardAt;
    },
    get isToday() {
      return isToday;
    },
    get now() {
      return clock.now;
    },
    get input() {
      return input;
    },
    get title() {
      return title;
    },
    get file() {
      return `${given.subject().name} ${carrier} day`.replace(/[^\w-]+/g, '-').toLowerCase();
    },
    get leftOut() {
      return day.answer?.left_out.filter(({ reason }) => reason === 'below_boundary').length ?? 0;
    },
    get again() {
      return again;
    },
    get failed() {
      // The head of the page says that the connection is gone; what is known stays, and is read anew by itself.
      return given.feedState() === 'reconnecting' && day.answer !== undefined ? undefined : day.failed;
    },
    retry: day.retry,
  };
}
