/** What is typed of a meter, and the form that it becomes. */
import type { MeterCard } from '../../api/types';
import { t } from '../../format/text';
import { instantOf, partsOf, tagsOf, type FieldErrors } from './form';
import type { MeterForm } from './writes';

export interface MeterDraft {
  name: string;
  nmi: string;
  serial: string;
  rhythm: MeterForm['rhythm'];
  tags: string;
  fromOn: string;
  fromClock: string;
  toOn: string;
  toClock: string;
}

export const METER_FIELDS = ['name', 'nmi', 'serial', 'rhythm', 'tags', 'in_service_from', 'in_service_to'];

export function draftOf(card: MeterCard | undefined, zone: string): MeterDraft {
  const [fromOn, fromClock] = partsOf(card?.in_service_from, zone);
  const [toOn, toClock] = partsOf(card?.in_service_to, zone);
  return {
    name: card?.name ?? '',
    nmi: card?.nmi ?? '',
    serial: card?.serial ?? '',
    rhythm: card?.rhythm ?? 'monthly_file',
    tags: (card?.tags ?? []).join(', '),
    fromOn,
    fromClock,
    toOn,
    toClock,
  };
}

export function checkDraft(draft: MeterDraft, zone: string): FieldErrors {
  const [from, to] = [instantOf(draft.fromOn, draft.fromClock, zone), instantOf(draft.toOn, draft.toClock, zone)];
  const isTurned = typeof from === 'string' && typeof to === 'string' && to <= from;
  return [
    ...(draft.name.trim() === '' ? [['meter-name', t('set_up.name.missing')] as const] : []),
    ...(from === undefined ? [['meter-in_service_from', t('set_up.when.wrong')] as const] : []),
    ...(to === undefined ? [['meter-in_service_to', t('set_up.when.wrong')] as const] : []),
    ...(isTurned ? [['meter-in_service_to', t('set_up.when.turned')] as const] : []),
  ];
}

export const formOf = (draft: MeterDraft, zone: string): MeterForm => ({
  name: draft.name.trim(),
  nmi: draft.nmi.trim() === '' ? null : draft.nmi.trim(),
  serial: draft.serial.trim(),
  rhythm: draft.rhythm,
  in_service_from: instantOf(draft.fromOn, draft.fromClock, zone) ?? null,
  in_service_to: instantOf(draft.toOn, draft.toClock, zone) ?? null,
  tags: tagsOf(draft.tags),
});
