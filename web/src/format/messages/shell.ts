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
} as const;
