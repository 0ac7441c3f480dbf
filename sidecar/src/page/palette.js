/**
 * Colours for what is drawn rather than styled: the style sheet's own, resolved for the theme that
 * is on. A series has one of eight hues; past these it is dashed.
 */
const HUES = 8;
let probe;
let resolved = new Map();
addEventListener('themechange', () => (resolved = new Map()));

/** @param name a custom property of the style sheet, such as `--line` */
export function colour(name) {
  let value = resolved.get(name);
  if (value === undefined) {
    if (probe === undefined) {
      probe = document.createElement('span');
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(${name})`;
    value = getComputedStyle(probe).color;
    resolved.set(name, value);
  }
  return value;
}

export const hue = (index) => colour(`--series-${(index % HUES) + 1}`);
export const dash = (index) => (index < HUES ? [] : index < 2 * HUES ? [6, 3] : [2, 2]);
/** The class that colours a swatch. */
export const hueClass = (index) => `series-${(index % HUES) + 1}`;
