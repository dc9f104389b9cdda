/** Writes docs/configuration.md from the tables of conf/: properties that are read, refused, ignored and deprecated. */
import { DEPRECATED } from '../../conf/deprecated.ts';
import { BALANCER_KEYS } from '../../conf/keys/balancer.ts';
import { CLIENT_KEYS } from '../../conf/keys/client.ts';
import { CORE_KEYS } from '../../conf/keys/core.ts';
import { DATANODE_KEYS } from '../../conf/keys/datanode.ts';
import { HDFS_KEYS } from '../../conf/keys/hdfs.ts';
import { MAPREDUCE_KEYS } from '../../conf/keys/mapreduce.ts';
import { NAMENODE_KEYS } from '../../conf/keys/namenode.ts';
import type { Property, PropertyTable } from '../../conf/keys/property.ts';
import { CLIENT_IGNORES } from '../../conf/unsupported/client.ts';
import { DATANODE_IGNORES } from '../../conf/unsupported/datanode.ts';
import type { IgnoredTable } from '../../conf/unsupported/ignored.ts';
import { MAPREDUCE_IGNORES } from '../../conf/unsupported/mapreduce.ts';
import { NAMENODE_IGNORES } from '../../conf/unsupported/namenode.ts';
import { REFUSED } from '../../conf/unsupported/refused.ts';

const INTRODUCTION = `# Settings

This page is written by \`npm run build\` from the tables in \`conf/\`: change those, not this page.

Calf reads Hadoop's property names from Hadoop's site files: \`core-site.xml\`, \`hdfs-site.xml\` and \`mapred-site.xml\` in
the directory that \`HADOOP_CONF_DIR\` names or that \`--config DIR\` gives. A file given with \`-conf FILE\` is stronger than
the site files, and \`-D NAME=VALUE\` is stronger than every file. A property that a file marks \`<final>\` is not changed by
a later file. \`\${other.property}\`, \`\${user.name}\`, \`\${user.home}\` and \`\${env.NAME}\` in a value are replaced.

- **bytes** takes a number or a number with a unit: \`134217728\`, \`128m\`, \`1g\`.
- **time** takes a number or a number with a unit: \`30s\`, \`5m\`, \`1h\`. A bare number has the unit that the type names.
- **list** takes values with commas between them.
- A value that is not of its type is refused, with the name of the property and the form that is expected.
- A name that neither Hadoop nor Calf knows is kept, and does nothing.
`;

const REFUSED_TEXT = `## Refused

These values ask for something that Calf cannot do and that nobody may believe to be in force. The program in the second
column does not start, or does not connect, and says why. The values in the third column are taken.
`;

const NAMESERVICES_TEXT = `A NameNode and a DataNode also refuse several names in \`dfs.nameservices\`, every \`dfs.ha.namenodes.NAMESERVICE\`
and an address such as \`dfs.namenode.rpc-address.NAMESERVICE\`; a NameNode refuses several directories in
\`dfs.namenode.name.dir\`. A client refuses a URI such as \`hdfs://NAMESERVICE\` that stands for several NameNodes.
`;

const IGNORED_TEXT = `## Without effect

Hadoop honours these properties and Calf does not. A daemon that starts with one of them at a value other than Hadoop's
default logs one line that says so: the NameNode those of clients too, the JobTracker those of MapReduce. A command
prints such a line for a property of clients or MapReduce that is given to it with \`-D\`. Properties that do nothing in
Hadoop either, without Kerberos, HTTPS or a second NameNode, are not listed.
`;

const DEPRECATED_TEXT = `## Deprecated names

An old name is the same property as the new one, in site files, with \`-D\` and in a job. A command that is given an old name
with \`-D\` prints Hadoop's warning, \`NAME is deprecated. Instead, use NAME\`; a daemon logs it for site files too.
`;

/** Returns the whole page. */
export function page(): string {
  return [
    INTRODUCTION,
    section('All programs', CORE_KEYS),
    section('All programs of HDFS', HDFS_KEYS),
    section('NameNode', NAMENODE_KEYS),
    section('DataNode', DATANODE_KEYS),
    section('Clients', CLIENT_KEYS),
    section('Balancer', BALANCER_KEYS),
    section('MapReduce', MAPREDUCE_KEYS),
    REFUSED_TEXT,
    refusedTable(),
    NAMESERVICES_TEXT,
    IGNORED_TEXT,
    ignoredTable('NameNode', NAMENODE_IGNORES),
    ignoredTable('DataNode', DATANODE_IGNORES),
    ignoredTable('Clients', CLIENT_IGNORES),
    ignoredTable('MapReduce', MAPREDUCE_IGNORES),
    DEPRECATED_TEXT,
    table(
      ['old name', 'name'],
      [...DEPRECATED].map(([old, current]) => [code(old), code(current)]),
    ),
  ].join('\n');
}

function section(title: string, keys: PropertyTable): string {
  const rows = Object.entries(keys).map(([name, property]) => [
    code(name),
    property.type,
    defaultOf(property),
    property.meaning,
  ]);
  return `## ${title}\n\n${table(['property', 'type', 'default', 'meaning'], rows)}`;
}

function defaultOf({ defaultText, hadoopDefault }: Property<unknown>): string {
  const hadoop = hadoopDefault === undefined ? '' : `; Hadoop: ${shown(hadoopDefault)}`;
  return shown(defaultText) + hadoop;
}

function refusedTable(): string {
  const rows = Object.entries(REFUSED).map(([name, { roles, takes, reason }]) => [
    code(name),
    roles.join(', '),
    takes.map(shown).join(', '),
    reason,
  ]);
  return table(['property', 'refused by', 'taken', 'reason'], rows);
}

function ignoredTable(daemon: string, ignored: IgnoredTable): string {
  const rows = Object.entries(ignored).map(([reason, names]) => [Object.keys(names).map(code).join(', '), reason]);
  return `### ${daemon}\n\n${table(['properties', 'reason'], rows)}`;
}

const code = (text: string): string => `\`${text.replaceAll('\t', '\\t')}\``;
const shown = (text: string): string => (text === '' ? 'empty' : code(text));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
