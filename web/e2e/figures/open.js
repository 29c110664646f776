// In a page: follows an address of the app and says how long it takes until the figures that it asked for have come and
// the frame after that is over. A script of its own for the reason that ink.js gives.
globalThis.openAndWait = (target) => {
  const link = document.createElement('a');
  link.href = target;
  document.body.append(link);
  return new Promise((done, failed) => {
    const began = performance.now();
    let [drawn, quiet] = [0, 0];
    const heard = new PerformanceObserver((list) => {
      // Of the page's questions those that its charts of time wait for; lists further down have their own.
      const mine = list
        .getEntries()
        .filter(({ name, startTime }) => startTime >= began && /\/consumption\/[0-9a-f-]{36}\?/.test(name));
      if (mine.length === 0) return;
      requestAnimationFrame(() =>
        setTimeout(() => {
          drawn = performance.now();
          clearTimeout(quiet);
          quiet = setTimeout(finish, 600);
        }),
      );
    });
    const finish = () => {
      heard.disconnect();
      if (drawn === 0) failed(new Error('nothing was asked for'));
      else done(drawn - began);
    };
    heard.observe({ type: 'resource' });
    quiet = setTimeout(finish, 15_000);
    link.click();
    link.remove();
  });
};
