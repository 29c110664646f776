/** The head of every page, what stands behind its buttons, and what holds for all controls. */
export const shell = {
  'guarded.who': 'For: {who}',

  'frame.trail': 'Where this is',
  'frame.nmi': 'NMI {nmi}',
  'frame.serial': 'Serial {serial}',
  'frame.virtual': 'Calculated meter',
  'frame.zone': 'Times are {zone}',
  'frame.missing': 'Not there, or not yours',
  'frame.missing.why':
    'There is nothing at this address that your account may see. It may have been removed, or your administrator can give you the right to see it.',
  'frame.missing.find': 'Find something else',

  'asset_kind.site': 'Site',
  'asset_kind.building': 'Building',
  'asset_kind.floor': 'Floor',
  'asset_kind.zone': 'Zone',
  'asset_kind.ahu': 'Air handling unit',
  'asset_kind.chiller': 'Chiller',
  'asset_kind.boiler': 'Boiler',
  'asset_kind.battery': 'Battery',
  'asset_kind.pv': 'Solar panels',
  'asset_kind.charger': 'Vehicle charger',

  'dialog.close': 'Close',
  'dialog.kept': 'Not closed: what you typed would be lost. Close says that you mean it.',

  'find.open': 'Find',
  'find.title': 'Find',
  'find.label': 'A site, an asset, a meter or a point',
  'find.placeholder': 'Name, NMI, serial or your own number',
  'find.recent': 'Found last on this device',
  'find.results': 'What was found',
  'find.looking': 'Looking …',
  'find.none': 'Nothing of yours is called {text}. A few letters or digits are enough.',
  'find.hits': { one: '1 found', other: '{n} found' },
  'find.kind.site': 'Site',
  'find.kind.asset': 'Asset',
  'find.kind.meter': 'Meter',
  'find.kind.point': 'Point',


  'search.none': 'Nothing is called that.',
  'search.hits': { one: '1 found', other: '{n} found' },

  'help.open': 'Help: keys and words',
  'account.link': 'Your account',
} as const;
