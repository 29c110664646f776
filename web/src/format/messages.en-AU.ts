/**
 * The en-AU catalogue: one file for each part of the app in `messages/`, put together here.
 * Keys are `screen.what`; a count has `one` and `other`; `{name}` stands for what is put in.
 */
import { account } from './messages/account';
import { administration } from './messages/administration';
import { app } from './messages/app';
import { board } from './messages/board';
import { charts } from './messages/charts';
import { doors } from './messages/doors';
import { energies } from './messages/energies';
import { energy } from './messages/energy';
import { commissioning } from './messages/commissioning';
import { imports } from './messages/imports';
import { glossary } from './messages/glossary';
import { mysites } from './messages/mysites';
import { jobs } from './messages/jobs';
import { leave } from './messages/leave';
import { now } from './messages/now';
import { portfolio } from './messages/portfolio';
import { kinds, quality } from './messages/quality';
import { setUp } from './messages/register';
import { shell } from './messages/shell';
import { trend } from './messages/trend';
import { words } from './messages/words';

export const messages = {
  ...account,
  ...administration,
  ...app,
  ...board,
  ...charts,
  ...energies,
  ...doors,
  ...energy,
  ...commissioning,
  ...imports,
  ...glossary,
  ...mysites,
  ...jobs,
  ...leave,
  ...now,
  ...portfolio,
  ...kinds,
  ...quality,
  ...setUp,
  ...shell,
  ...trend,
  ...words,
} as const;
