/** Made by `tools/tokens.ts` at build time. */
declare module 'virtual:tokens.css';
