/** Text of a log in HTML: nothing of it is markup. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/**
 * Data in a `<script type="application/json">`: what could end the element, or a line of a script, is
 * written as an escape, which JSON reads back as it was.
 */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
