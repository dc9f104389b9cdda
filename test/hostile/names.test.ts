// Markup in names, statuses, counters, logs and messages: no page of a daemon has it as markup. `npm run hostile` opens the
// same pages in a browser.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arena, NO_SLOTS } from './arena.ts';
import { HOSTILE_PROPERTIES, plantNames } from './names.ts';
import { MARKUP } from './values.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.start({ properties: { ...NO_SLOTS, ...HOSTILE_PROPERTIES } });
});
afterAll(() => arena.stop());

test('every page escapes what it shows, or is no page for a browser', async () => {
  const kinds = new Map<string, number>();
  for (const url of await plantNames(arena)) {
    const answer = await fetch(url);
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    expect(answer.headers.get('x-content-type-options'), url).toBe('nosniff');
    if (!/html|xml/.test(type)) expect(type, url).toMatch(/^(application\/json|text\/plain|application\/octet-stream)/);
    else {
      for (const markup of [...MARKUP, '<img']) expect(text, url).not.toContain(markup);
      for (const [, href = ''] of text.matchAll(/href="([^"]*)"/g)) expect(href, url).toMatch(/^(\/|http:\/\/127)/);
      if (text.includes('calfScriptRan')) kinds.set(type, (kinds.get(type) ?? 0) + 1);
    }
  }
  // The names are there: on the pages of the NameNode, of the DataNode, of the JobTracker and of its jobs; and at /conf.
  expect(Object.fromEntries(kinds)).toEqual({ 'text/html; charset=utf-8': 5, 'text/xml; charset=utf-8': 4 });
  expect(await arena.harm()).toEqual([]);
});
