/** Assigns hosts to racks. */
import type { RackTable } from '../../../conf/rack-table.ts';

export const DEFAULT_RACK = '/default-rack';

/** Returns the rack of the first name that the table has, or `/default-rack`. */
export function rackOf(table: RackTable, ...names: string[]): string {
  for (const name of names) {
    const rack = table.get(name);
    if (rack !== undefined) return rack;
  }
  return DEFAULT_RACK;
}
