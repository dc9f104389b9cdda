// A process of the load test: plays one role against a running cluster until the parent tells it to stop.
import { Configuration } from '../../conf/configuration.ts';
import { halfOpen } from './half-open.ts';
import { neverReadingCallers, slowReaders } from './slow-readers.ts';
import { connections, eagerWriters, victim, writers } from './users.ts';

/** Options from the parent process, as JSON on the command line. */
export interface RoleOptions {
  readonly role: string;
  readonly confDir: string;
  readonly count: number;
  /** Port for roles that need only one. */
  readonly port: number;
}

/** A role that runs. */
export interface Role {
  /** Returns counts of the work done so far. */
  report(): Record<string, number>;
  /** Ends the role, and checks the files that it made. */
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
