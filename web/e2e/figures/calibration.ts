/** What this machine and browser take for work that never changes: beside it, figures of two days can be compared. */
import type { Figure } from './figure.ts';
import { median, type Stage } from './stage.ts';

export async function calibration({ browser, pages }: Stage): Promise<Figure[]> {
  const [loops, draws, loads]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 5; round += 1) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const began = performance.now();
    await page.goto(`${pages}/calibration.html`);
    loads.push(performance.now() - began);
    const { loop, draw } = await page.evaluate(() => {
      const start = performance.now();
      let sum = 0;
      for (let i = 0; i < 20_000_000; i += 1) sum = (sum * 31 + i) | 0;
      const looped = performance.now();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [1200, 300];
      const pen = canvas.getContext('2d');
      for (let line = 0; pen !== null && line < 20; line += 1) {
        pen.beginPath();
        for (let x = 0; x < 2000; x += 1) pen.lineTo(x * 0.6, 150 + 100 * Math.sin(x / 50 + line));
        pen.stroke();
      }
      pen?.getImageData(0, 0, 1, 1);
      return { loop: looped - start + (sum === 1 ? 1 : 0), draw: performance.now() - looped };
    });
    loops.push(loop);
    draws.push(draw);
    await page.close();
  }
  return [
    { what: 'a loop of 20 million steps', value: median(loops), unit: 'ms', how: 'median of 5, as the next two' },
    { what: '20 lines of 2,000 points on a canvas', value: median(draws), unit: 'ms' },
    { what: 'an empty page from loopback', value: median(loads), unit: 'ms' },
  ];
}
