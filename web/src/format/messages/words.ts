/** Single words: roles, states, carriers, ages. */
export const words = {
  'role.executive': 'Executive',
  'role.energy_manager': 'Energy manager',
  'role.facilities': 'Facilities manager',
  'role.sustainability': 'Sustainability officer',
  'role.asset_manager': 'Asset manager',
  'role.technician': 'Technician',
  'role.administrator': 'Administrator',

  'freshness.live': 'live',
  'freshness.late': 'late',
  'freshness.stale': 'stale',
  'freshness.daily': 'daily file',
  'freshness.monthly': 'monthly file',
  'freshness.ended': 'ended',
  'freshness.unknown': 'unknown',

  'carrier.electricity': 'Electricity',
  'carrier.gas': 'Gas',
  'carrier.water': 'Water',
  'carrier.heat': 'Heat',
  'carrier.cooling': 'Cooling',
  'carrier.steam': 'Steam',
  'carrier.other': 'Other',

  'quality.actual': 'actual',
  'quality.final_substituted': 'final substituted',
  'quality.substituted': 'substituted',
  'quality.estimated': 'estimated',
  'quality.null': 'no value',

  'duration.seconds': '{n} s',
  'duration.minutes': '{n} min',
  'duration.hours': '{n} h',
  'duration.hours_minutes': '{hours} h {minutes} min',
  'duration.days': { one: '1 day', other: '{n} days' },
  'duration.months': { one: '1 month', other: '{n} months' },
  'duration.years': { one: '1 year', other: '{n} years' },

  'age.now': 'just now',
  'age.ago': '{duration} ago',
} as const;
