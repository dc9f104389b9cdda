// The option --engine: where a job runs.
import { expect, it } from 'vitest';
import { takeEngine } from '../../../cli/jobs/engine.ts';

it.each([
  ['inline', ['-D', 'mapreduce.framework.name=local', '-D', 'mapreduce.local.map.tasks.maximum=1']],
  ['local', ['-D', 'mapreduce.framework.name=local']],
  ['cluster', ['-D', 'mapreduce.framework.name=calf']],
  ['yarn', []],
])('%s, before or behind the file', (engine, options) => {
  const rest = [...options, 'job.ts', 'in', 'out'];
  expect(takeEngine(['--engine', engine, 'job.ts', 'in', 'out'])).toEqual({ engine, isDry: false, rest });
  expect(takeEngine(['job.ts', 'in', 'out', `--engine=${engine}`])).toEqual({ engine, isDry: false, rest });
});

it('without it, the words stay', () => {
  expect(takeEngine(['job.ts', 'in'])).toEqual({ engine: undefined, isDry: false, rest: ['job.ts', 'in'] });
});

it('refuses other engines, and a dry run of them', () => {
  expect(() => takeEngine(['--engine', 'spark'])).toThrow('--engine spark: expected inline, local, cluster, yarn');
  expect(() => takeEngine(['--engine'])).toThrow('expected inline');
  expect(() => takeEngine(['--engine', 'local', '--dry-run'])).toThrow('--dry-run prints the command of --engine yarn');
  expect(takeEngine(['--engine', 'yarn', '--dry-run']).isDry).toBe(true);
});
