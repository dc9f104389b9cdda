// docs/supported.md says of every note whom it is about. That the page is up to date is checked in docs.test.ts.
import { expect, test } from 'vitest';
import { COMMAND_NOTES, METHOD_NOTES, page } from '../../scripts/docs/supported.ts';

test('every note of the page belongs to something that is partly there', () => {
  const partly = [...page().matchAll(/^\| `-?(.*?)` \| partly \| (.*?) \|$/gm)].map(
    ([, name, note]) => `${name}: ${note}`,
  );
  const notes = [METHOD_NOTES, ...Object.values(COMMAND_NOTES)].flatMap((table) =>
    Object.entries(table).map(([name, note]) => `${name.replace(/^-/, '')}: ${note}`),
  );
  expect([...new Set(partly)].sort()).toEqual([...new Set(notes)].sort());
});
