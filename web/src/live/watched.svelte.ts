/** The newest values of some topics of the live feed, held while a component is shown. */
import type { Feed } from './feed';
import type { LiveValue } from './messages';

export interface Watched {
  /** The newest value of a metric of a topic; undefined before the first. */
  readonly of: (topic: string, metric: string) => LiveValue | undefined;
  /** The newest value of a point of the topics' assets. */
  readonly ofPoint: (pointId: string) => LiveValue | undefined;
}

/** Call while a component is set up; the topics are followed. */
export function watched(feed: () => Feed, topics: () => readonly string[]): Watched {
  let values = $state.raw<ReadonlyMap<string, LiveValue>>(new Map());
  const put = (topic: string, value: LiveValue): void => {
    const keys = [`${topic} ${value.metric}`, ...(typeof value.point_id === 'string' ? [value.point_id] : [])];
    const before = values.get(keys[0] ?? '');
    if (before !== undefined && Date.parse(before.at) > Date.parse(value.at)) return;
    values = new Map([...values, ...keys.map((key) => [key, value] as const)]);
  };
  // A list of the same topics is the same wish: an array that is made anew must not watch anew.
  const wanted = $derived(topics().join(' '));
  $effect(() => {
    const names = wanted.split(' ').filter((name) => name !== '');
    values = new Map();
    const leave = names.map((topic) => feed().watch(topic, (value) => put(topic, value)));
    return () => leave.forEach((stop) => stop());
  });
  return {
    of: (topic, metric) => values.get(`${topic} ${metric}`),
    ofPoint: (pointId) => values.get(pointId),
  };
}
