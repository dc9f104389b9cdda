/** Writes docs/supported.md, Hadoop's methods, commands and options that Calf has or lacks, from the programs' tables. */
import { BALANCER_OPTIONS, USAGE as BALANCER_USAGE } from '../../cli/balancer/arguments.ts';
import { DEBUG_COMMANDS } from '../../cli/debug/main.ts';
import { COMMANDS as SHELL_COMMANDS } from '../../cli/dfs/commands.ts';
import { ADMIN_COMMANDS } from '../../cli/dfsadmin/commands.ts';
import { JOB_COMMANDS } from '../../cli/jobs/mapred-job.ts';
import { NOT_SUPPORTED, type ProgramName } from '../../cli/options/not-supported.ts';
import { DATANODE_OPTIONS, NAMENODE_OPTIONS } from '../../cli/programs/daemons.ts';
import { SUBCOMMANDS as HADOOP } from '../../cli/programs/hadoop-commands.ts';
import { SUBCOMMANDS as HDFS } from '../../cli/programs/hdfs-commands.ts';
import { SUBCOMMANDS as MAPRED } from '../../cli/programs/mapred-commands.ts';
import { QUESTIONS } from '../../cli/tools/getconf.ts';
import type { DatanodeContext } from '../../datanode/context/datanode-context.ts';
import { clientDatanodeProtocol } from '../../datanode/rpc/client-datanode-protocol.ts';
import type { DatanodeService } from '../../datanode/rpc/datanode-service.ts';
import { interDatanodeProtocol } from '../../datanode/rpc/inter-datanode-protocol.ts';
import { SERVED_OPS } from '../../datanode/transfer/data-xceiver.ts';
import { CLIENT_PROTOCOL } from '../../namenode/rpc/client-protocol.ts';
import { NOT_SUPPORTED as NOT_SERVED } from '../../namenode/rpc/context/method-table.ts';
import { DATANODE_PROTOCOL } from '../../namenode/rpc/datanodes/datanode-protocol.ts';
import { NAMENODE_PROTOCOL } from '../../namenode/rpc/namenode-protocol.ts';
import { USER_MAPPINGS_PROTOCOL } from '../../namenode/rpc/user-mappings-protocol.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import * as Datanode from '../../protocol/gen/datanode.ts';
import * as UserMappings from '../../protocol/gen/get-user-mappings.ts';
import * as HAService from '../../protocol/gen/haservice.ts';
import * as InterDatanode from '../../protocol/gen/inter-datanode.ts';
import * as Namenode from '../../protocol/gen/namenode.ts';
import * as Reconfiguration from '../../protocol/gen/reconfiguration.ts';
import type { Method } from '../../protocol/method.ts';

const INTRODUCTION = `# What Calf supports

This page is written by \`npm run build\` from the tables that the programs run by: change those, not this page.

**yes** means that it works as in Hadoop 3.4. **partly** says what is missing. **no** may give the reason or another way,
and the programs say the same: a command that is missing fails with \`not supported yet\`, a method with
\`RpcNoSuchMethodException\`.
`;

/** A name, whether Calf has it, and the reason if not. */
type Row = readonly [name: string, answer: 'yes' | 'partly' | 'no', note: string];

const OFF = 'answers as a Hadoop cluster on which the feature is switched off';

/** Served methods that do less than Hadoop's. */
export const METHOD_NOTES: Readonly<Record<string, string>> = {
  getDataEncryptionKey: OFF,
  getEZForPath: OFF,
  getErasureCodingPolicies: OFF,
  getErasureCodingPolicy: OFF,
  getFsECBlockGroupStats: OFF,
  getHAServiceState: 'says that there is no high availability',
  getSnapshottableDirListing: OFF,
  getStoragePolicies: 'every file has the policy HOT',
  getStoragePolicy: 'every file has the policy HOT',
  rollingUpgrade: 'answers a query; there are no rolling upgrades',
  getBlockKeys: 'there are no block tokens',
  isRollingUpgrade: 'there are no rolling upgrades',
  isUpgradeFinalized: 'there are no upgrades',
  cacheReport: 'there is no centralized cache',
  deleteBlockPool: 'refuses: a DataNode has one block pool',
  refreshNamenodes: 'there is nothing to read again',
};

const DISTCP_NOTE =
  'without -diff, -rdiff, -xtrack, -blocksperchunk, ACLs and extended attributes; between hdfs: and file:';

/** Commands that do less than Hadoop's. */
export const COMMAND_NOTES: Readonly<Record<ProgramName, Readonly<Record<string, string>>>> = {
  hdfs: {
    classpath: 'prints an empty line: there is no class path',
  },
  hadoop: {
    classpath: 'prints an empty line: there is no class path',
    distcp: DISTCP_NOTE,
    jar: 'runs a TypeScript job, or an example for the name of the examples jar; there is no JVM',
  },
  mapred: { classpath: 'prints an empty line: there is no class path', distcp: DISTCP_NOTE },
  'hdfs dfs': {
    cp: '-p keeps times, owner, group and mode; it refuses ACLs and extended attributes',
    text: 'files of all codecs but LZO, SequenceFiles of the usual Writables, and Avro',
  },
  'hdfs dfsadmin': {
    '-clrQuota': "works on Hadoop's NameNode; Calf's NameNode keeps no quotas",
    '-clrSpaceQuota': "works on Hadoop's NameNode; Calf's NameNode keeps no quotas",
    '-setQuota': "works on Hadoop's NameNode; Calf's NameNode keeps no quotas",
    '-setSpaceQuota': "works on Hadoop's NameNode; Calf's NameNode keeps no quotas",
  },
  'hdfs debug': {},
  'hdfs getconf': {},
  'hdfs balancer': {},
  'hdfs namenode': {},
  'hdfs datanode': {},
  'mapred job': {},
};

const NO_WEBHDFS = 'there is no WebHDFS; use hdfs dfs or the npm package';

/** The operations of WebHDFS, by HTTP method. None is served yet. */
const WEBHDFS: Readonly<Record<string, string>> = {
  GET:
    'OPEN GETFILESTATUS LISTSTATUS LISTSTATUS_BATCH GETCONTENTSUMMARY GETQUOTAUSAGE GETFILECHECKSUM ' +
    'GETFILEBLOCKLOCATIONS GET_BLOCK_LOCATIONS GETHOMEDIRECTORY GETTRASHROOT GETTRASHROOTS GETDELEGATIONTOKEN ' +
    'GETACLSTATUS GETXATTRS LISTXATTRS CHECKACCESS GETALLSTORAGEPOLICY GETSTORAGEPOLICY GETECPOLICY GETECPOLICIES ' +
    'GETECCODECS GETSNAPSHOTDIFF GETSNAPSHOTDIFFLISTING GETSNAPSHOTTABLEDIRECTORYLIST GETSNAPSHOTLIST ' +
    'GETSERVERDEFAULTS GETLINKTARGET GETFILELINKSTATUS GETSTATUS',
  PUT:
    'CREATE MKDIRS CREATESYMLINK RENAME SETREPLICATION SETOWNER SETPERMISSION SETTIMES RENEWDELEGATIONTOKEN ' +
    'CANCELDELEGATIONTOKEN MODIFYACLENTRIES REMOVEACLENTRIES REMOVEDEFAULTACL REMOVEACL SETACL SETXATTR REMOVEXATTR ' +
    'ALLOWSNAPSHOT DISALLOWSNAPSHOT CREATESNAPSHOT RENAMESNAPSHOT SETSTORAGEPOLICY SATISFYSTORAGEPOLICY ' +
    'ENABLEECPOLICY DISABLEECPOLICY SETECPOLICY SETQUOTA SETQUOTABYSTORAGETYPE',
  POST: 'APPEND CONCAT TRUNCATE UNSETSTORAGEPOLICY UNSETECPOLICY',
  DELETE: 'DELETE DELETESNAPSHOT',
};

/** Methods of Hadoop's NamenodeProtocol for its secondary and standby NameNodes: the messages are not declared here. */
const NAMENODE_PROTOCOL_REST = [
  'endCheckpoint',
  'errorReport',
  'getEditLogManifest',
  'getNextSPSPath',
  'registerSubordinateNamenode',
  'rollEditLog',
  'startCheckpoint',
];

/** Returns the whole page. */
export function page(): string {
  // The handlers of a DataNode are listed and never called: they need nothing of it.
  const clientDatanode = clientDatanodeProtocol({} as DatanodeService);
  const interDatanode = interDatanodeProtocol({} as DatanodeContext);
  return [
    INTRODUCTION,
    section('ClientProtocol', 'Clients call it on the NameNode.', methods(ClientNamenode, served(CLIENT_PROTOCOL))),
    section('DatanodeProtocol', 'DataNodes call it on the NameNode.', methods(Datanode, served(DATANODE_PROTOCOL))),
    section('NamenodeProtocol', 'Balancers and other NameNodes call it on the NameNode.', [
      ...methods(Namenode, served(NAMENODE_PROTOCOL)),
      ...NAMENODE_PROTOCOL_REST.map((name): Row => [name, 'no', 'there is one NameNode, without checkpoints']),
    ]),
    section('GetUserMappingsProtocol', '', methods(UserMappings, served(USER_MAPPINGS_PROTOCOL))),
    section('HAServiceProtocol', '', methods(HAService, new Set())),
    section('ReconfigurationProtocol', '', methods(Reconfiguration, new Set())),
    section(
      'ClientDatanodeProtocol',
      'Clients and administrators call it on a DataNode.',
      methods(ClientDatanode, served(clientDatanode)),
    ),
    section('InterDatanodeProtocol', 'DataNodes call it on each other.', methods(InterDatanode, served(interDatanode))),
    section('DataTransferProtocol', 'The ops on the data port of a DataNode.', ops()),
    section('hdfs', 'The subcommands of `hdfs`.', commands('hdfs', names(HDFS))),
    section('hdfs dfs', 'The same as `hadoop fs`.', commands('hdfs dfs', Object.keys(SHELL_COMMANDS), '-')),
    section('hdfs dfsadmin', '', commands('hdfs dfsadmin', [...Object.keys(ADMIN_COMMANDS), '-help'])),
    section('hdfs balancer', 'Its options.', commands('hdfs balancer', balancerOptions())),
    section('hdfs debug', '', commands('hdfs debug', Object.keys(DEBUG_COMMANDS))),
    section('hdfs getconf', '', commands('hdfs getconf', Object.keys(QUESTIONS))),
    section('hdfs namenode', 'Its options.', commands('hdfs namenode', NAMENODE_OPTIONS)),
    section('hdfs datanode', 'Its options.', commands('hdfs datanode', DATANODE_OPTIONS)),
    section('hadoop', 'The subcommands of `hadoop`.', commands('hadoop', names(HADOOP))),
    section('mapred', 'The subcommands of `mapred`.', commands('mapred', names(MAPRED))),
    section('mapred job', '', commands('mapred job', Object.keys(JOB_COMMANDS))),
    section('WebHDFS', 'The operations of `/webhdfs/v1`.', webhdfs()),
  ].join('\n');
}

const names = (subcommands: readonly { readonly name: string }[]): string[] => subcommands.map(({ name }) => name);

/** Returns the keys of a method table that has an answer for them. */
function served(table: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(Object.keys(table).filter((key) => table[key] !== NOT_SERVED));
}

function methods(table: Readonly<Record<string, unknown>>, keys: ReadonlySet<string>): Row[] {
  const declared = Object.entries(table).filter((entry): entry is [string, Method<unknown, unknown>] => {
    return typeof entry[1] === 'object';
  });
  return declared.map(([key, { name }]) => {
    if (!keys.has(key)) return [name, 'no', ''];
    const note = METHOD_NOTES[name] ?? '';
    return [name, note === '' ? 'yes' : 'partly', note];
  });
}

function ops(): Row[] {
  return Object.entries(Op).map(([name, opcode]) => {
    return [name, Object.hasOwn(SERVED_OPS, opcode) ? 'yes' : 'no', opNote(name)];
  });
}

function opNote(name: string): string {
  if (name.includes('SHORT_CIRCUIT')) return 'clients read over TCP instead';
  return name === 'BLOCK_GROUP_CHECKSUM' ? 'there is no erasure coding' : '';
}

function balancerOptions(): string[] {
  const known = [...BALANCER_OPTIONS.options, ...BALANCER_OPTIONS.required, ...BALANCER_OPTIONS.lists];
  const written = BALANCER_USAGE.flatMap((line) => /\[(-\w+)/.exec(line)?.[1] ?? []);
  return known.map((name) => written.find((option) => option.slice(1).toLowerCase() === name) ?? `-${name}`);
}

/** @param prefix stands before the names of commands whose tables leave it out */
function commands(program: ProgramName, known: readonly string[], prefix = ''): Row[] {
  const reasons: Readonly<Record<string, string>> = NOT_SUPPORTED[program];
  const rows = [...new Set([...known, ...Object.keys(reasons)])].map((name): Row => {
    const reason = reasons[name];
    const note = COMMAND_NOTES[program][name] ?? '';
    if (reason !== undefined) return [prefix + name, 'no', reason];
    return [prefix + name, note === '' ? 'yes' : 'partly', note];
  });
  return rows;
}

function webhdfs(): Row[] {
  return Object.entries(WEBHDFS).flatMap(([method, text]) =>
    text.split(' ').map((name): Row => [`${method} ${name}`, 'no', NO_WEBHDFS]),
  );
}

function section(title: string, text: string, rows: readonly Row[]): string {
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([name, answer, note]) => `| \`${name}\` | ${answer} | ${note} |\n`);
  return `## ${title}\n\n${text === '' ? '' : `${text}\n\n`}| name | supported | note |\n| --- | --- | --- |\n${lines.join('')}`;
}
