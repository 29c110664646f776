/** How an empty organisation begins. */
export const doors = {
  'doors.headline': 'Nothing is here yet. Choose how to begin; you can use the other ways later.',
  'doors.files': 'I have meter files',
  'doors.files.about':
    'NEM12, NEM13, CSV, Excel or Green Button, one or many at once. Sites and meters are proposed from what stands in them; nothing is stored before you say so.',
  'doors.files.button': 'Drop meter files',
  'doors.register': 'I have a list of my sites and meters',
  'doors.register.about': 'One Excel workbook or CSV sheets with sites, buildings and meters. You see what it would make, and what is wrong, first.',
  'doors.register.button': 'Load my register',
  'doors.demo': 'I want to look around first',
  'doors.demo.here': '{name} has six simulated sites with two years of readings and live values.',
  'doors.demo.button': 'Look at the demo',
  'doors.demo.start': 'A simulated council with two years of readings runs beside this, with a database of its own. On any computer with the program, run:',
} as const;
