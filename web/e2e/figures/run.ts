/** Prints the figures of the pages: `python hatch_build.py figures [part ...] [--soak=SECONDS]`. */
import { cpus, loadavg } from 'node:os';

import { audit } from './audit.ts';
import { calibration } from './calibration.ts';
import { type Figure, isMissed, print } from './figure.ts';
import { charts, first, requests } from './first.ts';
import { pixel } from './pixel.ts';
import { onStage, type Stage } from './stage.ts';
import { ticks } from './ticks.ts';
import { year } from './year.ts';
import { zoom } from './zoom.ts';

const words = process.argv.slice(2);
const soak = Number(words.find((word) => word.startsWith('--soak='))?.slice('--soak='.length) ?? 120);
const wanted = words.filter((word) => !word.startsWith('--'));

const PARTS: Readonly<Record<string, [title: string, measure: (stage: Stage) => Promise<Figure[]>]>> = {
  first: ['What is loaded', first],
  charts: ['The first chart', charts],
  requests: ['Requests of a first view', requests],
  year: ['A year at 5 minutes', async (stage) => [...(await year(stage)), ...(await zoom(stage))]],
  pixel: ['From a reading to the pixel', (stage) => pixel(stage, 60)],
  lighthouse: ['Lighthouse, site page', audit],
  ticks: ['20 series at a second', (stage) => ticks(stage, soak)],
};

const unknown = wanted.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

await onStage(async (stage) => {
  console.log(`\n# Figures of the pages\n`);
  console.log(`${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Chromium ${stage.browser.version()}.`);
  print('Calibration: the same work on any day', await calibration(stage));
  const missed: string[] = [];
  for (const [name, [title, measure]] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const before = loadavg()[0] ?? 0;
    const figures = await measure(stage);
    print(title, figures);
    console.log(`\nLoad average ${before.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after.`);
    missed.push(...figures.filter(isMissed).map(({ what }) => what));
  }
  console.log(missed.length === 0 ? '\nEvery limit was met.' : `\n${missed.length} missed: ${missed.join('; ')}.`);
});
