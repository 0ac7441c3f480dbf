/**
 * Light or dark: what the person chose, else what the system says. Loaded before the first paint,
 * so that the page never flashes in the other one.
 */
(() => {
  const KEY = 'tradetail-theme';
  const root = document.documentElement;
  const chosen = localStorage.getItem(KEY);
  if (chosen !== null) root.dataset.theme = chosen;

  addEventListener('DOMContentLoaded', () => {
    document.getElementById('theme').addEventListener('click', () => {
      const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
      root.dataset.theme = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
      localStorage.setItem(KEY, root.dataset.theme);
      dispatchEvent(new Event('themechange'));
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
      dispatchEvent(new Event('themechange')),
    );
  });
})();
