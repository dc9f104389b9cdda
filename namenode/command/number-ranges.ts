/** Ranges of whole numbers, in ascending order and apart from each other. Pure. */

/** The first and the last number of a range; both belong to it. */
export type NumberRange = readonly [first: number, last: number];

/** Beyond this many ranges the two nearest become one, which then contains the numbers between them too. */
const RANGES_MAX = 64;

export function inRanges(ranges: readonly NumberRange[], value: number): boolean {
  for (const [first, last] of ranges) if (value >= first && value <= last) return true;
  return false;
}

/** Returns the ranges with one more at their end. A range that follows the last one directly is joined to it. */
export function withRange(ranges: readonly NumberRange[], range: NumberRange): readonly NumberRange[] {
  const before = ranges.at(-1);
  if (before !== undefined && before[1] + 1 === range[0]) return [...ranges.slice(0, -1), [before[0], range[1]]];
  const all = [...ranges, range];
  return all.length > RANGES_MAX ? nearestJoined(all) : all;
}

function nearestJoined(ranges: readonly NumberRange[]): readonly NumberRange[] {
  let at = 1;
  const gapBefore = (i: number): number => (ranges[i]?.[0] ?? 0) - (ranges[i - 1]?.[1] ?? 0);
  for (let i = 2; i < ranges.length; i++) if (gapBefore(i) < gapBefore(at)) at = i;
  const [first] = ranges[at - 1] ?? [0];
  const [, last] = ranges[at] ?? [0, 0];
  return [...ranges.slice(0, at - 1), [first, last], ...ranges.slice(at + 1)];
}
