/** What waits on a device to be sent, and what it still holds when somebody signs out. */
export const leave = {
  'leave.title': 'Sign out?',
  'leave.unsent': {
    one: '1 note has not been sent. Signing out throws it away.',
    other: '{n} notes have not been sent. Signing out throws them away.',
  },
  'leave.stay': 'Stay signed in',
  'leave.go': 'Throw away and sign out',
  'leave.offline':
    'What this device kept is removed. The server could not be told that you sign out: sign out again when there is a signal.',

  'outbox.count': { one: '1 waiting to send', other: '{n} waiting to send' },
  'outbox.stuck': { one: '1 could not be sent', other: '{n} could not be sent' },
  'outbox.title': 'Waiting on this device',
  'outbox.about': 'They are sent by themselves, in this order, when there is a signal. Nothing is sent twice.',
  'outbox.row': '{about} ({time})',
  'outbox.tries': { one: 'tried once', other: 'tried {n} times' },
  'outbox.refused': 'The server refused it: {reason}',
  'outbox.old':
    'It was tried more than six days ago and may have arrived. Look at the events of the site before you send it again.',
  'outbox.again': 'Send it again',
  'outbox.now': 'Send now',
  'outbox.discard': 'Throw away',

  'star.add': 'Make {name} a favourite',
  'star.remove': '{name} is a favourite; take the star away',
} as const;
