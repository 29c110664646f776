/** The record of what was done, in words. */
import type { paths } from '../../api/schema';
import { csv } from '../../format/csv';
import { named, t } from '../../format/text';

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never;
export type Line = Json<paths['/api/energy/record']['get']['responses'][200]>['lines'][number];

/** How many lines come at once. */
export const PAGE = 100;

/** Who it was: a person by name where that is known, a key, the command line, or the name of a job. */
export function actorText(actor: string, people: ReadonlyMap<string, string>): string {
  const [kind, id = ''] = actor.split(':');
  if (kind === 'account') return people.get(id) ?? t('record.gone', { id: id.slice(0, 8) });
  if (kind === 'key') return t('record.key', { id });
  return actor === 'console' ? t('record.console') : actor.replaceAll('_', ' ');
}

/** Changed things, without braces: `name: Kim; scopes: ingest, read`. */
export function detailText(detail: Line['detail']): string {
  const said = (value: unknown): string => {
    if (Array.isArray(value)) return value.map(said).join(', ');
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  };
  return Object.entries(detail)
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${said(value)}`)
    .join('; ');
}

/** What was done, in words; a thing that is newer than these words by its own name. */
export const actionText = ({ action }: Pick<Line, 'action'>): string => named('record.action', action);

/** The thing it was done to. */
export function objectText({ object_kind, object_id }: Pick<Line, 'object_kind' | 'object_id'>, people: ReadonlyMap<string, string>): string {
  const name = people.get(object_id) ?? (object_id.length > 12 ? object_id.slice(0, 8) : object_id);
  return `${named('record.kind', object_kind)} ${name}`;
}

/** Lines that hold all words of a text anywhere in what is shown. */
export function matching(lines: readonly Line[], text: string, people: ReadonlyMap<string, string>): readonly Line[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return lines.filter((line) => {
    const shown = [actorText(line.actor, people), actionText(line), objectText(line, people), line.object_id, detailText(line.detail)]
      .join(' ')
      .toLowerCase();
    return words.every((word) => shown.includes(word));
  });
}

export const recordCsv = (lines: readonly Line[], people: ReadonlyMap<string, string>): string =>
  csv([
    ['record_no', 'at', 'actor', 'actor_name', 'action', 'object_kind', 'object_id', 'detail'],
    ...lines.map((line) => [
      line.record_no,
      line.at,
      line.actor,
      actorText(line.actor, people),
      line.action,
      line.object_kind,
      line.object_id,
      JSON.stringify(line.detail),
    ]),
  ]);
