/**
 * Puts figures into elements. Everything is text: what a log says is never markup. An element is
 * touched only where something changed, so an update costs what moved.
 *
 * `data-field` names the member of the state that is shown, `data-value` is its value, unrounded:
 * a test compares the page with `/api/state` by them.
 */
const shown = new WeakMap();

/** @param field path in the state, such as `engines.0.strategies.1.netPnl`; undefined where it is none */
export function show(element, figure, field = undefined) {
  let old = shown.get(element);
  if (old === undefined) shown.set(element, (old = {}));
  if (old.text !== figure.text) element.textContent = old.text = figure.text;
  if (old.title !== figure.title) element.title = old.title = figure.title ?? '';
  if (old.tone !== figure.tone) {
    if (old.tone !== undefined) element.classList.remove(old.tone);
    if (figure.tone !== undefined) element.classList.add(figure.tone);
    old.tone = figure.tone;
  }
  if (old.field !== field) {
    if (field === undefined) delete element.dataset.field;
    else element.dataset.field = field;
    old.field = field;
  }
  if (field !== undefined && old.value !== figure.value)
    element.dataset.value = old.value = figure.value ?? 'null';
}

/** @returns a new element with the class and the children (texts or elements) */
export function make(name, className = '', ...children) {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** Keeps as many children as there are rows, making the missing ones. @returns the children */
export function fit(parent, count, makeChild) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(makeChild());
  return parent.children;
}

/** Fills a description list. @param entries `[label, figure, field]` */
export function list(dl, entries) {
  const items = fit(dl, entries.length, () => make('div', '', make('dt'), make('dd')));
  entries.forEach(([label, figure, field], i) => {
    const [term, description] = items[i].children;
    show(term, { text: label, title: label });
    show(description, figure, field);
  });
}
