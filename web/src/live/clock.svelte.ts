/** A ticking clock for ages in words. Components read `now` and are redrawn; it stops with its component. */

export interface Clock {
  readonly now: number;
}

/** Call while a component is set up. */
export function tickingClock(every = 1_000): Clock {
  let now = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => {
      now = Date.now();
    }, every);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
