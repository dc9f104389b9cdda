// The type of emit() takes the values that a record keeps, and refuses those that emit() would refuse when the job runs.
import { expect, it } from 'vitest';
import { type Emitted, job, sum } from '../../../mapreduce/api/api.ts';

class WithMethod {
  count = 1;
  next(): number {
    return this.count + 1;
  }
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(answer: Same<A, B>): void => expect(answer).toBe(true);

interface Named {
  readonly id: string;
  readonly tags?: readonly string[];
}

it('is the type itself for values that are kept', () => {
  same<Emitted<string>, string>(true);
  same<Emitted<[number, Named]>, [number, Named]>(true);
  same<Emitted<Map<string, Set<Date>>>, Map<string, Set<Date>>>(true);
  same<Emitted<Buffer>, Buffer>(true);
  same<Emitted<unknown>, unknown>(true);
  same<Emitted<'a' | 1n | null>, 'a' | 1n | null>(true);
});

it('is never for values that are refused', () => {
  same<Emitted<() => number>, never>(true);
  same<Emitted<symbol>, never>(true);
  same<Emitted<TypeError>, never>(true);
  same<Emitted<Map<string, () => void>>, never>(true);
  same<Emitted<Set<Error>>, never>(true);
});

it('checks what a job emits', () => {
  const declared = job<string, Named | (() => number)>({
    map(line, { emit }) {
      emit(line, { id: line, tags: ['a'] });
      // @ts-expect-error a function can't be emitted
      emit(line, () => 1);
    },
  });
  const instances = job<string, WithMethod>({
    map(line, { emit }) {
      // @ts-expect-error an instance of a class with methods can't be emitted
      emit(line, new WithMethod());
    },
  });
  const elsewhere = job<string, number>({
    map(line, { emitTo }) {
      emitTo('named', line, { at: new Date(), ids: [1n] });
      emitTo({ path: 'by/day' }, ['a', 1], null);
      // @ts-expect-error a function can't be written to another output either
      emitTo('named', line, () => 1);
      // @ts-expect-error nor an instance of a class with methods as a key
      emitTo('named', new WithMethod(), 1);
    },
  });
  const untyped = job({
    map(line, { emit }) {
      emit(line, { at: [new Date(), new Map([[1, 2]])] });
      emit(['a', 1], null);
      // @ts-expect-error a job without types is checked too
      emit(line, { f: () => 1 });
      // @ts-expect-error a promise is an object with methods: it was meant to be awaited
      emit(line, Promise.resolve(1));
    },
  });
  const counting = job<string, number>({ map: (line, { emit }) => emit(line, 1), combine: sum, reduce: sum });
  expect([declared, instances, elsewhere, untyped, counting].map((made) => typeof made.map)).toEqual(
    Array(5).fill('function'),
  );
});
