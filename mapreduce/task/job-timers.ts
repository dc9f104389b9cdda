/** The timer functions that the bundle of a job calls in place of the global ones. */
import { Attempt } from './attempt.ts';

/** The property of the global object at which a bundle finds its timer functions (mapreduce/submit/bundle-job.ts). */
const TIMERS = Symbol.for('calf.timers');

/** Lets the bundles that are loaded later set timers that their attempt knows. */
export function provideJobTimers(): void {
  Object.defineProperty(globalThis, TIMERS, {
    value: { setTimeout: timeout, setImmediate: immediate, setInterval: interval },
    configurable: true,
  });
}

type Callback = (...args: unknown[]) => void;

function timeout(callback: Callback, delayMs?: number, ...args: unknown[]): NodeJS.Timeout {
  const timers = Attempt.current?.timers;
  const timer = setTimeout(() => {
    timers?.hasFired(timer);
    callback(...args);
  }, delayMs);
  timers?.addOnce(timer);
  return timer;
}

function immediate(callback: Callback, ...args: unknown[]): NodeJS.Immediate {
  const timers = Attempt.current?.timers;
  const timer = setImmediate(() => {
    timers?.hasFired(timer);
    callback(...args);
  });
  timers?.addOnce(timer);
  return timer;
}

function interval(callback: Callback, delayMs?: number, ...args: unknown[]): NodeJS.Timeout {
  const timer = setInterval(callback, delayMs, ...args);
  Attempt.current?.timers.addInterval(timer);
  return timer;
}
