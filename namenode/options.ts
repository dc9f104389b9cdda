/** The options of a start and of a format of a NameNode, and their defaults. */
import { type Configuration, currentUser } from '../conf/configuration.ts';
import { createLogger, type Logger } from '../runtime/log.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../runtime/runtime.ts';

export interface NameNodeOptions {
  readonly conf: Configuration;
  readonly log?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** The superuser, and the owner of a new namespace's root; default the user of this process. */
  readonly user?: string;
}

/** Returns the options with the defaults for those that are not set. */
export function withDefaults(options: NameNodeOptions): Required<NameNodeOptions> {
  return {
    conf: options.conf,
    log: options.log ?? createLogger('NameNode'),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    user: options.user ?? currentUser(),
  };
}
