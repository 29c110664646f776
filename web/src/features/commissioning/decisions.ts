/** What becomes of each register: proposed, chosen one by one or many at once, and sent as it stands. */
import { crc32 } from './pack';
import type { LoadForm, ProposedSite, Register, Upload, UploadedFile } from './upload';

/** Where a new meter stands: a site that is there, one that is made, or nowhere yet. */
export type Place = { readonly site: string } | { readonly newSite: string } | null;

export type Choice =
  | { readonly action: 'match'; readonly id: string; readonly isPoint: boolean; readonly name: string }
  | { readonly action: 'create'; readonly place: Place }
  | { readonly action: 'skip' };

export interface NewSite {
  readonly key: string;
  readonly name: string;
  readonly timezone: string;
  readonly reason: string;
}

/** Registers of one meter of the files: they go to one meter of ours. */
export interface Group {
  readonly id: string;
  readonly meter: string;
  readonly file: UploadedFile;
  readonly registers: readonly Register[];
}

export interface Draft {
  readonly revision: number;
  readonly choices: Readonly<Record<string, Choice>>;
  /** Single registers left out of a meter that is loaded. */
  readonly left: readonly string[];
  readonly sites: readonly NewSite[];
  /** File -> questions that are answered with yes. */
  readonly accepted: Readonly<Record<string, readonly string[]>>;
}

/** Amounts belong to a meter; anything else that is measured is a point of its own. */
const AMOUNTS: ReadonlySet<string> = new Set(['energy', 'reactive_energy', 'apparent_energy', 'fuel_energy', 'volume']);
export const isAmount = ({ quantity }: Register): boolean => AMOUNTS.has(quantity);

/** The meters of an upload, in the order of its files. */
export function groupsOf({ files }: Pick<Upload, 'files'>): Group[] {
  const found = new Map<string, { meter: string; file: UploadedFile; registers: Register[] }>();
  for (const file of files) {
    for (const register of file.meters) {
      const own = isAmount(register) ? [] : [register.quantity, register.register_name];
      const id = JSON.stringify([register.meter, register.carrier, ...own]);
      const group = found.get(id);
      if (group === undefined) found.set(id, { meter: register.meter, file, registers: [register] });
      else group.registers.push(register);
    }
  }
  return [...found].map(([id, group]) => ({ id, ...group }));
}

/** The server counts its sites anew with each proposal; the name it proposes is what stays. */
export const keyOf = ({ name }: Pick<ProposedSite, 'name'>): string =>
  `new-${crc32(new TextEncoder().encode(name)).toString(16)}`;

function siteOf(group: Group, sites: readonly ProposedSite[]): string | undefined {
  const site = sites.find(({ meters }) => group.registers.some(({ key }) => meters.includes(key)));
  return site && keyOf(site);
}

/** What the server proposes for a meter: what it matches, else a place among the new sites. */
export function proposedFor(group: Group, upload: Pick<Upload, 'sites'>): Choice {
  const match = group.registers.map((register) => register.match).find(({ how }) => how !== 'none');
  const id = match?.meter_id ?? match?.point_id;
  if (match && id) return { action: 'match', id, isPoint: !match.meter_id, name: match.name ?? group.meter };
  const newSite = siteOf(group, upload.sites);
  return { action: 'create', place: newSite === undefined ? null : { newSite } };
}

/** The first draft of an upload; what was decided about meters that are still there is kept. */
export function draftOf(upload: Pick<Upload, 'files' | 'sites' | 'revision'>, before?: Draft): Draft {
  const groups = groupsOf(upload);
  const keys = new Set(upload.files.flatMap(({ meters }) => meters.map(({ key }) => key)));
  const sites = [
    ...upload.sites.map((proposed) => {
      const { name, timezone, reason } = proposed;
      const key = keyOf(proposed);
      const known = before?.sites.find((site) => site.key === key);
      return known ?? { key, name, timezone: timezone ?? '', reason };
    }),
    ...(before?.sites ?? []).filter(({ key }) => upload.sites.every((site) => keyOf(site) !== key)),
  ];
  return {
    revision: upload.revision,
    choices: Object.fromEntries(groups.map((group) => [group.id, before?.choices[group.id] ?? proposedFor(group, upload)])),
    left: (before?.left ?? []).filter((key) => keys.has(key)),
    sites,
    accepted: Object.fromEntries(
      upload.files.map(({ file, proposal, accepted }) => [
        file,
        (proposal?.questions ?? []).filter((text) => (before?.accepted[file] ?? accepted).includes(text)),
      ]),
    ),
  };
}

/** The same decision for many meters; one that is only for points or meters leaves the others as they are. */
export function decided(draft: Draft, ids: Iterable<string>, choice: Choice): Draft {
  const choices = { ...draft.choices };
  for (const id of ids) if (id in choices) choices[id] = choice;
  return { ...draft, choices };
}

/** Sites of the draft that something goes into, in their order. */
export function usedSites(draft: Draft): NewSite[] {
  const used = new Set(
    Object.values(draft.choices).flatMap((choice) =>
      choice.action === 'create' && choice.place !== null && 'newSite' in choice.place ? [choice.place.newSite] : [],
    ),
  );
  return draft.sites.filter(({ key }) => used.has(key));
}

/** A key that no other new site has. */
export function freeKey(sites: readonly NewSite[]): string {
  let n = 1;
  while (sites.some(({ key }) => key === `own-${n}`)) n += 1;
  return `own-${n}`;
}

export const isTaken = (draft: Draft, group: Group, register: Register): boolean =>
  draft.choices[group.id]?.action !== 'skip' && !draft.left.includes(register.key);

export interface Open {
  readonly kind: 'zone' | 'question' | 'site_name' | 'site_zone' | 'point_without_site' | 'nothing';
  /** The file, site or meter it is about. */
  readonly about: string;
}

/** What still waits for the person before the tables are understood. */
export const openOfTables = (upload: Pick<Upload, 'files'>, draft: Draft): Open[] =>
  upload.files.flatMap(({ file, proposal, needs_zone }): Open[] => {
    if (needs_zone) return [{ kind: 'zone', about: file }];
    const waiting = (proposal?.questions ?? []).filter((text) => !draft.accepted[file]?.includes(text));
    return waiting.length > 0 ? [{ kind: 'question', about: file }] : [];
  });

/** What still waits for the person before meters can be loaded. */
export function openOfMeters(groups: readonly Group[], draft: Draft): Open[] {
  const open: Open[] = [];
  const isAny = groups.some((group) => group.registers.some((register) => isTaken(draft, group, register)));
  if (!isAny) open.push({ kind: 'nothing', about: '' });
  for (const { key, name, timezone } of usedSites(draft)) {
    if (name.trim() === '') open.push({ kind: 'site_name', about: key });
    if (timezone === '') open.push({ kind: 'site_zone', about: key });
  }
  for (const group of groups) {
    const choice = draft.choices[group.id];
    const isPoint = group.registers.some((register) => !isAmount(register));
    if (isPoint && choice?.action === 'create' && choice.place === null) {
      open.push({ kind: 'point_without_site', about: group.meter });
    }
  }
  return open;
}

/** What is sent: one decision for every register that was shown. */
export function loadForm(upload: Pick<Upload, 'files' | 'revision'>, draft: Draft): LoadForm {
  const groups = groupsOf(upload);
  const taken = groups.flatMap((group) => group.registers.filter((one) => isTaken(draft, group, one)).map(({ key }) => key));
  const isFileTaken = ({ meters }: UploadedFile): boolean => meters.some(({ key }) => taken.includes(key));
  const meters = groups.flatMap((group) =>
    group.registers.map((register): LoadForm['meters'][number] => {
      const choice = draft.choices[group.id];
      if (choice === undefined || !isTaken(draft, group, register)) return { key: register.key, action: 'skip' };
      if (choice.action === 'match') {
        return { key: register.key, action: 'match', [choice.isPoint ? 'point_id' : 'meter_id']: choice.id };
      }
      if (choice.action === 'skip' || choice.place === null) return { key: register.key, action: choice.action };
      return 'site' in choice.place
        ? { key: register.key, action: 'create', site_id: choice.place.site }
        : { key: register.key, action: 'create', site_key: choice.place.newSite };
    }),
  );
  const named = new Set(meters.flatMap(({ site_key }) => (site_key ? [site_key] : [])));
  return {
    revision: upload.revision,
    files: upload.files.filter(isFileTaken).map(({ file }) => ({ file, accepted: [...(draft.accepted[file] ?? [])] })),
    meters,
    new_sites: usedSites(draft)
      .filter(({ key }) => named.has(key))
      .map(({ key, name, timezone }) => ({ key, name: name.trim(), timezone, country: 'AU', region: '', address: '' })),
  };
}
