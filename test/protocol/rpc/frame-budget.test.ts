// FrameBudget makes unfinished frames take turns when together they have too many bytes.
import { expect, test } from 'vitest';
import { FrameBudget, type FrameHolder } from '../../../protocol/rpc/frame-budget.ts';

const MIB = 1024 * 1024;

class Holder implements FrameHolder {
  resumed = 0;
  resumeFrame(): void {
    this.resumed++;
  }
}

// The invariant that every buffer is bounded.
test('when unfinished frames have too many bytes together, only the first is read on, then the next', () => {
  const budget = new FrameBudget(10 * MIB);
  const [first, second, third] = [new Holder(), new Holder(), new Holder()];
  budget.update(first, 4 * MIB);
  budget.update(second, 4 * MIB);
  expect([first, second].map((holder) => budget.mayRead(holder))).toEqual([true, true]);
  budget.update(third, 8 * MIB);
  expect([first, second, third].map((holder) => budget.mayRead(holder))).toEqual([true, false, false]);
  budget.update(first, 9 * MIB);
  expect(budget.mayRead(first)).toBe(true);
  // The first frame is complete. The other two have 12 MiB, which is still more than the budget of 10 MiB.
  budget.update(first, 0);
  expect([second.resumed, third.resumed]).toEqual([1, 0]);
  expect([second, third].map((holder) => budget.mayRead(holder))).toEqual([true, false]);
  // The second connection is closed and gives up its bytes.
  budget.update(second, 0);
  expect(third.resumed).toBe(1);
  expect(budget.mayRead(third)).toBe(true);
});

test('frames of up to 1 MiB are always read', () => {
  const budget = new FrameBudget(0);
  const holders = Array.from({ length: 20 }, () => new Holder());
  for (const holder of holders) budget.update(holder, MIB);
  expect(holders.every((holder) => budget.mayRead(holder))).toBe(true);
});
