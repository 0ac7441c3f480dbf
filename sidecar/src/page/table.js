/**
 * A table of the page: columns once, rows from the state.
 *
 * A column is `{ head, field?, left?, title?, figure(row), draw?(cell, row) }`; `field` is the
 * member of the row that it shows, `draw` replaces `figure` where a cell is not text.
 */
import { fit, make, show } from './cell.js';

/** More rows than anybody reads; a log can name thousands. */
export const ROWS_MAX = 200;

/**
 * @param keyOf of a table that grows at its top: what tells a row from others. Rows then move down
 *   as they are instead of being written again one below
 * @returns update(rows, path): shows `[index, row]` pairs of the state's array at `path`
 */
export function table(element, columns, emptyText, keyOf = undefined) {
  const head = make('tr');
  for (const { head: name, left, title } of columns) {
    const cell = make('th', left ? 'left' : '', name);
    cell.scope = 'col';
    if (title !== undefined) cell.title = title;
    head.append(cell);
  }
  const body = make('tbody');
  element.append(make('thead', '', head), body);

  const empty = make('td', 'empty', emptyText);
  empty.colSpan = columns.length;
  const emptyRow = make('tr', '', empty);
  const makeRow = () =>
    make('tr', '', ...columns.map(({ left }) => make('td', left ? 'left' : '')));

  let top;
  return (rows, path) => {
    if (rows.length === 0) {
      if (body.firstElementChild !== emptyRow) body.replaceChildren(emptyRow);
      return;
    }
    emptyRow.remove();
    const trs = fit(body, Math.min(rows.length, ROWS_MAX), makeRow);
    if (keyOf !== undefined) {
      let added = rows.findIndex(([, row]) => keyOf(row) === top);
      while (added-- > 0) body.prepend(body.lastElementChild);
      top = keyOf(rows[0][1]);
    }
    for (let r = 0; r < trs.length; r++) {
      const [index, row] = rows[r];
      const cells = trs[r].children;
      for (let c = 0; c < columns.length; c++) {
        const { field, figure, draw } = columns[c];
        if (draw !== undefined) draw(cells[c], row);
        else show(cells[c], figure(row), field && `${path}.${index}.${field}`);
      }
    }
  };
}

/** @returns a sentence where there are more rows than are shown, else nothing */
export function moreRows(count) {
  return count > ROWS_MAX ? `the first ${ROWS_MAX} of ${count}` : '';
}
