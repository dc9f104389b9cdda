// The template tag `html` escapes values and leaves HTML as it is.
import { expect, test } from 'vitest';
import { html, page, table } from '../../../runtime/http/html.ts';

test('texts and numbers are escaped, HTML and lists of HTML are not', () => {
  const bold = html`<b title="${'"'}">${'<script>'}</b>`;
  expect(html`${1} & ${[bold, bold]}`.text).toBe(
    '1 & <b title="&quot;">&lt;script&gt;</b><b title="&quot;">&lt;script&gt;</b>',
  );
});

test('a table has a heading only if it is given one', () => {
  expect(table([], [['<', 2]]).text).toBe('<table>\n<tr><td>&lt;</td><td>2</td></tr>\n</table>');
  expect(table(['A'], []).text).toBe('<table><tr><th>A</th></tr>\n</table>');
});

test('a page has its title escaped', () => {
  expect(page('a<b', html`<p>text</p>`)).toContain('<title>a&lt;b</title>');
});
