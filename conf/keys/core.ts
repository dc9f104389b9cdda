/** Properties of core-site.xml that Calf reads: file systems in general, RPC, network. */
import { bool, bytes, integer, list, millis, type PropertyTable, seconds, text } from './property.ts';

/** The list of Hadoop's CommonConfigurationKeysPublic, with further entries of core-default.xml. */
const SENSITIVE_CONFIG_KEYS = [
  ...['secret$', 'password$', 'username$', 'ssl.keystore.pass$', 'fs.s3.*[Ss]ecret.?[Kk]ey'],
  ...['fs.s3a.server-side-encryption.key', 'fs.s3a.*.server-side-encryption.key'],
  ...['fs.s3a.encryption.algorithm', 'fs.s3a.encryption.key', 'fs.s3a.session.key', 'fs.s3a.*.session.key'],
  ...['fs.s3a.session.token', 'fs.s3a.*.session.token', 'fs.azure\\.account.key.*', 'fs.azure.oauth2.*'],
  ...['fs.adl.oauth2.*', 'credential$', 'oauth.*secret', 'oauth.*password', 'oauth.*token'],
  'hadoop.security.sensitive-config-keys',
];

export const CORE_KEYS = {
  'fs.defaultFS': text('file:///', 'File system of paths that have no scheme'),
  'hadoop.tmp.dir': text('/tmp/hadoop-${user.name}', 'Directory in which other directories lie by default'),
  'fs.permissions.umask-mode': text('022', 'Umask of new files and directories, octal or symbolic'),
  'fs.trash.interval': integer(0, 'Minutes after which trash is deleted; 0: deleted files do not go to the trash'),
  'hadoop.shell.safely.delete.limit.num.files': integer(100, 'Most files that -rm -safely deletes without a question'),
  'io.file.buffer.size': bytes(4096, 'Buffer size of small reads and writes'),
  'ipc.maximum.data.length': bytes(134217728, 'Largest RPC frame that a server accepts'),
  'ipc.maximum.response.length': bytes(134217728, 'Largest RPC frame that a client accepts'),
  'ipc.client.connection.maxidletime': millis(
    10000,
    'Time after which a client closes an idle connection; a server waits twice as long',
  ),
  'ipc.client.idlethreshold': integer(4000, 'A server with fewer connections than this keeps idle ones open'),
  'ipc.client.kill.max': integer(10, 'Most idle connections that a server closes in one scan'),
  'ipc.client.connection.idle-scan-interval.ms': millis(10000, 'Pause between scans for idle connections'),
  'ipc.server.max.connections': integer(0, 'Most connections of an RPC server; 0: no limit'),
  'ipc.server.max.response.size': bytes(1048576, 'A server logs responses that are longer'),
  'ipc.server.handler.queue.size': integer(100, 'Calls in progress for each handler; further calls wait'),
  'ipc.backoff.enable': bool(false, 'A server refuses calls above its limit with RetriableException'),
  'ipc.callqueue.overflow.trigger.failover': bool(
    false,
    'With ipc.backoff.enable, the exception for calls above the limit is StandbyException',
  ),
  'ipc.client.connect.max.retries': integer(10, 'Further tries after a refused connection'),
  'ipc.client.connect.retry.interval': millis(1000, 'Pause between tries to connect'),
  'ipc.client.connect.timeout': millis(20000, 'Limit of one try to connect'),
  'ipc.client.rpc-timeout.ms': millis(120000, 'Limit of one call'),
  'ipc.ping.interval': millis(60000, 'Pause between pings of a client that waits for a response'),
  'hadoop.security.authentication': text('simple', 'How callers prove who they are; Calf takes simple only'),
  'hadoop.security.groups.cache.secs': seconds(300, 'Age at which the groups of a user are looked up again'),
  'hadoop.security.groups.negative-cache.secs': seconds(
    30,
    'Time for which a user without groups is not looked up again; 0: such an answer is not kept',
  ),
  'hadoop.security.groups.cache.warn.after.ms': millis(5000, 'A longer look-up of groups is logged'),
  'hadoop.security.sensitive-config-keys': list(
    SENSITIVE_CONFIG_KEYS.join(','),
    'Regular expressions; the page /conf hides the values of properties whose names they match',
  ),
  'net.topology.table.file.name': text('', 'File with one line for each host: its name and its rack'),
  // ---- Calf's own
  'calf.fault.injection.enabled': bool(
    false,
    'Daemons take faults at /fault of their HTTP address, from this machine; calf start and MiniCluster set it',
  ),
  'calf.http.allowed-hosts': list(
    '',
    "Further names in the Host header that web servers answer to, beside localhost and this machine's own",
  ),
  'calf.http.secret.file': text(
    '',
    'File of the secret that callers must know to change anything over HTTP; empty: calf-http-secret in the conf ' +
      'directory, or .calf-http-secret in the home directory where there is none',
  ),
} as const satisfies PropertyTable;
