// A process of the load test: plays one role against a running cluster until it is told to stop.
import { Configuration } from '../../conf/configuration.ts';
import { halfOpen } from './half-open.ts';
import { neverReadingCallers, slowReaders } from './slow-readers.ts';
import { connections, eagerWriters, victim, writers } from './users.ts';

/** What the parent gives on the command line, as JSON. */
export interface RoleOptions {
  readonly role: string;
  readonly confDir: string;
  readonly count: number;
  /** For roles that need one port only. */
  readonly port: number;
}

/** A role that has begun. */
export interface Role {
  /** What it has reached so far. */
  report(): Record<string, number>;
  /** Ends it, and checks what it made. */
  stop(): Promise<Record<string, number>>;
}

const ROLES: Record<string, (conf: Configuration, options: RoleOptions) => Promise<Role>> = {
  victim,
  connections,
  writers,
  eagerWriters,
  slowReaders,
  neverReadingCallers,
  halfOpen,
};

const options = JSON.parse(process.argv[2] ?? '{}') as RoleOptions;
const start = ROLES[options.role];
if (start === undefined) throw new Error(`no role is named ${options.role}`);
const role = await start(Configuration.load({ confDir: options.confDir }), options);
process.send?.({ kind: 'ready', ...role.report() });
process.on('message', async (message) => {
  if (message === 'report') process.send?.({ kind: 'report', ...role.report() });
  else {
    process.send?.({ kind: 'stopped', ...(await role.stop()) });
    process.exit(0);
  }
});
