// Tests the check of a job file's types.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeErrors } from '../../../mapreduce/submit/type-check.ts';

const API = path.join(import.meta.dirname, '../../../mapreduce/api/api.ts');
const installed = path.dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

let dir: string;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-type-check-'));
  fs.mkdirSync(path.join(dir, 'with/node_modules'), { recursive: true });
  fs.mkdirSync(path.join(dir, 'without'));
  fs.symlinkSync(installed, path.join(dir, 'with/node_modules/typescript'));
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

function write(name: string, body: string): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, `import { job, sum } from 'calf';\n${body}\n`);
  return file;
}

const WRONG = "export default job<string, number>({ map: (line, { emit }) => emit(line, 'one'), reduce: sum });";

describe('a TypeScript file beside an installed compiler', () => {
  it('without faults, with the globals and packages of Node.js, passes', async () => {
    const right =
      "import fs from 'node:fs';\nexport default job<string, number>({ setup: () => console.log(process.pid),";
    const body = `${right} map: (line, { emit }) => emit(line, fs.readFileSync(line).length), reduce: sum });`;
    expect(await typeErrors(write('with/right.ts', body), API)).toBe('');
  });

  it('has its faults told with their lines', async () => {
    const errors = await typeErrors(write('with/wrong.ts', WRONG), API);
    expect(errors).toMatch(/wrong\.ts\(2,\d+\): error TS2345: Argument of type 'string' is not assignable/);
  });

  it('has an unknown member told', async () => {
    const errors = await typeErrors(write('with/member.ts', 'export default job({ mapper: () => undefined });'), API);
    expect(errors).toContain("'mapper' does not exist in type 'JobSpec");
  });
});

it('a JavaScript file, and a file without a compiler beside it, are not checked', async () => {
  expect(await typeErrors(write('with/wrong.js', WRONG), API)).toBe('');
  expect(await typeErrors(write('without/wrong.ts', WRONG), API)).toBe('');
});
