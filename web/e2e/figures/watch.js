// Runs in a page from its start: notes each figure in kW of a watched site, when the frame with it has been painted.
(() => {
  globalThis.seen = [];
  const shown = new WeakMap();
  const note = () => {
    const fresh = [];
    for (const cell of document.querySelectorAll('main td')) {
      const text = cell.textContent.trim();
      if (/^[\d.,]+\s*kW/.test(text) && shown.get(cell) !== text && /Watched/.test(cell.closest('tr').textContent)) {
        shown.set(cell, text);
        fresh.push(text);
      }
    }
    if (fresh.length === 0) return;
    // The frame callback runs before the paint; a message posted from it runs after.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        const at = performance.timeOrigin + performance.now();
        for (const text of fresh) globalThis.seen.push({ text, at });
      };
      channel.port2.postMessage(null);
    });
  };
  addEventListener('DOMContentLoaded', () => {
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
})();
