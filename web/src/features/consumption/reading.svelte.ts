/** A stretch of consumption that a page wants to hold: read when what it hangs on changes, dropped when left. */
import type { Carrier, Consumption } from '../../api/types';
import { readConsumption, type Fineness, type Period } from './read';

export interface Wish {
  readonly tenant: string;
  readonly assetId: string;
  readonly carrier: Carrier;
  readonly period: Period;
  readonly fineness: Fineness;
  /** Any change of this reads the same stretch again. */
  readonly again: number | string;
}

export interface Held {
  /** Undefined until the first answer, and while another asset, carrier or period is on its way. */
  readonly answer: Consumption | undefined;
}

/** Call while a component is set up. `wish` is followed; undefined asks for nothing. */
export function held(wish: () => Wish | undefined, refused: (reason: unknown) => void): Held {
  let answer = $state.raw<Consumption>();
  let subject = '';
  $effect(() => {
    const wanted = wish();
    if (wanted === undefined) return;
    const { tenant, assetId, carrier, period, fineness } = wanted;
    const asked = JSON.stringify([tenant, assetId, carrier, period]);
    if (asked !== subject) answer = undefined;
    subject = asked;
    const leaving = new AbortController();
    readConsumption(tenant, assetId, carrier, period, fineness, leaving.signal)
      .then((read) => {
        answer = read;
      })
      .catch((reason: unknown) => {
        if (!leaving.signal.aborted) refused(reason);
      });
    return () => leaving.abort();
  });
  return {
    get answer() {
      return answer;
    },
  };
}
