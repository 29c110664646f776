/** Made by `tools/tokens.ts` at build time. */
declare module 'virtual:tokens.css';

interface ImportMetaEnv {
  /** `1` builds the app in the pseudo-locale: see `format/pseudo.ts`. */
  readonly VITE_PSEUDO: string;
}
