import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { preloads } from './tools/preloads.ts';
import { serviceWorker } from './tools/service-worker.ts';
import { tokensCss } from './tools/tokens.ts';
import { words } from './tools/words.ts';

/** Where `npm run dev` finds the server; the proxy rewrites Origin and Host, the server has no dev switch. */
const server = process.env['AEGRID_DEV_SERVER'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [tokensCss(), words(), svelte(), serviceWorker(), preloads()],
  // Named even when it is not set, so that what only the pseudo-locale needs is left out of the bundle.
  define: { 'import.meta.env.VITE_PSEUDO': JSON.stringify(process.env['VITE_PSEUDO'] ?? '') },
  build: {
    outDir: process.env['AEGRID_UI_OUT'] ?? '../src/aegrid_energy/static',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows no data: addresses for fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          // Small parts of many pages come in one: a phone pays for each by a part of a round trip.
          groups: [
            {
              name: 'parts',
              test: /\/src\/(charts\/(carriers|hatch|buckets)|ui\/(DataTable|Sheet)|format\/(csv|duration|freshness)|live\/(consumption))\b/,
            },
            // What the pages of periods share, what draws bars, and what leads the library for lines.
            { name: 'periods', test: /\/src\/(format\/period|ui\/PeriodBar|charts\/(gestures|linked|walk))\b/ },
            { name: 'bars', test: /\/src\/charts\/(bucketed|bars|bar-places|plane|ground|annotations)\b/ },
            { name: 'lines', test: /\/node_modules\/uplot\/|\/src\/charts\/guided\b/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: server, changeOrigin: true, headers: { origin: server } },
      '/ws': { target: server, changeOrigin: true, ws: true, headers: { origin: server } },
    },
  },
});
