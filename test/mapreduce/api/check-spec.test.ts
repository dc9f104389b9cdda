// Tests the refusal of members that a job or a program does not have.
import { describe, expect, it } from 'vitest';
import { job, program } from '../../../mapreduce/api/api.ts';

const spec = (members: object) => () => job(members);

describe('job()', () => {
  it('takes every member that it knows', () => {
    expect(
      spec({ name: 'x', map: () => undefined, reduce: () => undefined, combine: undefined, reducers: 0, conf: {} }),
    ).not.toThrow();
  });

  it.each([
    ['mapper', "did you mean 'map'?"],
    ['Reducer', "did you mean 'reduce'?"],
    ['combiner', "did you mean 'combine'?"],
    ['numReduceTasks', "did you mean 'reducers'?"],
    ['partiton', "did you mean 'partition'?"],
    ['__proto', 'it has name, input, inputs, output, outputs'],
    ['constructor', 'it has name, input, inputs, output, outputs'],
    ['somethingElse', 'it has name, input, inputs, output, outputs'],
  ])('has no member %s', (name, advice) => {
    expect(spec({ [name]: () => undefined })).toThrow(`job() has no member '${name}': ${advice}`);
  });

  it('refuses a member of another type', () => {
    expect(spec({ map: 'wc' })).toThrow("job() needs a function as its 'map', and was given a string");
    expect(spec({ reducers: '2' })).toThrow("job() needs a number as its 'reducers', and was given a string");
    expect(spec({ conf: null })).toThrow("job() needs an object as its 'conf', and was given null");
  });
});

it('program() has members of its own', () => {
  const members = { name: 'p', usage: '', run: async () => 0 };
  expect(() => program(members as never)).toThrow("program() has no member 'run': did you mean 'main'?");
});
