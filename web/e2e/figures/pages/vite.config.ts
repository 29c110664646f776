import { fileURLToPath } from 'node:url';

const page = (name: string): string => fileURLToPath(new URL(`${name}.html`, import.meta.url));

export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: { target: 'es2022', emptyOutDir: true, rollupOptions: { input: [page('calibration'), page('ours'), page('echarts'), page('zoom')] } },
};
