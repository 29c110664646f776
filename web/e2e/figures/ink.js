// Runs in a page from its start: marks the moment when the first chart under `main` has a coloured line on it; axes,
// grid and band are grey. As a script of its own, because compilers name functions with helpers that a page lacks.
(() => {
  const isDrawn = (canvas) => {
    const pen = canvas.width > 0 && canvas.height > 0 ? canvas.getContext('2d') : null;
    if (pen === null) return false;
    for (let y = 0; y < canvas.height; y += 3) {
      const row = pen.getImageData(0, y, canvas.width, 1).data;
      for (let i = 0; i < row.length; i += 4) {
        if (row[i + 3] > 200 && Math.max(row[i], row[i + 1], row[i + 2]) - Math.min(row[i], row[i + 1], row[i + 2]) > 60) {
          return true;
        }
      }
    }
    return false;
  };
  const look = () => {
    const canvas = document.querySelector('main canvas');
    if (canvas !== null && isDrawn(canvas)) performance.mark('chart-drawn');
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
