/** The balancer's report: one line a round. Pure. */
import { binaryPrefix } from '../../runtime/format.ts';
import type { ExitStatus } from './exit-status.ts';

/** The result of one round. */
export interface IterationResult {
  readonly exitStatus: ExitStatus;
  readonly bytesLeftToMove: number;
  readonly bytesBeingMoved: number;
  readonly bytesAlreadyMoved: number;
  readonly blocksMoved: number;
}

export const TITLE =
  'Time Stamp               Iteration#  Bytes Already Moved  Bytes Left To Move  Bytes Being Moved  NameNode';

/** Returns `Nov 21, 2026, 7:01:19 AM`, in the local time zone and padded to its column (medium form of java.text.DateFormat). */
export function timeStamp(nowMs: number): string {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
  };
  // Some versions of the locale data have another kind of space before AM and PM.
  return new Intl.DateTimeFormat('en-US', options).format(nowMs).replace(/\s/g, ' ').padEnd(24);
}

/** Returns a line under TITLE. As in Hadoop 3.4, the number of moved blocks stands before the NameNode, under no title. */
export function resultLine(
  result: IterationResult,
  at: { readonly iteration: number; readonly nowMs: number; readonly uri: string },
): string {
  const size = (bytes: number) => binaryPrefix(bytes, 2, 'B');
  return [
    `${timeStamp(at.nowMs)} ${String(at.iteration).padStart(10)}`,
    size(result.bytesAlreadyMoved).padStart(19),
    size(result.bytesLeftToMove).padStart(18),
    size(result.bytesBeingMoved).padStart(17),
    String(result.blocksMoved).padStart(17),
    at.uri,
  ].join('  ');
}

/** Returns a time in the largest unit that it fills, as Java prints a double: `4.877 seconds`. */
export function elapsedText(elapsedMs: number): string {
  const whole = Math.round(elapsedMs);
  const [value, unit] =
    whole < 1000
      ? [whole, 'milliseconds']
      : whole < 60_000
        ? [whole / 1000, 'seconds']
        : whole < 3_600_000
          ? [whole / 60_000, 'minutes']
          : [whole / 3_600_000, 'hours'];
  return `${Number.isInteger(value) ? value.toFixed(1) : value} ${unit}`;
}
