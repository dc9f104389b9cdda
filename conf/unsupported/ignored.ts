/** Tables of properties that Hadoop honours and Calf does not, and the warning of one that is set. */
import { isSameValue } from './refuse.ts';

/**
 * By the reason, a clause that ends a warning: Hadoop's default by the name of the property. `ipc.[port_number].` stands
 * for `ipc.8020.` and the like, and a final `*` for any end.
 */
export type IgnoredTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Returns a line for each of the properties that has no effect and another value than Hadoop's default. */
export function ignoredWarnings(
  tables: readonly IgnoredTable[],
  properties: Iterable<readonly [name: string, value: string]>,
): string[] {
  const reasons = new Map(tables.flatMap((table) => Object.entries(table)).flatMap(byName));
  const lines: string[] = [];
  for (const [name, text] of properties) {
    const ignored = reasons.get(tableName(name));
    const value = text.trim();
    if (ignored === undefined || value === '' || isSameValue(value, ignored.hadoopDefault)) continue;
    lines.push(`${name} is set to '${value}' and has no effect: ${ignored.reason}`);
  }
  return lines;
}

type Row = readonly [name: string, row: { readonly reason: string; readonly hadoopDefault: string }];

function byName([reason, names]: [string, Readonly<Record<string, string>>]): Row[] {
  return Object.entries(names).map(([name, hadoopDefault]) => [name, { reason, hadoopDefault }]);
}

/** Returns the name under which the tables list a property. */
function tableName(name: string): string {
  if (name.startsWith('hadoop.proxyuser.')) return 'hadoop.proxyuser.*';
  return name.replace(/^ipc\.\d+\./, 'ipc.[port_number].');
}
