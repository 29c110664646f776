import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';

import app from './vite.config.ts';

/** Unit tests alone: those in a browser have a runner of their own. A busy machine is no failure: the limit is wide. */
export default mergeConfig(app, defineConfig({ test: { exclude: [...configDefaults.exclude, 'e2e/**'], testTimeout: 30_000 } }));
