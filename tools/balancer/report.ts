import { binaryPrefix } from '../../runtime/format.ts';
import type { ExitStatus } from './exit-status.ts';

/** What one round did. */
export interface IterationResult {
  readonly exitStatus: ExitStatus;
  readonly bytesLeftToMove: number;
  readonly bytesBeingMoved: number;
  readonly bytesAlreadyMoved: number;
  readonly blocksMoved: number;
}

export const TITLE =
  'Time Stamp               Iteration#  Bytes Already Moved  Bytes Left To Move  Bytes Being Moved  NameNode';

/** `Nov 21, 2026, 7:01:19 AM` in the local time zone, padded to its column: java.text.DateFormat's medium form. */
export function timeStamp(nowMs: number): string {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    second: '2-digit',
  };
  // The space before AM and PM depends on the version of the locale data.
  return new Intl.DateTimeFormat('en-US', options).format(nowMs).replace(/\s/g, ' ').padEnd(24);
}

/** A line under TITLE; the number of moved blocks stands before the NameNode, as Hadoop 3.4 prints it. */
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

/** `4.877 seconds`: a time in the largest unit that it fills, as Java prints a double. */
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
