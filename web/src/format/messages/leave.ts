/** What a device still holds when somebody signs out. */
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
} as const;
