/** Making HTML by hand: every value in a template is escaped unless it is HTML already. Pure. */
import escapeHtml from 'escape-html';

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Html | readonly Html[];

/** Returns the template as HTML. Texts and numbers in it are escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const pieces = parts.map((part, index) => {
    const value = values[index];
    return value === undefined ? part : part + htmlOf(value);
  });
  return new Html(pieces.join(''));
}

function htmlOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escapeHtml(String(value));
}

/** Returns a table; without `head` it has no row of headings. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | Html)[])[]): Html {
  const headings = head.map((cell) => html`<th>${cell}</th>`);
  const body = rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  );
  return html`<table>${head.length > 0 ? [html`<tr>${headings}</tr>`] : []}
${body}</table>`;
}

const STYLE = new Html(
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}' +
    'table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;' +
    'border-bottom:1px solid #ddd}.warn{background:#fff3cd;padding:.6rem 1rem}',
);

/** Returns a whole page with the style that all daemons share. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>${STYLE}</style></head><body>
${body}
</body></html>
`.text;
}
