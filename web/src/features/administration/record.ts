/** The record of what was done, in words. */
import type { paths } from '../../api/schema';
import { csv } from '../../format/csv';
import { UNKNOWN } from '../../format/number';
import { named, t } from '../../format/text';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
export type Line = Json<paths['/api/energy/record']['get']['responses'][200]>['lines'][number];

/** How many lines come at once. */
export const PAGE = 100;

/** Who it was: a person or key by the name that the server knows, the command line, or the name of a job. */
export function actorText(actor: string, name: string): string {
  const [kind, id = ''] = actor.split(':');
  if (kind === 'account') return name || t('record.gone', { id: id.slice(0, 8) });
  if (kind === 'key') return name ? t('record.key.named', { name }) : t('record.key', { id });
  return actor === 'console' ? t('record.console') : actor.replaceAll('_', ' ');
}

/** A value without braces and quotes; what is nothing by a dash. */
function said(value: unknown): string {
  if (value === null || value === undefined || value === '') return UNKNOWN;
  if (typeof value === 'boolean') return t(value ? 'record.yes' : 'record.no');
  if (Array.isArray(value)) return value.length === 0 ? UNKNOWN : value.map(said).join(', ');
  if (typeof value !== 'object') return String(value);
  const parts = Object.entries(value);
  return parts.length === 0 ? UNKNOWN : parts.map(([name, part]) => `${name.replaceAll('_', ' ')} ${said(part)}`).join(', ');
}

/** Changed things: `name: Kim; scopes: ingest, read; sites: added 1, changed 0`. */
export const detailText = (detail: Line['detail']): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${said(value)}`)
    .join('; ');

/** What was done, in words; a thing that is newer than these words by its own name. */
export const actionText = ({ action }: Pick<Line, 'action'>): string => named('record.action', action);

/** The thing it was done to. */
export function objectText({ object_kind: kind, object_id: id, object_name, detail }: Pick<Line, 'object_kind' | 'object_id' | 'object_name' | 'detail'>): string {
  const what = named('record.kind', kind);
  // There is one organisation and one register; a number beside them says nothing.
  if (kind === 'tenant' || kind === 'register') return what;
  const { name } = detail;
  const called = object_name || (typeof name === 'string' ? name : '') || (id.length > 12 ? id.slice(0, 8) : id);
  return `${what} ${called}`.trim();
}

/** Lines that hold all words of a text anywhere in what is shown. */
export function matching(lines: readonly Line[], text: string): readonly Line[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return lines.filter((line) => {
    const shown = [actorText(line.actor, line.actor_name), actionText(line), objectText(line), line.object_id, detailText(line.detail)]
      .join(' ')
      .toLowerCase();
    return words.every((word) => shown.includes(word));
  });
}

export const recordCsv = (lines: readonly Line[]): string =>
  csv([
    ['record_no', 'at', 'actor', 'actor_name', 'action', 'object_kind', 'object_id', 'detail'],
    ...lines.map((line) => [
      line.record_no,
      line.at,
      line.actor,
      actorText(line.actor, line.actor_name),
      line.action,
      line.object_kind,
      line.object_id,
      JSON.stringify(line.detail),
    ]),
  ]);
